import { gather } from "../collect/gather.ts";
import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { exitCode } from "../report/exit.ts";
import type { Io } from "./io.ts";
import type * as Judging from "./judging.ts";
import { notFound } from "./not-found.ts";
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
    const [gathered, judging] = await Promise.all([gather(opened.source, request), loadMeanwhile(options)]);
    for (const issue of opened.issues) io.err(`warning: ${issue}\n`);
    await mustExist(opened.source, request, gathered);
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

/** The target itself must be readable: without it there is nothing to say, not even "unknown". */
async function mustExist(source: ClusterSource, request: TargetRequest, snapshot: Snapshot): Promise<void> {
  const name = request.selection.by === "workload" ? request.selection.workload : COLLECTIONS[request.kind];
  const gathered = snapshot.collections[name];
  if (gathered.state === "unavailable") {
    throw new UserError(`cannot read ${name} in namespace "${request.namespace}": ${gathered.detail}`, [
      gathered.reason === "forbidden"
        ? `kubectl auth can-i list ${name.toLowerCase()} -n ${request.namespace}`
        : `Is this the right ${snapshot.source.kind === "dump" ? "dump" : "cluster"}? (${snapshot.source.from})`,
    ]);
  }
  const { selection } = request;
  if ((selection.by === "name" || selection.by === "workload") && gathered.items.length === 0)
    throw await notFound(source, request);
}
