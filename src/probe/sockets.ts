import { setTimeout as pause } from "node:timers/promises";
import type { Scope } from "../model/check.ts";
import type { Pod } from "../model/kube.ts";
import { isMirrorPod, isTerminal, isTerminating, longRunning } from "../model/pods.ts";
import { failureOf, type ProbeResult } from "../model/probe-results.ts";
import { type ListeningSocket, parseProcNet, type SocketTable } from "../model/probe-sockets.ts";
import type { Gathered } from "../model/snapshot.ts";
import type { Api } from "./api.ts";
import { runEphemeral } from "./ephemeral.ts";
import { execIn } from "./exec.ts";
import { type PodChoices, probeContainer } from "./spec.ts";

/** Two reads two seconds apart, listeners only; each table after a line with its turn and name. */
export const SOCKET_SCRIPT = `set -u
for turn in 1 2; do
  [ $turn = 2 ] && sleep 2
  for table in tcp tcp6 udp udp6; do
    echo "@@ $turn $table"
    grep -E '^ *[0-9]+: [0-9A-Fa-f]+:[0-9A-Fa-f]+ [0-9A-Fa-f]+:[0-9A-Fa-f]+ (0A|07) ' /proc/net/$table 2>/dev/null | cut -c1-100
  done
done | tee /dev/termination-log
`;

/** The sockets that both reads show. Undefined when the output holds no two reads. */
export function socketsIn(output: string): readonly ListeningSocket[] | undefined {
  const parts = output.split(/^@@ /m).slice(1);
  const read = (turn: string): readonly ListeningSocket[] | undefined => {
    const own = parts.filter((part) => part.startsWith(`${turn} `));
    if (own.length === 0) return undefined;
    return own.flatMap((part) => parseProcNet(part.split(/\s/)[1] ?? "", part.slice(part.indexOf("\n") + 1)));
  };
  const [first, second] = [read("1"), read("2")];
  if (first === undefined || second === undefined) return undefined;
  return stable(first, second);
}

/** The sockets of both reads, each once. */
function stable(first: readonly ListeningSocket[], second: readonly ListeningSocket[]): readonly ListeningSocket[] {
  const keyOf = (socket: ListeningSocket): string => `${socket.protocol} ${socket.address} ${socket.port}`;
  const again = new Set(second.map(keyOf));
  const both = first.filter((socket) => again.has(keyOf(socket)));
  return both.filter((socket, i) => both.findIndex((other) => keyOf(other) === keyOf(socket)) === i);
}

/** The pod whose sockets tell most: one that refused, else one that failed, else the first that runs. At most one is looked into: it keeps the trace. */
export function podToLookInto(scope: Scope, probes: readonly ProbeResult[]): Pod | undefined {
  const candidates = scope.pods.filter(
    (pod) => !isTerminal(pod) && !isTerminating(pod) && pod.status?.phase === "Running",
  );
  const named = (result: ProbeResult | undefined): Pod | undefined =>
    candidates.find((pod) => result?.target.object.kind === "Pod" && pod.metadata.name === result.target.object.name);
  const inPods = probes.filter(({ target }) => target.hop === "pod");
  return (
    named(inPods.find((result) => failureOf(result) === "refused")) ??
    named(inPods.find((result) => failureOf(result) !== undefined)) ??
    candidates[0]
  );
}

/** Why a pod's sockets say nothing about the app or cannot be read; undefined when they can. */
export function notReadable(pod: Pod): string | undefined {
  if (pod.spec?.hostNetwork === true) return "the pod is in the host's network: the table would be the whole node's";
  if (isMirrorPod(pod)) return "a static pod takes no ephemeral container";
  if (pod.spec?.os?.name === "windows") return "Windows has no /proc/net";
  if (pod.spec?.runtimeClassName !== undefined)
    return `runtime class ${pod.spec.runtimeClassName} may keep its sockets to itself`;
  return undefined;
}

const TABLES = ["tcp", "tcp6", "udp", "udp6"];
const EXEC_LIMIT = 15_000;
const BETWEEN_READS = 2000;

export interface SocketRequest {
  readonly api: Api;
  readonly pod: Pod;
  readonly choices: PodChoices;
  readonly run: string;
  readonly signal: AbortSignal;
  /** See `ProbeRequest.mayStay`. */
  mayStay(pod: string): Promise<boolean>;
}

/**
 * Reads the listening sockets of one pod: with its own `cat`, which leaves nothing; where its image has none, or exec is forbidden, through an ephemeral
 * container, if somebody agrees to what stays. All containers of a pod share one network.
 */
export async function readSockets(request: SocketRequest): Promise<Gathered<SocketTable>> {
  const { api, pod, choices, run, signal } = request;
  const { namespace, name } = pod.metadata;
  const failed = (reason: "failed" | "forbidden", detail: string): Gathered<SocketTable> => ({
    state: "unavailable",
    reason,
    detail: `sockets of pod ${name}: ${detail}`,
  });
  const why = notReadable(pod);
  if (why !== undefined) return failed("failed", why);
  const own = await byCat(request);
  if (own !== undefined) return { state: "ok", items: [{ namespace, pod: name, sockets: own }] };
  if (!(await request.mayStay(name)))
    return failed("failed", "its image has no cat, and nobody agreed to an ephemeral container (--yes agrees)");
  const container = probeContainer({
    ...choices,
    headers: [],
    run,
    targets: "",
    name: `netcheck-${run}-sockets`,
    script: SOCKET_SCRIPT,
  });
  const output = await runEphemeral(api, { namespace, pod: name, container }, signal);
  if (output.kind !== "output") return failed(output.kind === "forbidden" ? "forbidden" : "failed", output.message);
  const sockets = socketsIn(output.text);
  if (sockets === undefined) return failed("failed", "the container printed no socket table");
  return { state: "ok", items: [{ namespace, pod: name, sockets }] };
}

/** The sockets that two reads by `cat` show; undefined when it cannot be run, in whichever of the containers. */
async function byCat({ api, pod, signal }: SocketRequest): Promise<readonly ListeningSocket[] | undefined> {
  for (const { name } of longRunning(pod)) {
    const reads: (readonly ListeningSocket[])[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      if (turn > 0) await pause(BETWEEN_READS, undefined, { signal });
      const read = await catOnce(api, pod, name, signal);
      if (read === "forbidden") return undefined;
      if (read === undefined) break;
      reads.push(read);
    }
    const [first, second] = reads;
    if (first !== undefined && second !== undefined) return stable(first, second);
  }
  return undefined;
}

async function catOnce(
  api: Api,
  { metadata }: Pod,
  container: string | undefined,
  signal: AbortSignal,
): Promise<readonly ListeningSocket[] | "forbidden" | undefined> {
  const sockets: ListeningSocket[] = [];
  for (const table of TABLES) {
    const output = await execIn(
      api,
      {
        namespace: metadata.namespace,
        pod: metadata.name,
        ...(container === undefined ? {} : { container }),
        command: ["cat", `/proc/net/${table}`],
        limit: EXEC_LIMIT,
      },
      signal,
    );
    if (output.kind !== "output") return output.kind === "forbidden" ? "forbidden" : undefined;
    // A kernel without IPv6 has no such table.
    if (output.code !== 0 && table.endsWith("6") && output.code !== undefined) continue;
    if (output.code !== 0 || !output.stdout.includes("local_address")) return undefined;
    sockets.push(...parseProcNet(table, output.stdout));
  }
  return sockets;
}
