import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { liveSource } from "../collect/live.ts";
import { UserError } from "../errors.ts";
import type { Connection } from "../kube/transport.ts";
import type { Scope } from "../model/check.ts";
import { contains, isPrivate, parseAddress, parseCidr } from "../model/cidr.ts";
import type { MarkedLog } from "../model/ingress/markedlog.ts";
import type { Service } from "../model/kube.ts";
import type { LogExcerpt } from "../model/logs.ts";
import { RESOURCES } from "../model/resources.ts";
import { type Gathered, itemsOr, type Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { type Probed, type ProbeRequest, probe } from "../probe/probe.ts";
import { podToLookInto, readSockets } from "../probe/sockets.ts";
import { DEFAULT_IMAGE } from "../probe/spec.ts";
import type { Io } from "./io.ts";
import { perhapsTooEarly, replaced } from "./probe-again.ts";
import type { ProbeOptions } from "./probe-options.ts";
import { agrees, type Lines, linesOf } from "./questions.ts";
import { type Judged, judgedOf } from "./scopes.ts";
import { sourceOf } from "./source.ts";

/**
 * The snapshot with the answers to requests that we send ourselves. Only for a live cluster and one target at a time. Asks first on a terminal, since a
 * test pod is made. Throws UserError for what cannot be combined with `--probe`, and when the user says no.
 */
export async function withProbes(
  given: Snapshot,
  request: TargetRequest,
  options: ProbeOptions,
  connection: Connection | undefined,
  io: Io,
): Promise<Snapshot> {
  if (connection === undefined)
    throw new UserError("--probe and --sockets ask a live cluster, and -f judges a dump", ["leave out one of them"]);
  const known = await withServices(given, request, connection);
  const [judged, ...more] = judgedOf(request, known);
  if (request.namespace === "" || judged === undefined || more.length > 0 || request.selection.by === "all")
    throw new UserError("--probe tries one target at a time", [
      `name it: kubectl netcheck ${request.kind} NAME --probe`,
    ]);
  checkHeaders(options.headers);
  if (options.expect !== undefined && !/^[1-5](\d\d|xx)(,[1-5](\d\d|xx))*$/i.test(options.expect))
    throw new UserError(`--expect-status takes statuses such as 200,3xx, not "${options.expect}"`);
  const namespace = options.namespace ?? request.namespace;
  const from = clientOf(request, known, options.mode);
  const lines = linesOf(io);
  try {
    await consent(options, namespace, from, io, lines);
    return await probed(known, judged, {
      options,
      namespace,
      from,
      connection,
      io,
      mayStay: mayStay(options, io, lines),
    });
  } finally {
    lines.close();
  }
}

interface Probing {
  readonly options: ProbeOptions;
  readonly namespace: string;
  readonly from: ProbeRequest["from"];
  readonly connection: Connection;
  readonly io: Io;
  readonly mayStay: ProbeRequest["mayStay"];
}

/** What was known, with what requests and sockets tell. */
async function probed(known: Snapshot, judged: Judged, probing: Probing): Promise<Snapshot> {
  const { options, namespace, from, connection, io, mayStay } = probing;
  const run = randomBytes(4).toString("hex");
  const { mode } = options;
  if (mode === "none") return withSockets(known, judged.scope, run, probing);
  const request: ProbeRequest = {
    api: connection,
    scope: judged.scope,
    snapshot: judged.snapshot,
    mode,
    namespace,
    run,
    signal: io.signal,
    note: progress(io),
    pod: podChoices(options, io),
    requests: {
      path: options.path,
      ...(options.scheme === undefined ? {} : { scheme: options.scheme }),
      ...(options.expect === undefined ? {} : { expect: options.expect }),
      queryMarker: options.queryMarker,
      ...(options.nodePort === true ? { nodePort: true } : {}),
    },
    mayStay,
    near: await isNear(connection, known),
    proxyVariables: PROXY_VARIABLES.filter((name) => (io.env[name] ?? "") !== ""),
    ...(options.node === undefined ? {} : { node: options.node }),
    ...(from === undefined ? {} : { from }),
  };
  const sent = withProbed(known, await probe(request));
  return withSockets(await sentAgain(sent, judged, request), judged.scope, run, probing);
}

/** Where packets passed that policies deny, the same from test pods that wait until the engine has isolated them: only those are held against it. */
async function sentAgain(sent: Snapshot, judged: Judged, request: ProbeRequest): Promise<Snapshot> {
  const early = perhapsTooEarly(judged.scope, { ...judged.snapshot, collections: sent.collections });
  const nodes = [...new Set(early.flatMap(({ vantage }) => vantage.node ?? []))];
  let { probes } = sent.collections;
  for (const node of nodes) {
    request.note(`packets passed that a policy denies: once more, ${SETTLED} s later`);
    const only: ProbeRequest["only"] = ({ hop, scheme }) => AGAIN.has(hop) && scheme !== "udp";
    const run = randomBytes(4).toString("hex");
    const later = await probe({ ...request, mode: "pod", run, node, wait: SETTLED, only });
    probes = replaced(probes, later.probes);
  }
  return nodes.length === 0 ? sent : { ...sent, collections: { ...sent.collections, probes } };
}

/** Seconds that an engine gets to isolate a new pod; kube-router takes up to ten. */
const SETTLED = 15;
const AGAIN: ReadonlySet<string> = new Set(["pod", "cluster-ip", "dns-name"]);

async function withSockets(sent: Snapshot, scope: Scope, run: string, probing: Probing): Promise<Snapshot> {
  const { options, io } = probing;
  const sockets = options.sockets ? await socketsOf(sent, scope, run, probing) : {};
  if (io.tty) io.err("\r\u001b[K");
  return { ...sent, collections: { ...sent.collections, ...sockets } };
}

/** What was gathered with what our requests found out: also the controllers' logs, which now speak of them. */
function withProbed(known: Snapshot, probed: Probed): Snapshot {
  const { logs: found, ...results } = probed;
  if (found === undefined) return { ...known, collections: { ...known.collections, ...results } };
  const { marked, faults } = found;
  const before = itemsOr(known.collections.logs);
  // A line that was read before our requests is not counted twice.
  const told = new Set(before.flatMap(({ lines }) => lines));
  const fresh = faults.map((log) => ({ ...log, lines: log.lines.filter((line) => !told.has(line)) }));
  const logs: Gathered<LogExcerpt> = { state: "ok", items: [...before, ...fresh] };
  const markedLogs: Gathered<MarkedLog> = { state: "ok", items: marked };
  return { ...known, collections: { ...known.collections, ...results, markedLogs, logs } };
}

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] as const;

/** Whether this machine reaches the API server at a private address of the nodes' own network (its first 16 bits), by no proxy. */
async function isNear(connection: Connection, { collections }: Snapshot): Promise<boolean> {
  const { route } = connection.webSocket();
  if (route.proxy !== undefined) return false;
  try {
    const { address } = await lookup(route.server.hostname.replace(/^\[|\]$/g, ""));
    const own = parseAddress(address);
    const network = parseCidr(`${address}/16`);
    if (own === undefined || network === undefined || address.includes(":") || !isPrivate(own)) return false;
    return itemsOr(collections.nodes)
      .flatMap(({ status }) => status?.addresses ?? [])
      .some((one) => {
        const node = one.type === "InternalIP" ? parseAddress(one.address ?? "") : undefined;
        return node !== undefined && contains(network, node);
      });
  } catch {
    return false;
  }
}

/** Which ports of a pod matter is what Services send to; for a workload they are not read otherwise. */
async function withServices(snapshot: Snapshot, request: TargetRequest, connection: Connection): Promise<Snapshot> {
  const { services } = snapshot.collections;
  const isRead = services.state === "ok" || services.reason !== "not-requested";
  if (request.kind !== "pod" || request.namespace === "" || isRead) return snapshot;
  const { namespace } = request;
  const query = { type: "list", collection: "services", resource: RESOURCES.services, namespace } as const;
  const listed = await liveSource(connection).list(query);
  // What a list of Services holds are Services: decode.ts saw to their shape.
  return { ...snapshot, collections: { ...snapshot.collections, services: listed as Gathered<Service> } };
}

async function socketsOf(
  snapshot: Snapshot,
  scope: Scope,
  run: string,
  { options, connection, io, mayStay }: Probing,
): Promise<Pick<Snapshot["collections"], "sockets">> {
  const pod = podToLookInto(scope, itemsOr(snapshot.collections.probes));
  if (pod === undefined)
    return { sockets: { state: "unavailable", reason: "failed", detail: "no pod runs whose sockets could be read" } };
  progress(io)(`sockets of pod ${pod.metadata.name}`);
  return {
    sockets: await readSockets({
      api: connection,
      pod,
      choices: podChoices(options, io),
      run,
      signal: io.signal,
      mayStay,
    }),
  };
}

function podChoices(options: ProbeOptions, io: Io): ProbeRequest["pod"] {
  const { pullSecret, headers } = options;
  const image = options.image ?? (io.env["NETCHECK_PROBE_IMAGE"] || DEFAULT_IMAGE);
  return pullSecret === undefined ? { image, headers } : { image, headers, pullSecret };
}

function checkHeaders(headers: readonly string[]): void {
  for (const header of headers) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+:[^\r\n\0]*$/.test(header))
      throw new UserError("--header takes 'Name: value'", ["e.g. --header 'Host: shop.example.com'"]);
  }
}

/** One live line on a terminal, nothing on a pipe. */
function progress(io: Io): (text: string) => void {
  return (text) => {
    if (io.tty)
      io.err(`\r\u001b[Kprobing: ${text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, Math.max(10, io.columns - 12))}`);
  };
}

/** The pod that sends. Throws UserError for an address that is no pod's, where a pod is wanted, and for a pod that is not there. */
function clientOf(request: TargetRequest, known: Snapshot, mode: ProbeOptions["mode"]): ProbeRequest["from"] {
  const client = sourceOf(request, known);
  if (client?.kind === "pod") return { namespace: client.namespace, name: client.name };
  if (client === undefined || (mode !== "auto" && mode !== "pod" && mode !== "exec")) return undefined;
  throw new UserError(`--probe sends from inside a pod, and ${client.ip} is the address of none`, [
    "leave out --probe, to ask what policies say of this address, or --from, to send from a test pod",
  ]);
}

/**
 * Asks once for the test pod. Without a terminal nobody can be asked: what leaves no trace was asked for by the flag itself, what leaves one needs --yes.
 */
async function consent(
  options: ProbeOptions,
  namespace: string,
  from: ProbeRequest["from"],
  io: Io,
  lines: Lines,
): Promise<void> {
  const makesPods = options.mode === "auto" || options.mode === "pod";
  if (!makesPods || options.yes) return;
  if (from === undefined) {
    if (io.tty && !(await agrees(`A test pod will be made in namespace ${namespace} and deleted again.`, io, lines)))
      throw new UserError("nothing was made", [
        "--yes answers in advance; --probe=exec, proxy, port-forward and local make nothing",
      ]);
    return;
  }
  // Otherwise the pod's own tools come first, and the question only where they are not enough.
  if (options.mode === "pod" && !io.tty) throw new UserError(stays(from.name), ["--yes agrees to it"]);
}

function stays(pod: string): string {
  return `An ephemeral container will be added to pod ${pod}; it stays in the pod's spec until the pod goes.`;
}

/**
 * Whether an ephemeral container may be left in a pod: --yes agrees where the user named the pod or asked for its sockets, a terminal is asked. A probe
 * that would leave something only because nothing better was to be had is no such wish.
 */
function mayStay(options: ProbeOptions, io: Io, lines: Lines): ProbeRequest["mayStay"] {
  const wished = options.from !== undefined || options.sockets;
  const answers = new Map<string, boolean>();
  return async (pod) => {
    if (options.yes || !io.tty) return options.yes && wished;
    const answer = answers.get(pod) ?? (await agrees(stays(pod), io, lines));
    answers.set(pod, answer);
    return answer;
  };
}
