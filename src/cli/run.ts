import { gather } from "../collect/gather.ts";
import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import { kubectl } from "../model/shell.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { exitCode } from "../report/exit.ts";
import type { Io } from "./io.ts";
import type * as Judging from "./judging.ts";
import { hintsFor, notFound } from "./not-found.ts";
import { open } from "./open.ts";
import type { JudgeOptions } from "./options.ts";
import { loadRenderer, print } from "./print.ts";

/** The pipeline on one page: options and a target in, text on `io` and an exit code out. Throws UserError. */
export async function judge(
  options: JudgeOptions,
  target: (namespace: string) => TargetRequest,
  io: Io,
): Promise<number> {
  const opened = await open(options, io);
  try {
    const request = target(options.allNamespaces ? "" : opened.namespace);
    checkNamespace(request);
    const [gathered, judging] = await Promise.all([gather(opened.source, request), loadMeanwhile(options)]);
    for (const issue of opened.issues) io.err(`warning: ${issue}\n`);
    await mustExist(opened.source, request, gathered, options);
    const { withAzure } = await import("./azure/with.ts");
    const snapshot = await withAzure(gathered, options.azure, io);
    const reports = judging.reportsOf(request, snapshot);
    await print(reports, request, options, io);
    return exitCode(reports, options.failOn);
  } finally {
    opened.close();
  }
}

/**
 * Loads what comes after collecting while the first answers are under way. Each turn of the event loop in between lets the handshake go on:
 * a module takes milliseconds to load, and nothing is read from a socket meanwhile.
 */
async function loadMeanwhile(options: JudgeOptions): Promise<typeof Judging> {
  await turn();
  await turn();
  const judging = await import("./judging.ts");
  await turn();
  await loadRenderer(options);
  return judging;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const COLLECTIONS = { pod: "pods", svc: "services", ingress: "ingresses" } as const;

/** One object is in one namespace: a name and -A contradict each other, as in kubectl. */
function checkNamespace({ namespace, selection }: TargetRequest): void {
  if (namespace === "" && (selection.by === "name" || selection.by === "workload"))
    throw new UserError("a name cannot be looked up in all namespaces: give the name with -n, or -A without a name");
}

/** The target itself must be readable: without it there is nothing to say, not even "unknown". */
async function mustExist(
  source: ClusterSource,
  request: TargetRequest,
  snapshot: Snapshot,
  options: JudgeOptions,
): Promise<void> {
  const name = request.selection.by === "workload" ? request.selection.workload : COLLECTIONS[request.kind];
  const gathered = snapshot.collections[name];
  const { selection } = request;
  if (gathered.state === "unavailable") {
    const named = selection.by === "name" || selection.by === "workload";
    const hints = named && gathered.reason === "not-in-dump" ? await hintsFor(source, request, options) : [];
    if (hints.length > 0)
      throw new UserError(`cannot read ${name} in namespace "${request.namespace}": ${gathered.detail}`, hints);
    throw new UserError(`cannot read ${name} in namespace "${request.namespace}": ${gathered.detail}`, [
      gathered.reason === "forbidden"
        ? `kubectl auth can-i list ${name.toLowerCase()} -n ${request.namespace}`
        : `Is this the right ${snapshot.source.kind === "dump" ? "dump" : "cluster"}? (${snapshot.source.from})`,
    ]);
  }
  if (gathered.items.length > 0) return;
  if (selection.by === "name" || selection.by === "workload") throw await notFound(source, request, options);
  // A selector names pods that are meant to be there: a script must not take none for healthy.
  if (selection.by === "labels") {
    const where = request.namespace === "" ? "in any namespace" : `in namespace "${request.namespace}"`;
    throw new UserError(`no pod ${where} has the labels ${selection.selector}`, [
      ...(gathered.gaps ?? []),
      kubectl(request.namespace, "get", "pods", ...(request.namespace === "" ? ["-A"] : []), "--show-labels"),
    ]);
  }
}
