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
import { runEphemeral } from "./ephemeral.ts";
import { isForHere, LOCAL_LIMITS, tryFromHere } from "./local.ts";
import { type FoundLogs, searchLogs } from "./markedlogs.ts";
import { resultsOf } from "./parse.ts";
import { API_PROXY, PROXY_LIMITS, tryByProxy } from "./proxy.ts";
import { type Marking, SCRIPT, targetLines } from "./script.ts";
import { labelsOf, type PodChoices, probeContainer } from "./spec.ts";
import { sweep } from "./sweep.ts";
import { type RequestChoices, targetsOf } from "./targets.ts";
import { runTestPod, senderOf } from "./testpod.ts";
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
  /** From inside this pod of the user's, by an ephemeral container, instead of a test pod. */
  readonly from?: { readonly namespace: string; readonly name: string };
  /** Eight hexadecimal digits that name this run in labels and User-Agent. */
  readonly run: string;
  readonly signal: AbortSignal;
  /** Tells what is being done now, for a terminal. */
  note(text: string): void;
}

export interface Probed {
  readonly probes: Gathered<ProbeResult>;
  readonly vantages: Gathered<VantageReport>;
  /** What the controllers' logs say of our requests, and of faults since; only for an Ingress. */
  readonly logs?: FoundLogs;
}

const POD_LIMITS =
  "a test pod has labels of its own: a policy that chooses its clients by label may treat your clients differently";

const CLIENT_LIMITS = "what another client meets may differ: policies look at labels, namespaces and addresses";

/**
 * Tries the judged objects from the best place that can be had: a test pod, else the API server's proxy; load balancer addresses from this machine as
 * well. A second test pod on another node is used only when something fails, to tell a broken node from a broken Service.
 */
export async function probe(request: ProbeRequest): Promise<Probed> {
  const { scope, snapshot, requests, mode, api } = request;
  const targets = targetsOf(scope, snapshot, requests);
  const results: ProbeResult[] = [];
  const reports: VantageReport[] = [];
  // The server's clock, and two seconds for one that is off: lines of a log are asked for from here on.
  const since = new Date(Date.parse(api.serverDate()) - 2000).toISOString();
  if (targets.length > 0) {
    const here = { results: [] as ProbeResult[], reports: [] as VantageReport[] };
    await Promise.all([
      fromInside(request, targets, results, reports),
      mode === "local" || mode === "auto" ? fromHere(request, targets, here.results, here.reports) : undefined,
    ]);
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

/** From a test pod or the user's own pod, else by the API server's proxy. */
async function fromInside(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { mode } = request;
  if (mode === "auto" || mode === "pod")
    await (request.from === undefined
      ? fromPods(request, targets, results, reports)
      : fromClient(request, request.from, targets, results, reports));
  if (mode === "proxy" || (mode === "auto" && results.length === 0)) await byProxy(request, targets, results, reports);
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
  reports.push({ what: vantage.label, outcome: "used", detail: POD_LIMITS, namespace, names: [] });
  return resultsOf(output.text, targets, vantage, marking);
}

/** This machine is place 0. */
function markingOf({ run, requests }: ProbeRequest, place: number): Marking {
  return { run, place, query: requests.queryMarker !== false };
}

/** With the client's own labels, node and resolver: what it meets is what its application meets. */
async function fromClient(
  request: ProbeRequest,
  { namespace, name }: NonNullable<ProbeRequest["from"]>,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { api, run, pod, signal } = request;
  const what = `pod ${name}`;
  const inside = `an ephemeral container in pod ${name}`;
  const marking = markingOf(request, 0x0c);
  request.note(`${what} in ${namespace}: ${targets.length} addresses`);
  const container = probeContainer({
    ...pod,
    run,
    targets: targetLines(targets, marking),
    name: `netcheck-${run}`,
    script: SCRIPT,
  });
  const output = await runEphemeral(api, { namespace, pod: name, container }, signal);
  if (output.kind !== "output") {
    reports.push({ what: inside, outcome: output.kind, detail: output.message, namespace, names: [name] });
    return;
  }
  const sender = senderOf(output.pod);
  const { node } = sender;
  const vantage: Vantage = { kind: "client-pod", label: what, pod: sender.pod, ...(node === "" ? {} : { node }) };
  const found = resultsOf(output.text, targets, vantage, marking);
  if (found.length === 0) {
    const detail = `it printed no result: ${output.text.trim().slice(0, 200)}`;
    reports.push({ what: inside, outcome: "not-started", detail, namespace, names: [name] });
    return;
  }
  results.push(...found);
  reports.push({ what, outcome: "used", detail: CLIENT_LIMITS, namespace, names: [] });
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
  const troubled = first.filter((result) => !isForHere(result.target) && verdictOfProbe(result) !== "ok");
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

async function byProxy(
  { api, namespace, note }: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  note("API server proxy");
  const found = await tryByProxy(api, targets);
  const what = API_PROXY.label;
  if (typeof found === "string") reports.push({ what, outcome: "forbidden", detail: found, namespace, names: [] });
  else if (found.length === 0)
    reports.push({ what, outcome: "failed", detail: "no pod that could be asked by HTTP", namespace, names: [] });
  else {
    results.push(...found);
    reports.push({ what, outcome: "used", detail: PROXY_LIMITS, namespace, names: [] });
  }
}

async function fromHere(
  { run, signal, note, mode, namespace, pod, requests, near }: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const outside = targets.filter(isForHere);
  const what = "this machine";
  if (outside.length === 0) {
    const detail = "there is no load balancer address; pods and cluster IPs are not reachable from here";
    if (mode === "local") reports.push({ what, outcome: "failed", detail, namespace, names: [] });
    return;
  }
  note(`this machine: ${outside.length} addresses`);
  const queryMarker = requests.queryMarker !== false;
  const common = { run, headers: pod.headers, queryMarker, signal };
  results.push(...(await tryFromHere(outside, near === true ? { ...common, near } : common)));
  reports.push({ what, outcome: "used", detail: LOCAL_LIMITS, namespace, names: [] });
}
