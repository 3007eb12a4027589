import { ConnectionError } from "../kube/errors.ts";
import { PROTOBUF } from "../kube/exchange.ts";
import type { Answer, Connection, RequestOptions } from "../kube/transport.ts";
import type { LogExcerpt } from "../model/logs.ts";
import { type GetQuery, type ListQuery, type LogQuery, resourceName, resourcePath } from "../model/resources.ts";
import type { Gathered, Unavailable, UnavailableReason } from "../model/snapshot.ts";
import { decodeMetadata, decodeObject, isIssue, isRecord, type TypedMetadata } from "./decode.ts";
import type { AnyObject, ClusterSource } from "./source.ts";

/** As kubectl pages. */
const PAGE = 500;
/** Each page costs a round trip, and metadata is little of an object: as protobuf, five thousand pods are 8 MB. */
const METADATA_PAGE = 5000;
/** Protobuf is a third of the work for both sides (kube/protobuf.ts); a server, or a proxy before it, that does not know it answers in JSON. */
const METADATA_LIST = [
  ...[PROTOBUF, "application/json"].map((type) => `${type};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`),
  "application/json",
].join(",");
/** The server counts from the start of the tail, so this must never cut a normal one: the last lines are the decisive ones. */
const LOG_BYTES = 4 * 1024 * 1024;

/** A live cluster as a source. Throws only when the server cannot be reached at all or does not know us (ConnectionError). */
export function liveSource(connection: Connection): ClusterSource {
  return {
    source: { kind: "live", from: connection.server },
    takenAt: () => connection.serverDate(),
    get: (query) => getOne(connection, query),
    list: (query) => listAll(connection, query),
    log: (query) => readLog(connection, query),
  };
}

type Body = Readonly<Record<string, unknown>>;

/** An answer with its JSON, or why there is none. */
type Asked =
  | { readonly state: "answered"; readonly answer: Answer; readonly body: Body }
  | { readonly state: "unavailable"; readonly why: Unavailable };

async function ask(connection: Connection, path: string, what: string, options: RequestOptions): Promise<Asked> {
  let answer: Answer;
  try {
    answer = await connection.request(path, options);
  } catch (error) {
    // One request that times out or breaks among others that are answered is a gap, not the end.
    const isOneOfMany = error instanceof ConnectionError && error.failure !== "credentials" && connection.hasAnswered();
    if (isOneOfMany) return { state: "unavailable", why: unavailable("failed", `${what}: ${error.message}`) };
    throw error;
  }
  return { state: "answered", answer, body: await parse(answer) };
}

/** The object in an answer; an empty one when it is none, which every reader below takes for "no usable answer". */
async function parse({ text, protobuf }: Answer): Promise<Body> {
  try {
    if (protobuf !== undefined) return (await import("../kube/protobuf.ts")).fromProtobuf(protobuf);
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function unavailable(reason: UnavailableReason, detail: string): Unavailable {
  return { state: "unavailable", reason, detail };
}

/** What a status other than 200 means for the collection that was asked for. */
function refusal(answer: Answer, body: Body, what: string): Unavailable {
  const message = messageOf(answer, body);
  if (answer.status === 403) return unavailable("forbidden", message);
  if (answer.status === 404) return unavailable("not-served", `${what}: ${message}`);
  return unavailable("failed", `${what}: the API server answered ${answer.status}: ${message}`);
}

/** The server's own words: the message of a Status object, else the first line of what it sent. */
function messageOf(answer: Answer, body: Body): string {
  const { message } = body;
  if (typeof message === "string" && message !== "") return message;
  const [line = ""] = answer.text.trim().split("\n");
  return line === "" ? "no explanation" : line.slice(0, 300);
}

async function getOne(connection: Connection, query: GetQuery): Promise<Gathered<AnyObject>> {
  const { resource, namespace, name } = query;
  const what = `${resourceName(resource)} "${name}"`;
  const asked = await ask(connection, resourcePath(resource, namespace, name), what, {});
  if (asked.state === "unavailable") return asked.why;
  const { answer, body } = asked;
  if (answer.status === 404 && isAboutObject(body, name)) return { state: "ok", items: [] };
  if (answer.status !== 200) return refusal(answer, body, what);
  if (Object.keys(body).length === 0)
    return unavailable("failed", `${what}: the API server's answer is no JSON object`);
  const decoded = decodeObject(body, resource.kind, what);
  if (isIssue(decoded)) return unavailable("failed", `${decoded.where}: ${decoded.problem}`);
  return { state: "ok", items: [decoded] };
}

/** A 404 for the object names it in `details`; the one for an absent kind ("could not find the requested resource") does not. */
function isAboutObject(body: Body, name: string): boolean {
  const { details } = body;
  return body["reason"] === "NotFound" && isRecord(details) && details["name"] === name;
}

async function listAll(connection: Connection, query: ListQuery): Promise<Gathered<AnyObject>> {
  const first = await listPages(connection, query, query.metadataOnly === true ? METADATA_PAGE : PAGE);
  // The snapshot that the pages were cut from is gone (etcd compaction): once more from the start, in one piece, as client-go's pager does.
  return first === "expired" ? await listPages(connection, query, undefined).then(notExpired) : first;
}

function notExpired(result: Gathered<AnyObject> | "expired"): Gathered<AnyObject> {
  return result === "expired" ? unavailable("failed", "the list expired while it was read, twice") : result;
}

async function listPages(
  connection: Connection,
  query: ListQuery,
  limit: number | undefined,
): Promise<Gathered<AnyObject> | "expired"> {
  const { resource, namespace, labelSelector, fieldSelector, metadataOnly = false } = query;
  const path = resourcePath(resource, namespace);
  const what = resourceName(resource);
  const items: AnyObject[] = [];
  const gaps: string[] = [];
  let next: string | undefined;
  let seen = 0;
  do {
    const asked = await ask(connection, path, what, {
      accept: metadataOnly ? METADATA_LIST : "application/json",
      // Read as kubectl reads, up to date and in pages. Not resourceVersion=0 for what is only looked through for names: the server's cache answers that
      // in one piece, however many there are.
      query: { labelSelector, fieldSelector, limit, continue: next },
    });
    const page = pageOf(asked, what);
    if (page.state === "expired") return next === undefined ? unavailable("failed", page.detail) : "expired";
    if (page.state === "unavailable") {
      if (next === undefined) return page;
      return { state: "ok", items, gaps: [...gaps, `more ${what}: ${page.detail}`] };
    }
    page.items.forEach((item, i) => {
      const where = nameOf(item, `${what}[${seen + i}]`);
      const decoded = page.isTyped
        ? decodeMetadata(item as TypedMetadata, resource.kind, where)
        : decodeObject(withoutPartialKind(item), resource.kind, where);
      if (isIssue(decoded)) gaps.push(`${decoded.where}: ${decoded.problem}`);
      else items.push(decoded);
    });
    seen += page.items.length;
    next = page.next;
  } while (next !== undefined);
  return gaps.length === 0 ? { state: "ok", items } : { state: "ok", items, gaps };
}

type Page =
  | {
      readonly state: "page";
      readonly items: readonly unknown[];
      /** Whether the items came as protobuf. */
      readonly isTyped: boolean;
      readonly next: string | undefined;
    }
  | { readonly state: "expired"; readonly detail: string }
  | Unavailable;

function pageOf(asked: Asked, what: string): Page {
  if (asked.state === "unavailable") return asked.why;
  const { answer, body } = asked;
  if (answer.status === 410) return { state: "expired", detail: `${what}: ${messageOf(answer, body)}` };
  if (answer.status !== 200) return refusal(answer, body, what);
  // Go writes an empty list as null; no `items` at all is no list.
  const items = body["items"] === null ? [] : body["items"];
  if (!Array.isArray(items)) return unavailable("failed", `${what}: the API server's answer is not a list`);
  const metadata = isRecord(body["metadata"]) ? body["metadata"] : {};
  const token = metadata["continue"];
  const next = typeof token === "string" && token !== "" ? token : undefined;
  return { state: "page", items, isTyped: answer.protobuf !== undefined, next };
}

/** Items of a metadata-only list call themselves PartialObjectMetadata; for us they are what they are the metadata of. */
function withoutPartialKind(item: unknown): unknown {
  if (!isRecord(item) || item["kind"] !== "PartialObjectMetadata") return item;
  const { kind: _, apiVersion: __, ...rest } = item;
  return rest;
}

function nameOf(item: unknown, otherwise: string): string {
  const metadata = isRecord(item) ? item["metadata"] : undefined;
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" && name !== "" ? `${otherwise} ${name}` : otherwise;
}

async function readLog(connection: Connection, query: LogQuery): Promise<LogExcerpt> {
  const { namespace, pod, container, previous, tailLines } = query;
  const excerpt = { namespace, pod, container, previous };
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  const asked = await ask(connection, path, `the log of ${pod}/${container}`, {
    accept: "text/plain, application/json",
    query: { container, tailLines, limitBytes: LOG_BYTES, ...(previous ? { previous } : {}) },
    // A 500 here is the kubelet's silence: it tells more at once than after four tries.
    retries: 0,
  });
  if (asked.state === "unavailable") return { ...excerpt, lines: [], unreadable: asked.why.detail };
  const { answer, body } = asked;
  if (answer.status !== 200) return { ...excerpt, lines: [], unreadable: messageOf(answer, body) };
  const lines = answer.text.replace(/\n$/, "").split("\n");
  return { ...excerpt, lines: answer.text === "" ? [] : lines.map((line) => line.replace(/\r$/, "")) };
}
