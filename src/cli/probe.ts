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
import type { ProbeOptions } from "./probe-options.ts";
import { judgedOf } from "./scopes.ts";

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
  const from = options.from === undefined ? undefined : clientOf(options.from, request.namespace);
  await consent(options, namespace, from, io);
  const run = randomBytes(4).toString("hex");
  const mode = options.mode;
  const probed =
    mode === "none"
      ? undefined
      : await probe({
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
          },
          near: await isNear(connection, known),
          ...(options.node === undefined ? {} : { node: options.node }),
          ...(from === undefined ? {} : { from }),
        });
  const sent = withProbed(known, probed);
  const sockets = options.sockets ? await socketsOf(sent, judged.scope, options, run, connection, io) : {};
  if (io.tty) io.err("\r\u001b[K");
  return { ...sent, collections: { ...sent.collections, ...sockets } };
}

/** What was gathered with what our requests found out: also the controllers' logs, which now speak of them. */
function withProbed(known: Snapshot, probed: Probed | undefined): Snapshot {
  if (probed === undefined) return known;
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
  options: ProbeOptions,
  run: string,
  connection: Connection,
  io: Io,
): Promise<Pick<Snapshot["collections"], "sockets">> {
  const pod = podToLookInto(scope, itemsOr(snapshot.collections.probes));
  if (pod === undefined)
    return { sockets: { state: "unavailable", reason: "failed", detail: "no pod runs whose sockets could be read" } };
  progress(io)(`sockets of pod ${pod.metadata.name}`);
  return { sockets: await readSockets(connection, pod, podChoices(options, io), run, io.signal) };
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

/** Throws UserError for what names no pod. */
function clientOf(text: string, namespace: string): { readonly namespace: string; readonly name: string } {
  const match = /^(?:([a-z0-9][a-z0-9-]*)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text);
  const name = match?.[2];
  if (match === null || name === undefined) throw new UserError(`--from takes POD or NAMESPACE/POD, not "${text}"`);
  return { namespace: match[1] ?? namespace, name };
}

/** Asks once for all that will be made. Without a terminal nobody can be asked: what leaves no trace was asked for by the flag itself, what leaves one needs --yes. */
async function consent(options: ProbeOptions, namespace: string, from: ProbeRequest["from"], io: Io): Promise<void> {
  const makesPods = options.mode === "auto" || options.mode === "pod";
  const stays = "it stays in the pod's spec until the pod goes";
  const lasting = [
    ...(makesPods && from !== undefined ? [`An ephemeral container will be added to pod ${from.name}; ${stays}.`] : []),
    ...(options.sockets ? [`An ephemeral container will be added to one of the pods; ${stays}.`] : []),
  ];
  const passing =
    makesPods && from === undefined ? [`A test pod will be made in namespace ${namespace} and deleted again.`] : [];
  if (options.yes || (!io.tty && lasting.length === 0) || lasting.length + passing.length === 0) return;
  if (!io.tty) throw new UserError(lasting.join(" "), ["--yes agrees to it"]);
  io.err(`${[...passing, ...lasting].join(" ").replaceAll(/[\p{Cc}\p{Cf}]/gu, "?")} Go on? [y/N] `);
  if (!/^y(es)?$/i.test((await oneLine(io)).trim()))
    throw new UserError("nothing was made", [
      "--yes answers in advance; without --probe and --sockets nothing is made",
    ]);
}

/** The first line typed; leaving the loop closes the input, which would keep the process alive. */
async function oneLine(io: Io): Promise<string> {
  let typed = "";
  for await (const chunk of io.stdin) {
    typed += Buffer.from(chunk).toString("utf8");
    if (typed.includes("\n")) break;
  }
  return typed.split("\n")[0] ?? "";
}
