import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CASE_FILE, type Recorded, writeCaseFile } from "../collect/dump/case-file.ts";
import { tarOf } from "../collect/dump/tar-write.ts";
import { gather } from "../collect/gather.ts";
import { WORKLOAD_RESOURCES } from "../collect/plan/pod.ts";
import { recording } from "../collect/record.ts";
import { UserError } from "../errors.ts";
import type { ReportTarget } from "../model/report.ts";
import { sh } from "../model/shell.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Selection, selectionText, type TargetRequest, workloadNamed } from "../model/target.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { open } from "./open.ts";
import type { JudgeOptions } from "./options.ts";
import { mustExist } from "./run.ts";
import { ingressSelection, podSelection, svcSelection } from "./target.ts";

export interface DumpOptions {
  /** `svc/web`, `deploy/web`, … */
  readonly target: string;
  readonly to: string | undefined;
  /** Print the report as well. */
  readonly print: boolean;
}

const HINT = "Give TYPE/NAME: svc/web, pod/web-1, deploy/web, ingress/shop.";

/** The kind and name that a target means. Throws UserError for anything but TYPE/NAME of a known type. */
export function dumpTarget(text: string): { readonly kind: TargetRequest["kind"]; readonly selection: Selection } {
  const [type = "", name, ...rest] = text.split("/");
  if (name === undefined || name === "" || rest.length > 0) throw new UserError(`"${text}" is not TYPE/NAME`, [HINT]);
  const word = type.toLowerCase();
  if (["svc", "service", "services"].includes(word)) return { kind: "svc", selection: svcSelection(name) };
  if (["ingress", "ingresses", "ing"].includes(word)) return { kind: "ingress", selection: ingressSelection(name) };
  if (["pod", "pods", "po"].includes(word) || workloadNamed(word) !== undefined)
    return { kind: "pod", selection: podSelection(text, undefined) };
  throw new UserError(`"${type}" is no type that can be dumped`, [HINT]);
}

/**
 * Records what the checks of one target read, and writes it. Azure is not asked: its answers have a dump of their own (`netcheck azure collect`).
 * Throws UserError.
 */
export async function dump(options: JudgeOptions, given: DumpOptions, io: Io): Promise<number> {
  const wanted = dumpTarget(given.target);
  if (options.allNamespaces) throw new UserError("a dump is of one target: give -n, not -A");
  const opened = await open(options, io);
  try {
    const request: TargetRequest = { ...wanted, namespace: opened.namespace };
    const source = recording(opened.source);
    const snapshot = await gather(source, request);
    await mustExist(opened.source, request, snapshot, options);
    const name = selectionText(request.selection, WORKLOAD_RESOURCES);
    const target: ReportTarget = { kind: request.kind, namespace: request.namespace, name };
    const text = writeCaseFile({
      takenAt: snapshot.takenAt,
      source: source.source,
      target,
      recorded: source.recorded(),
    });
    if (given.to === "-") {
      io.out(text);
      return EXIT.fine;
    }
    const path = await write(given.to ?? defaultName(target, snapshot), text, snapshot);
    if (given.print) await printReport(request, snapshot, options, io);
    io.err(told(path, target, source.recorded()));
    return EXIT.fine;
  } finally {
    opened.close();
  }
}

async function printReport(request: TargetRequest, snapshot: Snapshot, options: JudgeOptions, io: Io): Promise<void> {
  const { entryOf } = await import("./judging.ts");
  const { judgedOf } = await import("./scopes.ts");
  const { print } = await import("./print.ts");
  const { checksFor } = await import("../checks/select.ts");
  const checks = await checksFor(request.kind, snapshot);
  const entries = judgedOf(request, snapshot).map((judged) => entryOf(judged, checks));
  await print(entries, request, options, io);
}

function defaultName({ kind, namespace, name }: ReportTarget, { takenAt }: Snapshot): string {
  const time = takenAt.replace(/[^\dTZ]/g, "").slice(0, 16);
  return `netcheck-${[kind, namespace, ...name.split("/")].join("-")}-${time}.tar.gz`;
}

/** Returns the path of the file. An archive or a file of a dump is never overwritten: it may be the evidence of an earlier fault. */
async function write(to: string, text: string, { takenAt }: Snapshot): Promise<string> {
  const archive = /\.(tar\.gz|tgz)$/.test(to) && !(await isFolder(to));
  const path = archive ? to : join(to, CASE_FILE);
  try {
    if (!archive) await mkdir(to, { recursive: true });
    const bytes = archive ? gzipSync(tarOf([{ name: CASE_FILE, text }], Date.parse(takenAt))) : text;
    await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
    return path;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UserError(`${path} is there already`, ["Give another name with --to."]);
    if (code !== "") throw new UserError(`cannot write ${path} (${code})`, ["Give another place with --to."]);
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function told(path: string, { kind, namespace, name }: ReportTarget, recorded: readonly Recorded[]): string {
  const refused = recorded.filter(({ answer }) => "state" in answer && answer.state === "unavailable").length;
  const unread = refused === 0 ? "" : `, ${refused} of them refused`;
  return [
    `wrote ${path}: ${recorded.length} answers about ${kind} ${namespace}/${name}${unread}`,
    "no Secret value and no value of an environment variable is in it; look through it before you pass it on",
    `kubectl netcheck ${kind} ${sh(name)} -n ${sh(namespace)} -f ${sh(path)}`,
    "",
  ].join("\n");
}
