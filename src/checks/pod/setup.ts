import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import { type KubeEvent, type Pod, refOf } from "../../model/kube.ts";
import { conditionOf, ipsOf, timeOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { isLeaving, judgePods, POD_DOCS, type PodAnswer, span, withoutCollection } from "./_judge.ts";
import { isBeingCreated, sandboxRemedy, volumeRemedy } from "./_setup.ts";

/** Failure events older than this no longer describe the present: the kubelet repeats what still fails within about two minutes. */
const EVENT_FRESH = 5 * 60_000;
/** A large image may take this long to arrive. */
const PULL_PATIENCE = 10 * 60_000;

/** Did the kubelet get the pod its sandbox, its address and its volumes? */
export const check = defineCheck({
  id: "pod/setup",
  question: "Did the node give the pod its network and volumes?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  essential: true,
  needs: [],
  wants: ["events"],
  findings: {
    "pod/sandbox-failed": {
      severity: "error",
      title: "The pod's network could not be set up",
      explain:
        "The kubelet could not create the pod's sandbox: usually the network plugin has no free address, or is not running on that node. No container can start before.",
      docs: ["https://kubernetes.io/docs/tasks/debug/debug-cluster/troubleshooting-cni-plugin-related-errors/"],
    },
    "pod/no-ip": {
      severity: "error",
      title: "The pod runs without an address",
      explain: "The pod is Running, but has no pod IP, so nothing can reach it and no EndpointSlice lists it.",
      docs: POD_DOCS,
    },
    "pod/volume-blocked": {
      severity: "error",
      title: "A volume cannot be mounted",
      explain:
        "The containers wait for a volume: a Secret or ConfigMap that does not exist, a claim that is not bound, or a disk that cannot be attached to this node (still attached elsewhere, another zone).",
      docs: ["https://kubernetes.io/docs/concepts/storage/volumes/", ...POD_DOCS],
    },
    "pod/creating-slow": {
      severity: "warning",
      title: "The containers take long to be created",
      explain:
        "The pod has a node, but its containers have not started for minutes and no recent event says why. A large image that is still being pulled is normal.",
      docs: POD_DOCS,
    },
  },
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      if (pod.status?.phase === "Running") return noIp(pod);
      if (pod.status?.phase !== "Pending" || (pod.spec?.nodeName ?? "") === "" || !isBeingCreated(pod)) return [];
      const scheduled = conditionOf(pod, "PodScheduled")?.lastTransitionTime ?? pod.status.startTime;
      const since = timeOf(scheduled ?? undefined) ?? timeOf(pod.metadata.creationTimestamp);
      const waited = since === undefined ? undefined : now - since;
      const slow = waited !== undefined && waited > settings.creating;
      if (wanted.events.state !== "ok") {
        if (!slow) return clockIsLowerBound ? undecided(pod) : [];
        return withoutCollection(
          `pod ${pod.metadata.name} is being created for ${span(waited)}; why would stand in its events`,
          "events",
          wanted.events,
        );
      }
      const events = eventsOf(wanted.events.items, pod);
      const failures = [...sandbox(pod, events), ...volume(pod, events)];
      if (failures.length > 0) return failures;
      if (slow) return creatingSlow(pod, events, waited);
      return clockIsLowerBound ? undecided(pod) : [];
    });

    /** Status without any sign of a kubelet (no start time, no containers) is hand-made and tells nothing about addresses. */
    function noIp(pod: Pod) {
      const seen = pod.status?.startTime !== undefined && (pod.status.containerStatuses ?? []).length > 0;
      if (!seen || ipsOf(pod).length > 0) return [];
      const { name, namespace } = pod.metadata;
      return [
        find("pod/no-ip", {
          object: refOf(pod, "status.podIPs"),
          summary: `pod ${name} is running on ${pod.spec?.nodeName ?? "its node"} but has no address`,
          evidence: [
            { k: "status.podIPs", v: "empty" },
            { k: "node", v: pod.spec?.nodeName ?? "-" },
          ],
          remedy: [
            kubectl("", "describe", "node", pod.spec?.nodeName ?? "<NODE>"),
            "# look at the kubelet and the network plugin of that node, then have the pod made anew:",
            kubectl(namespace, "delete", "pod", name),
          ],
        }),
      ];
    }

    function sandbox(pod: Pod, events: readonly KubeEvent[]) {
      const failed = newest(events, ["FailedCreatePodSandBox", "NetworkNotReady"], now - EVENT_FRESH);
      if (failed === undefined || cleared(failed, events, ["Pulling", "Pulled", "Created", "Started"])) return [];
      const message = redact(failed.message ?? "");
      const { cause, remedy } = sandboxRemedy(message, pod);
      return [
        find("pod/sandbox-failed", {
          object: refOf(pod, "status.conditions[PodReadyToStartContainers]"),
          summary: `the network of pod ${pod.metadata.name} cannot be set up on ${pod.spec?.nodeName}: ${cause}`,
          evidence: [
            { k: `event ${failed.reason ?? ""}`, v: message },
            { k: "seen", v: `${span(now - eventTime(failed))} ago` },
          ],
          remedy,
        }),
      ];
    }

    function volume(pod: Pod, events: readonly KubeEvent[]) {
      const fresh = events.filter((event) => eventTime(event) >= now - EVENT_FRESH);
      const open = fresh.find(
        (event) =>
          (event.reason === "FailedMount" && !cleared(event, events, ["Pulling", "Pulled", "Created", "Started"])) ||
          (event.reason === "FailedAttachVolume" &&
            !cleared(event, events, ["SuccessfulAttachVolume", "Pulling", "Pulled", "Created", "Started"])),
      );
      if (open === undefined) return [];
      const message = redact(open.message ?? "");
      const { cause, remedy } = volumeRemedy(message, pod);
      return [
        find("pod/volume-blocked", {
          object: refOf(pod, "spec.volumes"),
          summary: `pod ${pod.metadata.name} waits for a volume: ${cause}`,
          evidence: [
            { k: `event ${open.reason ?? ""}`, v: message },
            { k: "seen", v: `${span(now - eventTime(open))} ago` },
          ],
          remedy,
        }),
      ];
    }

    function creatingSlow(pod: Pod, events: readonly KubeEvent[], waited: number) {
      const { name, namespace } = pod.metadata;
      const last = events[0];
      const pulling = newest(events, ["Pulling"]);
      const pulls = pulling !== undefined && !cleared(pulling, events, ["Pulled", "Failed", "BackOff"]);
      const patient = pulls && now - eventTime(pulling) < PULL_PATIENCE;
      return [
        find("pod/creating-slow", {
          severity: patient ? "info" : "warning",
          object: refOf(pod, "status.containerStatuses"),
          summary: pulls
            ? `pod ${name} is pulling its image for ${span(now - eventTime(pulling))}: a large image, or a slow registry`
            : `the containers of pod ${name} are not created after ${span(waited)}, and no recent event says why`,
          evidence: [
            { k: "scheduled", v: `${span(waited)} ago on ${pod.spec?.nodeName}` },
            {
              k: "last event",
              v: last === undefined ? "none" : `${last.reason ?? "event"}: ${redact(last.message ?? "")}`,
            },
          ],
          remedy: [
            kubectl(namespace, "describe", "pod", name),
            kubectl("", "describe", "node", pod.spec?.nodeName ?? "<NODE>"),
          ],
        }),
      ];
    }
  },
});

/** The pod is being created, in a dump whose clock may be wrong by any time: starting or stuck, it is not ready, and not healthy. */
function undecided(pod: Pod): PodAnswer {
  return {
    unknown: `pod ${pod.metadata.name} is being created; the dump does not say when it was taken, so whether it is starting or stuck is not known`,
  };
}

/** A success that came after the failure (or with it) takes it back. */
function cleared(failure: KubeEvent, events: readonly KubeEvent[], successes: readonly string[]): boolean {
  const later = newest(events, successes);
  return later !== undefined && eventTime(later) >= eventTime(failure) && later !== failure;
}
