import type { Scope } from "../model/check.ts";
import type { Pod } from "../model/kube.ts";
import { isTerminal, isTerminating } from "../model/pods.ts";
import {
  type ProbeResult,
  type ProbeTarget,
  type Vantage,
  type VantageReport,
  verdictOfProbe,
} from "../model/probe-results.ts";
import { type Api, type Json, listOf, parsed, podsPath, textOf, within } from "./api.ts";
import { type ExecOutput, execIn } from "./exec.ts";
import { ofFamilies } from "./families.ts";
import { resultsOf } from "./parse.ts";
import { refusalOf } from "./refusal.ts";
import { type Marking, scriptFor, targetLines } from "./script.ts";
import { senderOf } from "./testpod.ts";

export const CLIENT_LIMITS = "what another client meets may differ: policies look at labels, namespaces and addresses";

/** For a pod of the target itself, which is no client. */
export const OWN_LIMITS =
  "the pod is one of the target's own: what it asks of itself passes no policy, and policies may treat clients otherwise";

/** How many pods of the target are asked for tools, and how long all tries may take in one, in milliseconds. */
const PODS = 3;
const LIMIT = 90_000;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Pods of the target from which something can be sent: running, and not about to go. */
export function sendersOf(scope: Scope): readonly PodName[] {
  return scope.pods.filter(runs).map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name }));
}

function runs(pod: Pod): boolean {
  const isWindows = pod.spec?.os?.name === "windows";
  return !isTerminal(pod) && !isTerminating(pod) && pod.status?.phase === "Running" && !isWindows;
}

export interface Sent {
  readonly results: readonly ProbeResult[];
  readonly report: VantageReport;
}

export interface ExecRequest {
  readonly api: Api;
  /** In this order, until one has the tools. */
  readonly pods: readonly PodName[];
  readonly limits: string;
  readonly targets: readonly ProbeTarget[];
  readonly marking: Marking;
  readonly headers: readonly string[];
  readonly signal: AbortSignal;
}

/** Sends from inside a running container, with its own shell and curl, wget or nc. Leaves nothing there. */
export async function tryByExec(given: ExecRequest): Promise<Sent> {
  const failures: VantageReport[] = [];
  for (const pod of given.pods.slice(0, PODS)) {
    const sent = await fromOne(given, pod);
    if (sent.results.length > 0) return sent;
    failures.push(sent.report);
    // A permission is missing for all of them.
    if (sent.report.outcome === "forbidden") break;
  }
  const namespace = given.pods[0]?.namespace ?? "";
  const none: VantageReport = {
    what: "exec",
    outcome: "failed",
    detail: "no pod of the target runs from which to send",
    namespace,
    names: [],
  };
  return { results: [], report: failures[0] ?? none };
}

async function fromOne(given: ExecRequest, { namespace, name }: PodName): Promise<Sent> {
  const { api, targets, marking, headers, signal } = given;
  const what = `exec in pod ${name}`;
  const failed = (outcome: VantageReport["outcome"], detail: string): Sent => ({
    results: [],
    report: { what, outcome, detail, namespace, names: [name] },
  });
  const answer = await api.request(`${podsPath(namespace)}/${encodeURIComponent(name)}`);
  if (answer.status !== 200) {
    const { kind, message } = refusalOf(answer.status, answer.text);
    return failed(kind === "forbidden" ? "forbidden" : "failed", message);
  }
  const pod = parsed(answer.text);
  const script = scriptFor({ run: marking.run, targets: targetLines(targets, marking), headers });
  const container = containerOf(pod);
  const output = await execIn(
    api,
    { namespace, pod: name, container, command: ["sh"], stdin: script, limit: LIMIT },
    signal,
  );
  if (output.kind !== "output") return failed(output.kind === "forbidden" ? "forbidden" : "failed", output.message);
  const { node, pod: sender } = senderOf(pod);
  const vantage: Vantage = { kind: "client-pod", label: `pod ${name}`, pod: sender, ...(node === "" ? {} : { node }) };
  const found = resultsOf(output.stdout, targets, vantage, marking);
  if (found.length === 0) return failed("failed", whyNothing(output, container));
  if (found.every((result) => verdictOfProbe(result) === "unclear"))
    return failed("failed", `the tools in container ${container} give no clear answer`);
  const { results, note } = ofFamilies(found, sender);
  const detail = [given.limits, ...note].join("; ");
  return { results, report: { what: `${vantage.label} (by exec)`, outcome: "used", detail, namespace, names: [] } };
}

function whyNothing({ stdout, stderr, code, message }: ExecOutput, container: string): string {
  const noShell =
    code === 126 || code === 127 || /executable file not found|no such file/i.test(`${message} ${stderr}`);
  if (noShell || stdout.includes("NETCHECK-NO-TOOLS"))
    return `container ${container} has no shell with curl, wget or nc`;
  return (message || stderr || "it printed nothing").trim().slice(0, 200);
}

/** Where kubectl would go: the annotated container, else the first. A pod with several needs a name. */
export function containerOf(pod: Json): string {
  const annotated = textOf(within(pod, "metadata", "annotations")["kubectl.kubernetes.io/default-container"]);
  const names = listOf(within(pod, "spec")["containers"]).map((container) => textOf(container["name"]));
  return names.includes(annotated) ? annotated : (names[0] ?? "");
}
