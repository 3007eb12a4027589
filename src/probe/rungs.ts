/** The places from which requests can be sent, one function each: what it found goes to `results`, what became of the place to `reports`. */
import type { ProbeResult, ProbeTarget, Vantage, VantageReport } from "../model/probe-results.ts";
import { runEphemeral } from "./ephemeral.ts";
import { ofFamilies } from "./families.ts";
import { CLIENT_LIMITS, OWN_LIMITS, type PodName, sendersOf, tryByExec } from "./inpod.ts";
import { isForHere, LOCAL_LIMITS, tryFromHere } from "./local.ts";
import { resultsOf } from "./parse.ts";
import type { ProbeRequest } from "./probe.ts";
import { API_PROXY, PROXY_LIMITS, tryByProxy } from "./proxy.ts";
import { type Marking, SCRIPT, targetLines } from "./script.ts";
import { probeContainer } from "./spec.ts";
import { senderOf } from "./testpod.ts";

/** This machine is place 0. */
export function markingOf({ run, requests }: ProbeRequest, place: number): Marking {
  return { run, place, query: requests.queryMarker !== false };
}

/**
 * With the client's own labels, node and resolver: what it meets is what its application meets. Its own tools first, which leaves nothing; `pod` asks for
 * the ephemeral container outright.
 */
export async function fromClient(
  request: ProbeRequest,
  from: PodName,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  if (request.mode === "auto") await byExec(request, targets, results, reports);
  if (results.length === 0) await byEphemeral(request, from, CLIENT_LIMITS, targets, results, reports);
}

/** With a running pod's own tools: that of `--from`, else one of the target. */
export async function byExec(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { api, pod, signal, from, scope } = request;
  const pods = from === undefined ? sendersOf(scope) : [from];
  request.note(`exec in ${from?.name ?? "a pod of the target"}: ${targets.length} addresses`);
  const marking = markingOf(request, 0x0d);
  const limits = from === undefined ? OWN_LIMITS : CLIENT_LIMITS;
  const sent = await tryByExec({ api, pods, limits, targets, marking, headers: pod.headers, signal });
  results.push(...sent.results);
  reports.push(sent.report);
}

/** An ephemeral container in one of the target's own pods, where the test pod was refused and somebody agreed to what stays. */
export async function inOwnPod(
  request: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  // What hindered a test pod that was admitted (its image, mostly) would hinder this too, and would stay.
  const refused = reports.some(({ outcome }) => outcome === "forbidden" || outcome === "denied");
  const [own] = sendersOf(request.scope);
  if (!refused || own === undefined) return;
  await byEphemeral(request, own, OWN_LIMITS, targets, results, reports);
}

export async function byEphemeral(
  request: ProbeRequest,
  { namespace, name }: PodName,
  limits: string,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  const { api, run, pod, signal } = request;
  const what = `pod ${name}`;
  const inside = `an ephemeral container in pod ${name}`;
  if (!(await request.mayStay(name))) {
    const detail = "it stays in the pod's spec until the pod goes, and nobody agreed to that";
    reports.push({ what: inside, outcome: "no-consent", detail, namespace, names: [name] });
    return;
  }
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
  const told = ofFamilies(found, sender.pod);
  results.push(...told.results);
  reports.push({ what, outcome: "used", detail: [limits, ...told.note].join("; "), namespace, names: [] });
}

export async function byProxy(
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

export async function byPortForward(
  { api, run, pod, signal, note, namespace }: ProbeRequest,
  targets: readonly ProbeTarget[],
  results: ProbeResult[],
  reports: VantageReport[],
): Promise<void> {
  note("port-forward");
  const { PORT_FORWARD, PORT_FORWARD_LIMITS, tryByPortForward } = await import("./portforward.ts");
  const given = { api, userAgent: `kubectl-netcheck/${run}`, headers: pod.headers, signal };
  const found = await tryByPortForward(given, targets);
  const common = { what: PORT_FORWARD.label, namespace, names: [] };
  if ("kind" in found) reports.push({ ...common, outcome: found.kind, detail: found.message });
  else if (found.length === 0)
    reports.push({ ...common, outcome: "failed", detail: "no pod with a TCP port to which it could be tried" });
  else {
    results.push(...found);
    reports.push({ ...common, outcome: "used", detail: PORT_FORWARD_LIMITS });
  }
}

export async function fromHere(
  { run, signal, note, mode, namespace, pod, requests, near, proxyVariables = [] }: ProbeRequest,
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
  const around =
    proxyVariables.length === 0
      ? ""
      : `; ${proxyVariables.join(", ")} set: requests went around that proxy, your browser may go through it`;
  reports.push({ what, outcome: "used", detail: `${LOCAL_LIMITS}${around}`, namespace, names: [] });
}
