import { gather } from "../collect/gather.ts";
import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import type { Check, TargetKind } from "../model/check.ts";
import type { ReportHead } from "../model/report.ts";
import { kubectl } from "../model/shell.ts";
import type { Snapshot, Unavailable } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { exitCode } from "../report/exit.ts";
import type { Entry } from "../report/list.ts";
import { note, warn } from "./complain.ts";
import type { Io } from "./io.ts";
import type * as Judging from "./judging.ts";
import { type Opened, open } from "./open.ts";
import type { JudgeOptions } from "./options.ts";
import { isRows, loadRenderer, print, printRows } from "./print.ts";
import { Progress } from "./progress.ts";
import { podSelection } from "./target.ts";

/** The pipeline on one page: options and a target in, text on `io` and an exit code out. Throws UserError. */
export async function judge(
  options: JudgeOptions,
  target: (namespace: string) => TargetRequest,
  io: Io,
): Promise<number> {
  const progress = new Progress(io);
  const opened = await open(options, io);
  try {
    const recorded = asRecorded(target(options.allNamespaces ? "" : opened.namespace), opened);
    const request = await withSource(recorded, opened, options, io);
    checkNamespace(request);
    const run: Run = { request, options, opened, progress, io };
    if (isRows(request, options)) {
      const entries = await judged(run, ({ rowsOf }) => rowsOf);
      await printRows(entries, request, options, io);
      return exitOf(entries, options);
    }
    const entries = await judged(run, ({ entriesOf }) => entriesOf);
    await print(entries, request, options, io);
    return exitOf(entries, options);
  } finally {
    progress.clear();
    opened.close();
  }
}

interface Run {
  readonly request: TargetRequest;
  readonly options: JudgeOptions;
  readonly opened: Opened;
  readonly progress: Progress;
  readonly io: Io;
}

/** Collects and judges all that the request names, with as much of each report as `choose` picks. */
async function judged<R extends ReportHead>(
  { request, options, opened, progress, io }: Run,
  choose: (
    judging: typeof Judging,
  ) => (part: TargetRequest, snapshot: Snapshot, checks: readonly Check[]) => Judging.Entries<R>,
): Promise<readonly Entry<R>[]> {
  if (request.selection.by === "all") progress.say("reading the cluster");
  const entries: Entry<R>[] = [];
  for (const part of partsOf(request, opened)) {
    const [gathered, judging] = await Promise.all([gather(opened.source, part), loadMeanwhile(request.kind, options)]);
    progress.clear();
    if (part === request) await mustExist(opened.source, request, gathered, options);
    const { withAzure } = await import("./azure/with.ts");
    const known = await withAzure(gathered, azureOf(options, opened), io);
    const sends = options.probe.mode !== "none" || options.probe.sockets;
    const snapshot = sends
      ? await (await import("./probe.ts")).withProbes(known, part, options.probe, opened.connection, io)
      : known;
    const checks = await (await import("../checks/select.ts")).checksFor(part.kind, snapshot);
    for (const { done, total, entry } of choose(judging)(part, snapshot, checks)) {
      entries.push(entry);
      await progress.step(done, total);
    }
  }
  warn(io, opened.issues);
  return entries;
}

function exitOf(entries: readonly Entry[], { failOn }: JudgeOptions): number {
  return exitCode(
    entries.map(({ report }) => report),
    failOn,
  );
}

/** `-f` of a dump of our own, without a name: what it was taken for. */
function asRecorded(request: TargetRequest, { target }: Opened): TargetRequest {
  if (target === undefined || request.selection.by !== "all" || target.kind !== request.kind) return request;
  if (target.namespace !== request.namespace || target.name === "") return request;
  const selection =
    request.kind === "pod" ? podSelection(target.name, undefined) : ({ by: "name", name: target.name } as const);
  return { ...request, selection };
}

/** A dump may hold all of one namespace and nothing of the next: each is judged by what is there of it. */
function partsOf(request: TargetRequest, { namespaces }: Opened): readonly TargetRequest[] {
  if (namespaces === undefined || request.namespace !== "" || request.selection.by !== "all") return [request];
  return namespaces.map((namespace) => ({ ...request, namespace }));
}

/** A replayed run calls itself live; the Azure of this login may be another one than the cluster's. */
function azureOf({ azure }: JudgeOptions, { namespaces }: Opened): JudgeOptions["azure"] {
  return namespaces === undefined ? azure : { ...azure, mode: "off" };
}

/**
 * Loads what comes after collecting while the first answers are under way. Each turn of the event loop in between lets the handshake go on:
 * a module takes milliseconds to load, and nothing is read from a socket meanwhile.
 */
async function loadMeanwhile(target: TargetKind, options: JudgeOptions): Promise<typeof Judging> {
  await turn();
  await turn();
  const judging = await import("./judging.ts");
  await turn();
  await (await import("../checks/select.ts")).loadChecks(target);
  await turn();
  await loadRenderer(options);
  return judging;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The request with the client of `--from`, whose words are only read where there are some. Says which pod stands for a workload. */
async function withSource(
  request: TargetRequest,
  { namespace, source }: Opened,
  { from }: JudgeOptions,
  io: Io,
): Promise<TargetRequest> {
  if (from === undefined) return request;
  const { clientRef } = await import("./source.ts");
  const ref = clientRef(from, namespace);
  if (ref.kind !== "owner") return { ...request, from: ref };
  const { standIn } = await import("./standing-in.ts");
  const { request: client, told } = await standIn(from, ref, source);
  note(io, told);
  return { ...request, from: client };
}

const COLLECTIONS = { pod: "pods", svc: "services", ingress: "ingresses" } as const;

/** One object is in one namespace: a name and -A contradict each other, as in kubectl. */
function checkNamespace({ namespace, selection }: TargetRequest): void {
  if (namespace === "" && (selection.by === "name" || selection.by === "workload"))
    throw new UserError("a name cannot be looked up in all namespaces: give the name with -n, or -A without a name");
}

/** The target itself must be readable: without it there is nothing to say, not even "unknown". */
export async function mustExist(
  source: ClusterSource,
  request: TargetRequest,
  snapshot: Snapshot,
  options: JudgeOptions,
): Promise<void> {
  const name = request.selection.by === "workload" ? request.selection.workload : COLLECTIONS[request.kind];
  const gathered = snapshot.collections[name];
  const { selection } = request;
  if (gathered.state === "unavailable") {
    const where = request.namespace === "" ? "all namespaces" : `namespace "${request.namespace}"`;
    const named = selection.by === "name" || selection.by === "workload";
    const looksAround = named && gathered.reason === "not-in-dump";
    const hints = looksAround ? await (await import("./not-found.ts")).hintsFor(source, request, options) : [];
    if (hints.length > 0) throw new UserError(`cannot read ${name} in ${where}: ${gathered.detail}`, hints);
    const { kind, from } = snapshot.source;
    const server = kind === "dump" || gathered.detail.includes(from) ? "" : ` of ${from}`;
    throw new UserError(`cannot read ${name} in ${where}${server}: ${gathered.detail}`, [nextStep(gathered)]);

    function nextStep({ reason }: Unavailable): string {
      const scope = request.namespace === "" ? "-A" : `-n ${request.namespace}`;
      if (reason === "forbidden") return `kubectl auth can-i list ${name.toLowerCase()} ${scope}`;
      if (kind === "dump") return `Is this the right dump? (${from})`;
      if (reason === "failed") return "try again, or ask the server how it is: kubectl get --raw '/readyz?verbose'";
      return `Is this the right cluster? (${from})`;
    }
  }
  if (gathered.items.length > 0) return;
  if (selection.by === "name" || selection.by === "workload") {
    const { notFound } = await import("./not-found.ts");
    throw await notFound(source, request, options);
  }
  // A selector names pods that are meant to be there: a script must not take none for healthy.
  if (selection.by === "labels") {
    const where = request.namespace === "" ? "in any namespace" : `in namespace "${request.namespace}"`;
    throw new UserError(`no pod ${where} has the labels ${selection.selector}`, [
      ...(gathered.gaps ?? []),
      kubectl(request.namespace, "get", "pods", ...(request.namespace === "" ? ["-A"] : []), "--show-labels"),
    ]);
  }
}
