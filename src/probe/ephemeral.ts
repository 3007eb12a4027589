import { setTimeout as pause } from "node:timers/promises";
import { type Api, type Json, listOf, parsed, podsPath, textOf, within } from "./api.ts";
import { refusalOf } from "./refusal.ts";
import type { Manifest } from "./spec.ts";
import { type PodFailure, printed } from "./testpod.ts";

const LIMIT = 60_000;
const POLL = 200;
const HOPELESS =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError)$/;

export interface EphemeralInput {
  readonly namespace: string;
  readonly pod: string;
  /** Its `name` is the container's; the same restricted container as in a test pod. */
  readonly container: Manifest;
}

/**
 * Adds an ephemeral container to a running pod, waits for its end, and returns what it printed. It shares the pod's network and nothing else, needs no
 * tool in the pod's own images, and stays in the pod's spec until the pod goes: Kubernetes cannot take it out again. Throws what the connection throws.
 */
export async function runEphemeral(
  api: Api,
  { namespace, pod, container }: EphemeralInput,
  signal: AbortSignal,
): Promise<{ readonly kind: "output"; readonly text: string; readonly pod: Json } | PodFailure> {
  const path = `${podsPath(namespace)}/${encodeURIComponent(pod)}`;
  const added = await api.send({
    method: "PATCH",
    path: `${path}/ephemeralcontainers`,
    contentType: "application/strategic-merge-patch+json",
    body: { spec: { ephemeralContainers: [container] } },
  });
  if (added.status >= 300) return refusalOf(added.status, added.text);
  const name = textOf(container["name"]);
  const started = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const answer = await api.request(path);
    if (answer.status !== 200) return refusalOf(answer.status, answer.text);
    const seen = parsed(answer.text);
    const statuses = listOf(within(seen, "status")["ephemeralContainerStatuses"]);
    const state = within(
      statuses.find((status) => status["name"] === name),
      "state",
    );
    const terminated = within(state, "terminated");
    if (Object.keys(terminated).length > 0) {
      const text = await printed(api, namespace, pod, name, textOf(terminated["message"]));
      return text === ""
        ? { kind: "not-started", pod, message: textOf(terminated["reason"]) || "it printed nothing" }
        : { kind: "output", text, pod: seen };
    }
    const waiting = within(state, "waiting");
    const reason = textOf(waiting["reason"]);
    if (HOPELESS.test(reason) || Date.now() - started > LIMIT) {
      const message = [reason, textOf(waiting["message"])].filter((word) => word !== "").join(": ");
      return { kind: "not-started", pod, message: message || "it did not end in time" };
    }
    await pause(POLL, undefined, { signal });
  }
}
