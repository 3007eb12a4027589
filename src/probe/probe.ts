import type { Scope } from "../model/check.ts";
import type { KubeNode } from "../model/kube.ts";
import {
  failureOf,
  type ProbeResult,
  type ProbeTarget,
  type Vantage,
  type VantageReport,
  verdictOfProbe,
} from "../model/probe-results.ts";
import { matchesPairs } from "../model/selectors.ts";
import { type Gathered, itemsOr, type Snapshot } from "../model/snapshot.ts";
import { type Api, listOf, parsed, within } from "./api.ts";
import { ofFamilies } from "./families.ts";
import type { PodName } from "./inpod.ts";
import { isForHere } from "./local.ts";
import { type FoundLogs, searchLogs } from "./markedlogs.ts";
import { resultsOf } from "./parse.ts";
import { byExec, byPortForward, byProxy, fromClient, fromHere, inOwnPod, markingOf } from "./rungs.ts";
import { targetLines } from "./script.ts";
import { labelsOf, type PodChoices } from "./spec.ts";
import { sweep } from "./sweep.ts";
import { type RequestChoices, targetsOf } from "./targets.ts";
import { runTestPod } from "./testpod.ts";
import { wayOf } from "./via.ts";

export type ProbeMode = "auto" | "pod" | "exec" | "proxy" | "port-forward" | "local";

export interface ProbeRequest {
  readonly api: Api;
  readonly scope: Scope;
  readonly snapshot: Snapshot;
  readonly mode: ProbeMode;
  readonly pod: PodChoices;
  readonly requests: RequestChoices;
  /** Where the test pod runs: the target's namespace unless the user says otherwise, since policies look at namespaces. */
  readonly namespace: string;
  /** Only from this node. */
  readonly node?: string;
  /** This machine is in the network of the nodes, see `Vantage.near`. */
  readonly near?: boolean;
  /** Variables of this machine that name a proxy, which is not used. */
  readonly proxyVariables?: readonly string[];
  /** From inside this pod of the user's, by an ephemeral container, instead of a test pod. */
  readonly from?: PodName;
  /** Eight hexadecimal digits that name this run in labels and User-Agent. */
  readonly run: string;
  /** Seconds that test pods wait before they send. */
  readonly wait?: number;
  /** Only these of the targets. */
  readonly only?: (target: ProbeTarget) => boolean;
  readonly signal: AbortSignal;
  /** Whether an ephemeral container may be added to this pod, where it stays until the pod goes. Asks, where somebody can be asked. */
  mayStay(pod: string): Promise<boolean>;
  /** Tells what is being done now, for a terminal. */
  note(text: string): void;
}

export interface Probed {
  readonly probes: Gathered<ProbeResult>;
  readonly vantages: Gathered<VantageReport>;
  /** What the controllers' logs say of our requests, and of faults since; only for an Ingress. */
  readonly logs?: FoundLogs;
}

/** How far a node's clock may be behind the API server's, in milliseconds. */
const CLOCKS_APART = 15_000;

/** Pods that are looked into by port-forward when they fail from elsewhere. */
const FORWARDED = 2;

const POD_LIMITS =
  "a test pod has labels of its own: a policy that chooses its clients by label may treat your clients differently";

/**
 * Tries the judged objects from the best place that can be had: a test pod, else the API server's proxy; load balancer addresses from this machine as
 * well. A second test pod on another node is used only when something fails, to tell a broken node from a broken Service.
 */
export async function probe(request: ProbeRequest): Promise<Probed> {
  const { scope, snapshot, requests, mode, api } = request;
  const targets = targetsOf(scope, snapshot, requests).filter(request.only ?? (() => true));
  const results: ProbeResult[] = [];
  const reports: VantageReport[] = [];
  // By the API server's clock. A node that stamps its lines may be behind: its lines must not be cut off, and only some of them would be.
  const since = new Date(Date.parse(api.serverDate()) - CLOCKS_APART).toISOString();
  if (targets.length > 0) {
    const here = { results: [] as ProbeResult[], reports: [] as VantageReport[] };
    // Both to their end, also after Ctrl-C: a test pod is taken away by whoever made it.
    const ended = await Promise.allSettled([
      fromInside(request, targets, results, reports),
      mode === "local" || mode === "auto" ? fromHere(request, targets, here.results, here.reports) : undefined,
    ]);
    for (const one of ended) if (one.status === "rejected") throw one.reason;
    results.push(...here.results);
    reports.push(...here.reports);
  }
  const logs = await arrivals(request, results, since);
  return {
    probes: gatheredOf(results, reports),
    vantages: { state: "ok", items: reports },
    ...(logs === undefined ? {} : { logs }),
  };
}

/**
 * The ladder: a test pod (or the pod of `--from`: with its own tools, else by an ephemeral container), else an ephemeral container in a pod of the target
 * where somebody agreed to that, else the API server's proxy, else port-forward. Each lower rung proves less.
 */
async function fromInside(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { mode, from } = request;
  if (mode === "auto" || mode === "pod")
    await (from === undefined
      ? fromPods(request, targets, results, reports)
      : fromClient(request, from, targets, results, reports));
  if (mode === "exec") await byExec(request, targets, results, reports);
  if (mode === "auto" && from === undefined && results.length === 0) await inOwnPod(request, targets, results, reports);
  if (mode === "proxy" || (mode === "auto" && results.length === 0)) await byProxy(request, targets, results, reports);
  const troubled = mode === "auto" ? toForward(targets, results) : targets;
  if (mode === "port-forward" || (mode === "auto" && troubled.length > 0))
    await byPortForward(request, troubled, results, reports);
}

/** From inside a pod, what can tell an app on 127.0.0.1 and lost packets apart; without any other result, everything. */
function toForward(targets: readonly ProbeTarget[], results: readonly ProbeResult[]): readonly ProbeTarget[] {
  if (results.length === 0) return targets;
  const failed = results.filter(
    (result) => result.target.hop === "pod" && result.target.scheme !== "udp" && verdictOfProbe(result) === "failed",
  );
  return failed.map(({ target }) => target).slice(0, FORWARDED);
}

/** Looks for the marked requests in the controllers' logs; undefined when none was sent. */
async function arrivals(
  { api, scope, snapshot, requests, run, signal, note }: ProbeRequest,
  results: readonly ProbeResult[],
  since: string,
): Promise<FoundLogs | undefined> {
  const way = wayOf(scope, snapshot, requests);
  const markers = results.flatMap(({ marker }) => marker ?? []);
  if (way === undefined || markers.length === 0) return undefined;
  const { ingress, resolution } = way;
  note("the controller's log");
  return searchLogs({ api, ingress, takers: resolution.takers, run, markers, since, signal });
}

/** No result from anywhere although there was something to try: that is not "nothing wrong". */
function gatheredOf(results: readonly ProbeResult[], reports: readonly VantageReport[]): Gathered<ProbeResult> {
  const refused = reports.filter(({ outcome }) => outcome !== "used" && outcome !== "leftover");
  if (results.length > 0 || refused.length === 0) return { state: "ok", items: results };
  const detail = refused.map(({ what, detail: words }) => `${what}: ${words}`).join("; ");
  return {
    state: "unavailable",
    reason: refused.every(({ outcome }) => outcome === "forbidden") ? "forbidden" : "failed",
    detail,
  };
}

async function fromPods(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { api, namespace } = request;
  const what = "test pod";
  const left = await sweep(api, namespace);
  if (left.length > 0) {
    const detail = "test pods of earlier runs could not be deleted";
    reports.push({
      what,
      outcome: "leftover",
      detail,
      namespace,
      names: left.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`),
    });
  }
  const chosen = await selectingService(request);
  if (chosen !== undefined) {
    const detail = `Service ${chosen} selects every pod with our labels: the test pod would receive its traffic`;
    reports.push({ what, outcome: "denied", detail, namespace, names: [] });
    return;
  }
  const nodes = itemsOr(request.snapshot.collections.nodes);
  if (nodes.length > 0 && !nodes.some(takesPods)) {
    const detail = "no node that is ready runs Linux, which the test pod needs";
    reports.push({ what, outcome: "failed", detail, namespace, names: [] });
    return;
  }
  const first = await onePod(request, targets, request.node, "a", reports);
  results.push(...first);
  const other = secondNode(request, targets, first);
  if (other === undefined) return;
  results.push(...(await onePod(request, targets, other, "b", reports)));
}

/** Runs one test pod; no results when it could not be had, with the reason in `reports`. */
async function onePod(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  node: string | undefined,
  suffix: string,
  reports: VantageReport[],
): Promise<readonly ProbeResult[]> {
  const { api, namespace, run, pod, signal } = request;
  const marking = markingOf(request, suffix === "a" ? 0x0a : 0x0b);
  request.note(`test pod in ${namespace}${node === undefined ? "" : ` on ${node}`}: ${targets.length} addresses`);
  const nodes = new Set(targets.flatMap((target) => target.node ?? []));
  const output = await runTestPod(
    api,
    {
      ...pod,
      name: `netcheck-${run}-${suffix}`,
      run,
      namespace,
      targets: targetLines(targets, marking),
      avoid: nodes.size === 1 ? [...nodes] : [],
      ...(request.wait === undefined ? {} : { wait: request.wait }),
      ...(node === undefined ? {} : { node }),
    },
    signal,
  );
  const what = node === undefined ? "test pod" : `test pod on ${node}`;
  if (output.kind !== "output") {
    const names = output.kind === "not-started" ? [output.pod] : [];
    reports.push({ what, outcome: output.kind, detail: output.message, namespace, names });
    return [];
  }
  const vantage: Vantage = { kind: "pod", label: `test pod on ${output.node}`, node: output.node, pod: output.pod };
  const told = ofFamilies(resultsOf(output.text, targets, vantage, marking), output.pod);
  const detail = [POD_LIMITS, ...told.note].join("; ");
  reports.push({ what: vantage.label, outcome: "used", detail, namespace, names: [] });
  return told.results;
}

/** The name of a Service that selects our labels, if there is one. A list that may not be read proves none; ours are unlikely labels. */
async function selectingService({ api, namespace, run }: ProbeRequest): Promise<string | undefined> {
  const answer = await api.request(`/api/v1/namespaces/${encodeURIComponent(namespace)}/services`);
  if (answer.status !== 200) return undefined;
  const found = listOf(parsed(answer.text)["items"]).find((service) => {
    const pairs = Object.entries(within(service, "spec", "selector")).map(([key, value]): [string, string] => [
      key,
      String(value),
    ]);
    return pairs.length > 0 && matchesPairs(pairs, labelsOf(run));
  });
  return found === undefined ? undefined : String(within(found, "metadata")["name"]);
}

/** Where a second test pod tells most: on the node of an endpoint that fails, or on one that has an endpoint, else on any other. */
export function secondNode(
  { node, snapshot }: Pick<ProbeRequest, "node" | "snapshot">,
  targets: readonly ProbeTarget[],
  first: readonly ProbeResult[],
): string | undefined {
  const here = first[0]?.vantage.node;
  if (node !== undefined || here === undefined) return undefined;
  const troubled = first.filter(
    (result) => !isForHere(result.target) && result.target.scheme !== "udp" && verdictOfProbe(result) !== "ok",
  );
  // A refusal by a pod is the pod's own: it is the same from everywhere, and so is what hangs on it.
  const pods = troubled.filter((result) => result.target.hop === "pod");
  const local = pods.length > 0 ? pods.filter((result) => failureOf(result) !== "refused") : troubled;
  if (local.length === 0) return undefined;
  const failing = local.flatMap(({ target }) => target.node ?? []);
  const hosting = targets.flatMap((target) => target.node ?? []);
  const others = itemsOr(snapshot.collections.nodes)
    .filter(takesPods)
    .map(({ metadata }) => metadata.name);
  return [...failing, ...hosting, ...others].find((name) => name !== here);
}

function takesPods(node: KubeNode): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  const labels = node.metadata.labels ?? {};
  return ready && labels["type"] !== "virtual-kubelet" && (labels["kubernetes.io/os"] ?? "linux") === "linux";
}
