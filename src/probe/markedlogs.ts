import { setTimeout as pause } from "node:timers/promises";
import { kindOfPod } from "../model/ingress/controllers.ts";
import { LOG_PATTERNS, servedOf } from "../model/ingress/errorlog.ts";
import { controllerContainer, controllerName, type FoundController } from "../model/ingress/found.ts";
import { isUnderstood, type MarkedLog, silenceOf } from "../model/ingress/markedlog.ts";
import { configMapOf } from "../model/ingress/settings.ts";
import type { ConfigMap, Ingress, Pod } from "../model/kube.ts";
import type { LogExcerpt } from "../model/logs.ts";
import { isTerminal } from "../model/pods.ts";
import { type Api, listOf, parsed, podsPath, within } from "./api.ts";
import { messageOf } from "./refusal.ts";

/** Bytes of one log since the first request; a busier controller's log is not read to its end, and that is said. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Logs that are read. */
const MOST_PODS = 20;
/** Milliseconds after the last request, before each try: a log is written when the request ends, and collected by the kubelet. */
const WAITS = [500, 1500, 3000];
/** Fault lines kept of one log: those of our requests are among the newest. */
const MOST_FAULTS = 300;

export interface LogSearch {
  readonly api: Api;
  readonly ingress: Ingress;
  readonly takers: readonly FoundController[];
  /** Eight hexadecimal digits that every marker of this run begins with. */
  readonly run: string;
  /** Markers of requests that may have arrived. */
  readonly markers: readonly string[];
  /** RFC 3339, before the first request. */
  readonly since: string;
  readonly signal: AbortSignal;
  /** Milliseconds before each try. */
  readonly waits?: readonly number[];
}

export interface FoundLogs {
  readonly marked: readonly MarkedLog[];
  /** What the same logs say of faults since the first request. */
  readonly faults: readonly LogExcerpt[];
}

/**
 * Reads the logs of all pods of the controllers for the markers of our requests, up to three times until each is found. Only what is understood is
 * read. Never throws for what may not be read: that is an answer of its own.
 */
export async function searchLogs(search: LogSearch): Promise<FoundLogs> {
  const takers = search.takers.filter(isUnderstood);
  const pods = takers.flatMap((taker) => taker.pods.filter((pod) => !isTerminal(pod)).map((pod) => ({ taker, pod })));
  const settings = await Promise.all(takers.map((taker) => settingsOf(taker, search.api)));
  const silences = new Map(takers.map((taker, i) => [taker, silenceOf(taker, settings[i], search.ingress)]));
  let read: readonly Read[] = [];
  for (const wait of search.waits ?? WAITS) {
    await pause(wait, undefined, { signal: search.signal });
    read = await Promise.all(pods.slice(0, MOST_PODS).map(({ taker, pod }) => readLog(search, taker, pod)));
    const text = read.flatMap(({ lines }) => lines).join("\n");
    if (search.markers.every((marker) => text.includes(marker))) break;
  }
  const missing = search.markers.some(
    (marker) => !read.some(({ lines }) => lines.some((line) => line.includes(marker))),
  );
  // What is missing counts only when nothing of the log can have been missed.
  const strangers = missing ? await newPods(search.api, takers) : [];
  const more = strangers.length > 0 ? `the controller's pods changed meanwhile (${strangers.join(", ")})` : undefined;
  const covered = await Promise.all(read.map((one) => (missing ? coverOf(search, one) : undefined)));
  const marked = read.map(({ taker, pod, container, lines, unreadable }, i): MarkedLog => {
    const { namespace, name } = pod.metadata;
    const why = unreadable ?? covered[i] ?? more;
    return {
      namespace,
      pod: name,
      container,
      lines: lines.filter((line) => line.includes(search.run)),
      ...silences.get(taker),
      ...(why === undefined ? {} : { unreadable: why }),
    };
  });
  return { marked: [...marked, ...beyond(pods)], faults: read.flatMap(faultsOf) };
}

interface Read {
  readonly taker: FoundController;
  readonly pod: Pod;
  readonly container: string;
  readonly lines: readonly string[];
  readonly unreadable?: string;
}

async function readLog({ api, since }: LogSearch, taker: FoundController, pod: Pod): Promise<Read> {
  const { namespace, name } = pod.metadata;
  const container = controllerContainer(pod, taker.kind)?.name ?? "";
  const common = { taker, pod, container };
  const answer = await api.request(`${podsPath(namespace)}/${encodeURIComponent(name)}/log`, {
    query: { container, sinceTime: since, limitBytes: MOST_BYTES },
    accept: "text/plain, application/json",
    retries: 1,
  });
  if (answer.status !== 200) return { ...common, lines: [], unreadable: messageOf(answer.text) };
  const lines = answer.text.split("\n").filter((line) => line !== "");
  const whole = Buffer.byteLength(answer.text) < MOST_BYTES;
  return { ...common, lines, ...(whole ? {} : { unreadable: "it is too long to be read to its end" }) };
}

/**
 * Why the log may not hold all since the first request; undefined when it does. A log that the kubelet rotated meanwhile is read from its new beginning:
 * the first line's time tells. Source: kubelet logs.ReadLogs reads the current file only.
 */
async function coverOf({ api, since }: LogSearch, { pod, container, unreadable }: Read): Promise<string | undefined> {
  if (unreadable !== undefined) return undefined;
  const { namespace, name } = pod.metadata;
  const answer = await api.request(`${podsPath(namespace)}/${encodeURIComponent(name)}/log`, {
    query: { container, timestamps: true, limitBytes: 64 },
    accept: "text/plain, application/json",
    retries: 1,
  });
  if (answer.status !== 200) return messageOf(answer.text);
  if (answer.text === "") return undefined;
  const began = Date.parse(answer.text.split(" ")[0] ?? "");
  if (Number.isNaN(began)) return "when it begins cannot be told";
  return began > Date.parse(since)
    ? "it begins after the first request: it was rotated, or the container started anew"
    : undefined;
}

/** Pods that were not among those whose logs were read: a request may have gone to one of them. */
async function newPods(api: Api, takers: readonly FoundController[]): Promise<readonly string[]> {
  const known = new Set(takers.flatMap(({ pods }) => pods.map(({ metadata }) => metadata.name)));
  const namespaces = [...new Set(takers.map(({ namespace }) => namespace))];
  const lists = await Promise.all(
    namespaces.map(async (namespace) => {
      const answer = await api.request(podsPath(namespace), { query: { limit: 500 }, retries: 1 });
      return answer.status === 200
        ? (listOf(parsed(answer.text)["items"]) as readonly unknown[] as readonly Pod[])
        : [];
    }),
  );
  const kinds = new Set(takers.map(({ kind }) => kind.id));
  return lists
    .flat()
    .filter((pod) => {
      const kind = kindOfPod(pod)?.id;
      return kind !== undefined && kinds.has(kind) && !isTerminal(pod) && !known.has(pod.metadata.name);
    })
    .filter((pod) => takers.some((taker) => isOf(taker, pod)))
    .map(({ metadata }) => metadata.name);
}

/** Of the same workload, as its labels tell: two controllers of one kind may share a namespace. */
function isOf(taker: FoundController, pod: Pod): boolean {
  const [one] = taker.pods;
  const own = Object.entries(one?.metadata.labels ?? {}).filter(
    ([key]) => !/hash|generation|pod-name|pod-index/.test(key),
  );
  return own.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function beyond(pods: readonly { readonly pod: Pod; readonly taker: FoundController }[]): readonly MarkedLog[] {
  return pods.slice(MOST_PODS).map(({ pod, taker }) => ({
    namespace: pod.metadata.namespace,
    pod: pod.metadata.name,
    container: "",
    lines: [],
    unreadable: `${controllerName(taker)} has more than ${MOST_PODS} pods`,
  }));
}

/** The ConfigMap that ingress-nginx is told to read; undefined when there is none or it may not be read. */
async function settingsOf(taker: FoundController, api: Api): Promise<ConfigMap | undefined> {
  const [namespace, name] = (taker.flags.get("configmap") ?? "").split("/");
  if (namespace === undefined || name === undefined) return undefined;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
  const answer = await api.request(path, { retries: 1 });
  if (answer.status !== 200) return undefined;
  const body = parsed(answer.text);
  const data = Object.entries(within(body, "data")).flatMap(([key, value]): readonly (readonly [string, string])[] =>
    typeof value === "string" ? [[key, value]] : [],
  );
  const map: ConfigMap = { kind: "ConfigMap", metadata: { namespace, name }, data: Object.fromEntries(data) };
  return configMapOf(taker, [map]);
}

function faultsOf({ pod, container, lines, unreadable }: Read): readonly LogExcerpt[] {
  if (unreadable !== undefined) return [];
  const told = lines.filter(
    (line) => LOG_PATTERNS.some(({ pattern }) => pattern.test(line)) || servedOf(line) !== undefined,
  );
  const { namespace, name } = pod.metadata;
  return [{ namespace, pod: name, container, previous: false, lines: told.slice(-MOST_FAULTS) }];
}
