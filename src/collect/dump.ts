import { UserError } from "../errors.ts";
import type { LogExcerpt } from "../model/logs.ts";
import type { ReportTarget } from "../model/report.ts";
import { type GetQuery, type ListQuery, type LogQuery, queryKey } from "../model/resources.ts";
import type { Gathered } from "../model/snapshot.ts";
import type { DecodeIssue } from "./decode.ts";
import { answersOf, CASE_FILE, type Case, isCaseFile, readCaseFile } from "./dump/case-file.ts";
import { clockOf } from "./dump/clock.ts";
import { Coverage } from "./dump/coverage.ts";
import { type Document, documentsOf } from "./dump/documents.ts";
import { type DumpIo, type FileEntry, filesOf, textOf } from "./dump/files.ts";
import { Holdings } from "./dump/holdings.ts";
import { Ingest } from "./dump/ingest.ts";
import { type Place, placeOf } from "./dump/layout.ts";
import { Logs, splitLogs } from "./dump/logs.ts";
import { kindKey } from "./dump/versions.ts";
import type { AnyObject, ClusterSource } from "./source.ts";

export type { DumpIo } from "./dump/files.ts";

/** A dump answers the same queries as a live server; what it does not hold is `unavailable`, never empty. */
export interface DumpSource extends ClusterSource {
  /** Documents and objects that could not be used, with file, line and path. The rest was. */
  readonly issues: readonly DecodeIssue[];
  /** Namespaces of which the dump holds objects, sorted. */
  readonly namespaces: readonly string[];
  /** Files that hold nothing of Kubernetes, and were passed over. */
  readonly unrelated: number;
  /** What a dump of our own was taken for. */
  readonly target: ReportTarget | undefined;
}

/** Of a log in an archive only the end is kept: no question asks for more. */
const LOG_END = 256 * 1024;

/**
 * Reads the files, folders, archives or standard input (`-`) named by `-f`. Broken parts are issues, the rest is used. Throws UserError for an argument
 * that cannot be read or that holds no Kubernetes object at all.
 */
export async function dumpSource(files: readonly string[], io: DumpIo): Promise<DumpSource> {
  const reader = new Reader(io);
  for (const given of files) await reader.argument(given);
  return reader.source(files.map((file) => (file === "-" ? "standard input" : file)).join(", "));
}

class Reader {
  readonly #io: DumpIo;
  readonly #holdings = new Holdings();
  readonly #ingest = new Ingest(this.#holdings);
  readonly #logs = new Logs();
  #unrelated = 0;
  #recordedAt = 0;
  #case: Case | undefined;

  constructor(io: DumpIo) {
    this.#io = io;
  }

  async argument(given: string): Promise<void> {
    let used = 0;
    const issues = this.#holdings.issues.length;
    const complain = (where: string, problem: string) => {
      this.#holdings.issues.push({ where, problem });
    };
    for await (const entry of filesOf(given, this.#io, complain)) {
      const found = await this.#file(entry);
      if (found === 0) this.#unrelated += 1;
      used += found;
    }
    const name = given === "-" ? "standard input" : given;
    if (used === 0) this.#refuse(`${name} holds no Kubernetes object`, this.#holdings.issues.slice(issues));
  }

  #refuse(message: string, issues: readonly DecodeIssue[]): never {
    throw new UserError(message, [
      ...issues.slice(0, 5).map((issue) => `${issue.where}: ${issue.problem}`),
      "it may be the output of kubectl get -o yaml or -o json, of kubectl cluster-info dump, a support bundle, or a must-gather",
    ]);
  }

  /** Returns how many documents of the file were of use. */
  async #file(entry: FileEntry): Promise<number> {
    const place = placeOf(entry.path);
    switch (place.role) {
      case "nothing":
        return entry.direct ? this.#objects(entry, { role: "objects", complete: false, typed: false }) : 0;
      case "log":
        if (!entry.direct) this.#logs.addFile(place.namespace, place.pod, place.file, await textLater(entry));
        return entry.direct ? this.#objects(entry, { role: "objects", complete: false, typed: false }) : 0;
      case "pod-logs":
        this.#logs.addPodFile(place.namespace, place.pod, await textLater(entry));
        return 0;
      case "timestamp":
        this.#timestamp(textOf(await entry.bytes()) ?? "");
        return 0;
      case "errors": {
        const [document] = documentsOf(textOf(await entry.bytes()) ?? "");
        if (document === undefined || "problem" in document) return 0;
        this.#ingest.errors(document.value, place.resource);
        return 1;
      }
      case "objects":
        return this.#objects(entry, place);
    }
  }

  async #objects(entry: FileEntry, place: Extract<Place, { role: "objects" }>): Promise<number> {
    const text = textOf(await entry.bytes());
    if (text === undefined || (!entry.direct && !mayBeKubernetes(text))) return 0;
    const { rest, logs } = splitLogs(text);
    for (const block of logs) this.#logs.addBlock({ ...block, text: block.text.slice(-LOG_END) });
    const documents = documentsOf(rest);
    const [first] = documents;
    if (first !== undefined && "value" in first && isCaseFile(first.value)) {
      this.#readCase(first, entry.where);
      return 1;
    }
    return this.#ingest.file(documents, place, entry.where);
  }

  #readCase(document: Extract<Document, { readonly value: unknown }>, where: string): void {
    if (!isCaseFile(document.value)) return;
    if (this.#case !== undefined)
      throw new UserError(`${where} is a second ${CASE_FILE}: pass one recorded run at a time`);
    const complain = (problem: string) => {
      this.#holdings.issues.push({ where, problem });
    };
    this.#case = readCaseFile(document.value, where, complain);
    for (const { query, answer } of this.#case.recorded) {
      // A whole list also answers questions that were not asked then.
      if (query.type !== "list" || "lines" in answer) continue;
      if (query.labelSelector || query.fieldSelector || query.metadataOnly === true) continue;
      const key = kindKey(query.resource);
      if (answer.state === "unavailable") {
        this.#holdings.of(key).refused.set(query.namespace, answer);
        continue;
      }
      for (const object of answer.items)
        this.#holdings.add({ value: object, kind: object.kind, apiVersion: "", namespace: undefined, where });
      this.#holdings.cover(key, query.namespace);
      const { broken } = this.#holdings.of(key);
      broken.push(...(answer.gaps ?? []).map((text) => ({ namespace: query.namespace, text })));
    }
  }

  /** `oc adm must-gather` writes when it began and ended, as Go prints a time. */
  #timestamp(text: string): void {
    for (const match of text.matchAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d{4})/g)) {
      const zone = `${match[3]?.slice(0, 3)}:${match[3]?.slice(3)}`;
      const ms = Date.parse(`${match[1]}T${match[2]}${zone}`);
      if (!Number.isNaN(ms)) this.#recordedAt = Math.max(this.#recordedAt, ms);
    }
  }

  source(from: string): DumpSource {
    this.#ingest.finish();
    const holdings = this.#holdings;
    if (holdings.isEmpty() && this.#case === undefined)
      this.#refuse(`${from} holds no Kubernetes object that can be read`, holdings.issues);
    const coverage = new Coverage(holdings, from);
    const logs = this.#logs;
    const recorded = this.#case === undefined ? undefined : answersOf(this.#case);
    // What is in the dump happened before it was taken, whatever a clock says.
    const takenAt = this.#case?.takenAt ?? clockOf(Math.max(this.#recordedAt, holdings.newest));
    const dated = this.#case !== undefined || this.#recordedAt > 0;
    const answer = (query: ListQuery | GetQuery, otherwise: () => Gathered<AnyObject>) =>
      Promise.resolve(recorded?.objects.get(queryKey(query)) ?? otherwise());
    const podNamespaces = (name: string) =>
      [...(holdings.holds({ group: "", kind: "Pod" })?.objects.values() ?? [])].filter(
        (pod) => pod.metadata.name === name,
      );
    return {
      // A recorded run is replayed, so that its report is the one of that run: where it was live, it says so, with its time.
      source: this.#case?.source ?? { kind: "dump", from, ...(dated ? {} : { clockIsLowerBound: true }) },
      issues: holdings.issues,
      namespaces: [...holdings.namespaces].toSorted(),
      unrelated: this.#unrelated,
      target: this.#case?.target,
      takenAt: () => takenAt,
      list: (query) => answer(query, () => coverage.list(query)),
      get: (query) => answer(query, () => coverage.get(query)),
      log: async (query: LogQuery): Promise<LogExcerpt> =>
        recorded?.logs.get(queryKey(query)) ?? logs.find(query, podNamespaces(query.pod).length === 1),
    };
  }
}

/** Text that is not worth parsing: no document of Kubernetes is without one of these. */
function mayBeKubernetes(text: string): boolean {
  return /^\s*[{[]|^(?:- )?["']?(?:apiVersion|kind|items|metadata)["']?\s*:/m.test(text);
}

/** A log's text when it is asked for: from disk then, from an archive its end now. */
async function textLater(entry: FileEntry): Promise<() => Promise<string>> {
  if (!entry.held) return async () => textOf(await entry.bytes()) ?? "";
  const text = (textOf(await entry.bytes()) ?? "").slice(-LOG_END);
  return async () => text;
}
