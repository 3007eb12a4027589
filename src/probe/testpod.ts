import { setTimeout as pause } from "node:timers/promises";
import type { Vantage } from "../model/probe-results.ts";
import { type Api, type Json, jobsPath, listOf, parsed, podsPath, textOf, within } from "./api.ts";
import { fitted, USUAL } from "./limits.ts";
import { messageOf, type Refusal, refusalOf, wantsProbes } from "./refusal.ts";
import { jobManifest, type Manifest, type PodSpecInput, podManifest, RUN_LABEL } from "./spec.ts";

/** Why a test pod gave no result. */
export type PodFailure =
  | { readonly kind: "forbidden" | "denied" | "failed"; readonly message: string }
  /** Created, but its container did not run: `message` says what the kubelet or the scheduler says. */
  | { readonly kind: "not-started"; readonly message: string; readonly pod: string };

export interface PodOutput {
  readonly kind: "output";
  readonly node: string;
  readonly pod: NonNullable<Vantage["pod"]>;
  readonly text: string;
}

/** How long we wait for the container to start, and for its end, in milliseconds. */
const START_LIMIT = 60_000;
const END_LIMIT = 90_000;
const POLL = 150;

interface Made {
  readonly path: string;
  readonly uid: string;
}

/**
 * Creates the test pod (in a Job where that is allowed), waits for its end, hands over what it printed, and takes it away again: when it is done, when
 * anything fails, on Ctrl-C. A dry run of the server comes first, so that a refusal of PodSecurity, quota or a policy is learned without creating
 * anything. Throws what the connection throws.
 */
export async function runTestPod(api: Api, input: PodSpecInput, signal: AbortSignal): Promise<PodOutput | PodFailure> {
  const admitted = await dryRun(api, input);
  if ("kind" in admitted) return admitted;
  return withTestPod(api, admitted, async () => outputOf(api, admitted, signal));
}

/** Creates, calls `use`, and deletes by UID whatever happens. */
export async function withTestPod<T>(api: Api, input: PodSpecInput, use: () => Promise<T>): Promise<T | PodFailure> {
  let made: Made | Refusal | undefined;
  try {
    made = await create(api, jobsPath(input.namespace), jobManifest(input));
    // Jobs need a permission of their own.
    if ("kind" in made && made.kind === "forbidden")
      made = await create(api, podsPath(input.namespace), podManifest(input));
    return "kind" in made ? made : await use();
  } finally {
    // An answer that never came leaves us without a UID, but the name is ours alone.
    if (made === undefined) await remove(api, { path: `${jobsPath(input.namespace)}/${input.name}`, uid: "" });
    else if (!("kind" in made)) await remove(api, made);
  }
}

async function create(api: Api, path: string, body: Manifest): Promise<Made | Refusal> {
  const answer = await api.send({ method: "POST", path, body });
  if (answer.status >= 300) return refusalOf(answer.status, answer.text);
  const metadata = within(parsed(answer.text), "metadata");
  return { path: `${path}/${textOf(metadata["name"])}`, uid: textOf(metadata["uid"]) };
}

/** Takes away one of our objects; what is gone already is gone. Failing here is no error of the run: the Job ends and goes by itself. */
export async function remove(api: Api, { path, uid }: Made): Promise<boolean> {
  try {
    const answer = await api.send({
      method: "DELETE",
      path,
      evenWhenEnded: true,
      body: {
        kind: "DeleteOptions",
        apiVersion: "v1",
        gracePeriodSeconds: 0,
        propagationPolicy: "Background",
        ...(uid === "" ? {} : { preconditions: { uid } }),
      },
    });
    return answer.status < 300 || answer.status === 404;
  } catch {
    return false;
  }
}

/** The manifest that the server would admit, or its refusal. PodSecurity judges pods, not Jobs: so it is the pod that is tried. */
async function dryRun(api: Api, input: PodSpecInput): Promise<PodSpecInput | Refusal> {
  const attempt = async (given: PodSpecInput): Promise<Refusal | undefined> => {
    const query = { dryRun: "All" };
    const pod = await api.send({ method: "POST", path: podsPath(given.namespace), query, body: podManifest(given) });
    if (pod.status < 300) return undefined;
    const refusal = refusalOf(pod.status, pod.text);
    if (refusal.kind !== "forbidden") return refusal;
    const job = await api.send({ method: "POST", path: jobsPath(given.namespace), query, body: jobManifest(given) });
    return job.status < 300 ? undefined : refusal;
  };
  let given = input;
  let first: Refusal | undefined;
  // Once for what a LimitRange wants, once for probes, which other policies want.
  for (let turn = 0; turn < 3; turn += 1) {
    const refusal = await attempt(given);
    if (refusal === undefined) return given;
    first ??= refusal;
    const resources = refusal.kind === "denied" ? fitted(given.resources ?? USUAL, refusal.message) : undefined;
    const probes = given.withProbes !== true && wantsProbes(refusal);
    if (resources === undefined && !probes) return refusal;
    given = { ...given, ...(resources === undefined ? {} : { resources }), ...(probes ? { withProbes: true } : {}) };
  }
  return first ?? { kind: "failed", message: "the dry run came to no end" };
}

async function outputOf(api: Api, input: PodSpecInput, signal: AbortSignal): Promise<PodOutput | PodFailure> {
  const started = Date.now();
  let seen: Json | undefined;
  for (;;) {
    signal.throwIfAborted();
    const found = await podOf(api, input);
    if ("kind" in found) return { kind: "failed", message: `the test pod cannot be read: ${found.message}` };
    seen = found.pod ?? seen;
    const state = stateOf(seen);
    if (state.ended) {
      const text = await printed(api, input.namespace, state.name, "probe", state.message);
      if (text.includes("NETCHECK {")) return { kind: "output", ...senderOf(seen), text };
      return {
        kind: "not-started",
        pod: state.name,
        message: text.trim() || state.waiting || "it ended without a result",
      };
    }
    const waited = Date.now() - started;
    if (state.hopeless || waited > (state.running ? END_LIMIT : START_LIMIT))
      return {
        kind: "not-started",
        pod: state.name,
        message: state.waiting || (await eventOf(api, input.namespace, state.name)),
      };
    await pause(POLL, undefined, { signal });
  }
}

async function podOf(
  api: Api,
  { namespace, run, name }: PodSpecInput,
): Promise<{ readonly pod: Json | undefined } | Refusal> {
  const answer = await api.request(podsPath(namespace), { query: { labelSelector: `${RUN_LABEL}=${run}` } });
  if (answer.status !== 200) return refusalOf(answer.status, answer.text);
  const pods = listOf(parsed(answer.text)["items"]);
  const own = pods.find((pod) => textOf(within(pod, "metadata")["name"]).startsWith(name));
  return { pod: own };
}

interface PodState {
  readonly name: string;
  readonly node: string;
  readonly ended: boolean;
  readonly running: boolean;
  /** It waits for something that waiting does not bring. */
  readonly hopeless: boolean;
  /** Why it does not run, in the words of the kubelet or scheduler. */
  readonly waiting: string;
  readonly message: string;
}

/** The pod as network policies see it, and its node. */
export function senderOf(pod: Json | undefined): Pick<PodOutput, "node" | "pod"> {
  const metadata = within(pod, "metadata");
  const ip = textOf(within(pod, "status")["podIP"]);
  const ips = listOf(within(pod, "status")["podIPs"]).map((one) => textOf(one["ip"]));
  const labels = Object.entries(within(metadata, "labels")).map(([key, value]) => [key, textOf(value)] as const);
  return {
    node: textOf(within(pod, "spec")["nodeName"]),
    pod: {
      namespace: textOf(metadata["namespace"]),
      name: textOf(metadata["name"]),
      labels: Object.fromEntries(labels),
      ...(ip === "" ? {} : { ip }),
      ...(ips.length === 0 ? {} : { ips }),
      ...(within(pod, "spec")["hostNetwork"] === true ? { hostNetwork: true } : {}),
    },
  };
}

const HOPELESS =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

function stateOf(pod: Json | undefined): PodState {
  const status = within(pod, "status");
  const container = listOf(status["containerStatuses"])[0] ?? {};
  const waiting = within(container, "state", "waiting");
  const terminated = within(container, "state", "terminated");
  const scheduled = listOf(status["conditions"]).find((condition) => condition["type"] === "PodScheduled");
  const reason = textOf(waiting["reason"]);
  const said = [reason, textOf(waiting["message"])].filter((text) => text !== "").join(": ");
  const unscheduled = scheduled?.["status"] === "False" ? textOf(scheduled["message"]) : "";
  const phase = textOf(status["phase"]);
  return {
    name: textOf(within(pod, "metadata")["name"]),
    node: textOf(within(pod, "spec")["nodeName"]),
    ended: Object.keys(terminated).length > 0 || phase === "Succeeded" || phase === "Failed",
    running: Object.keys(within(container, "state", "running")).length > 0,
    hopeless: HOPELESS.test(reason),
    waiting: unscheduled || said || textOf(status["message"]),
    message: textOf(terminated["message"]),
  };
}

/** What a container printed: its log, or, where logs are forbidden, the copy in its termination message. */
export async function printed(
  api: Api,
  namespace: string,
  pod: string,
  container: string,
  message: string,
): Promise<string> {
  const answer = await api.request(`${podsPath(namespace)}/${encodeURIComponent(pod)}/log`, {
    query: { container, limitBytes: 1024 * 1024 },
    accept: "text/plain, application/json",
    retries: 1,
  });
  return answer.status === 200 && answer.text !== "" ? answer.text : message;
}

/** The newest event about the pod: why a sandbox or a volume is not made stands nowhere else. */
async function eventOf(api: Api, namespace: string, pod: string): Promise<string> {
  if (pod === "") return "the Job made no pod";
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const answer = await api.request(path, { query: { fieldSelector: `involvedObject.name=${pod}` } });
  if (answer.status !== 200) return `no reason known (${messageOf(answer.text)})`;
  const warnings = listOf(parsed(answer.text)["items"]).filter((event) => event["type"] === "Warning");
  return textOf(warnings.at(-1)?.["message"]) || "it was not started in time, and nothing says why";
}
