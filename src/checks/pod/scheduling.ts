import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { ageOf, conditionOf, isTerminating, timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgePods, POD_DOCS, span } from "./_judge.ts";
import { freePortsMissing, hostPorts, remediesFor, schedulingCauses } from "./_scheduling.ts";

/** A scale-up that began within this may still bring the node. */
const SCALE_UP_TRUST = 10 * 60_000;
/** The default scheduler sets PodScheduled within moments; nothing after this means that nobody schedules the pod. */
const NO_SCHEDULER_AFTER = 60_000;

/** Is every judged pod placed on a node, and if not, what keeps it away? */
export const check = defineCheck({
  id: "pod/scheduling",
  question: "Is the pod placed on a node?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  essential: true,
  needs: [],
  wants: ["events", "pods"],
  findings: {
    "pod/unscheduled": {
      severity: "error",
      title: "No node takes the pod",
      explain:
        "The scheduler found no node that fits: too little free cpu or memory, a taint without toleration, a node selector or affinity that matches nothing, or a volume that " +
        "lives in another zone. The pod stays Pending and never gets an address. While the cluster autoscaler adds a node for it, it is only a warning.",
      docs: ["https://kubernetes.io/docs/concepts/scheduling-eviction/", ...POD_DOCS],
    },
    "pod/scheduling-gated": {
      severity: "error",
      title: "A scheduling gate holds the pod back",
      explain:
        "spec.schedulingGates is not empty, so the scheduler does not even look at the pod. The controller that put the gate there has to remove it.",
      docs: ["https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/"],
    },
    "pod/no-scheduler": {
      severity: "error",
      title: "No scheduler has looked at the pod",
      explain:
        "The pod is Pending without a node and without any word of a scheduler. Usually spec.schedulerName names a scheduler that is not deployed, or the scheduler itself is down.",
      docs: ["https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/"],
    },
    "pod/host-port-conflict": {
      severity: "error",
      title: "The host port is taken on every node",
      explain:
        "A container asks for a hostPort (with hostNetwork every containerPort is one), and two pods on a node cannot hold the same one. No node has it free.",
      docs: ["https://kubernetes.io/docs/concepts/configuration/overview/#services"],
    },
  },
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgePods(scope, (pod) => {
      const rejected = pod.status?.phase === "Failed" && pod.status.reason === "NodePorts";
      if (rejected) return [hostPortConflict(pod, pod.status?.message ?? "NodePorts")];
      if (pod.status?.phase !== "Pending" || (pod.spec?.nodeName ?? "") !== "" || isTerminating(pod)) return [];
      return pending(pod);
    });

    function pending(pod: Pod) {
      const { namespace, name } = pod.metadata;
      const scheduled = conditionOf(pod, "PodScheduled");
      const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name ?? "");
      if (gates.length > 0) {
        return [
          find("pod/scheduling-gated", {
            object: refOf(pod, "spec.schedulingGates"),
            summary: `pod ${name} waits for its scheduling gate ${gates.join(", ")} to be removed`,
            evidence: gates.map((gate) => ({ k: "scheduling gate", v: gate })),
            remedy: [
              "# the controller that set the gate must remove it: look for it by the gate's name",
              kubectl(namespace, "get", "pod", name, "-o", "jsonpath={.spec.schedulingGates}"),
            ],
          }),
        ];
      }
      const age = ageOf(pod.metadata, now);
      if (scheduled === undefined) {
        if (age === undefined || age <= NO_SCHEDULER_AFTER) return [];
        const scheduler = pod.spec?.schedulerName ?? "default-scheduler";
        return [
          find("pod/no-scheduler", {
            object: refOf(pod, "spec.schedulerName"),
            summary: `no scheduler has looked at pod ${name} for ${span(age)}: is ${scheduler} running?`,
            evidence: [
              { k: "spec.schedulerName", v: scheduler },
              { k: "age", v: span(age) },
              { k: "conditions", v: "no PodScheduled condition" },
            ],
            remedy: [
              kubectl("", "get", "pods", "-A", "-o", "wide", "--field-selector=status.phase=Running"),
              `# deploy the scheduler ${scheduler}, or remove spec.schedulerName from the workload`,
            ],
          }),
        ];
      }
      // Besides Unschedulable there is SchedulerError, an internal error while scheduling (core/v1 PodReasonSchedulerError): no node either.
      if (scheduled.status !== "False") return [];
      const reason = scheduled.reason ?? "Unschedulable";
      const since = timeOf(scheduled.lastTransitionTime ?? undefined) ?? now - (age ?? 0);
      // The scheduler has decided; the wait only spares a pod that its next try places. Without a true clock there is nothing to wait for.
      if (!clockIsLowerBound && (age ?? now - since) <= settings.settle) return [];
      const message = scheduled.message ?? "";
      const causes = schedulingCauses(message);
      const ports = freePortsMissing(message) ? [hostPortConflict(pod, message)] : [];
      // Host ports alone: the finding above says it all.
      if (ports.length > 0 && causes.length === 1) return ports;
      const events = eventsOf(itemsOr(wanted.events), pod);
      const scaleUp = newest(events, ["TriggeredScaleUp"], now - SCALE_UP_TRUST);
      const failed = newest(events, ["FailedScheduling"]);
      const growing = scaleUp !== undefined && (failed === undefined || eventTime(scaleUp) >= eventTime(failed));
      return [
        ...ports,
        find("pod/unscheduled", {
          severity: growing ? "warning" : "error",
          object: refOf(pod, "status.conditions[PodScheduled]"),
          summary: growing
            ? `no node has room for pod ${name} yet; the autoscaler is adding one`
            : `no node takes pod ${name}: ${causes.length > 0 ? causes.map((cause) => cause.text).join(", ") : message || reason}`,
          evidence: [
            { k: "scheduler", v: `${reason === "Unschedulable" ? "" : `${reason} `}${message}`.trim() || reason },
            { k: "pending for", v: span(now - since) },
            ...(scaleUp === undefined ? [] : [{ k: "TriggeredScaleUp", v: scaleUp.message ?? "" }]),
          ],
          remedy: growing
            ? [kubectl(namespace, "get", "pod", name, "--watch")]
            : [kubectl(namespace, "describe", "pod", name), ...remediesFor(causes, pod)],
        }),
      ];
    }

    function hostPortConflict(pod: Pod, message: string) {
      const { namespace, name } = pod.metadata;
      const mine = hostPorts(pod);
      const holders = itemsOr(wanted.pods).filter(
        (other) =>
          (other.metadata.name !== name || other.metadata.namespace !== namespace) &&
          (other.spec?.nodeName ?? "") !== "" &&
          other.status?.phase !== "Failed" &&
          other.status?.phase !== "Succeeded" &&
          hostPorts(other).some((port) => mine.includes(port)),
      );
      return find("pod/host-port-conflict", {
        object: refOf(pod, "spec.containers[].ports[].hostPort"),
        summary: `pod ${name} asks for host port ${mine.join(", ") || "(see message)"}, which is taken on every node that would fit`,
        evidence: [
          { k: "host ports", v: mine.join(", ") || "-" },
          { k: "message", v: message },
          ...holders
            .map((other) => `${other.metadata.name} on ${other.spec?.nodeName ?? "?"}`)
            .toSorted()
            .slice(0, 5)
            .map((v) => ({ k: "held by", v })),
        ],
        remedy: [
          "# drop hostPort and use a Service, or run fewer pods than nodes that fit",
          kubectl(namespace, "get", "pod", name, "-o", "jsonpath={.spec.containers[*].ports}"),
        ],
      });
    }
  },
});
