import { defineCheck } from "../../model/check.ts";
import { hasSelector } from "../../model/endpoints.ts";
import { rolloutInProgress } from "../../model/groups.ts";
import { type PartialObject, type Pod, refOf } from "../../model/kube.ts";
import { isTerminal, isTerminating, ownerOf, topOwner } from "../../model/pods.ts";
import { compareLabels, matchesPairs } from "../../model/selectors.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachService, onlyExternalNames, SERVICE, sortedByName, unreadable } from "./_shared.ts";
import { makersOf } from "./_workloads.ts";

/** A workload makes pods that fit the selector, and one of its pods has lost a label since. */
export const check = defineCheck({
  id: "svc/pod-label-removed",
  question: "Have all pods of the selected workloads kept the labels of their template?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: ["pods"],
  wants: ["podLabels", "deployments", "statefulSets", "daemonSets"],
  findings: {
    "svc/pod-label-removed": {
      severity: "warning",
      title: "A pod has lost a label that the Service selects by",
      explain:
        "The workload's template carries the selector's labels, but one of its running pods does not: somebody changed or removed a label on the pod, so it takes no traffic although the workload counts it. " +
        "A pod that was taken out on purpose for inspection is no fault: without the labels of its ReplicaSet it belongs to nobody and is not reported.",
      docs: [`${SERVICE}#defining-a-service`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods, wanted }, find) {
    const workloads = [...itemsOr(wanted.deployments), ...itemsOr(wanted.statefulSets), ...itemsOr(wanted.daemonSets)];
    if (workloads.length === 0) {
      const why = unreadable("deployments", wanted.deployments);
      return why === undefined ? { skipped: "no workload was read" } : { unknown: why };
    }
    const known = new Map<string, PartialObject>(
      [...itemsOr(wanted.podLabels), ...pods].map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]),
    );
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const pairs = Object.entries(service.spec?.selector ?? {});
      const { namespace, name } = service.metadata;
      const makers = makersOf(service, workloads);
      return makers.flatMap((maker) => {
        // The pods of the old revision may rightly have other labels.
        if (maker.workload.kind === "Deployment" && rolloutInProgress(maker.workload)) return [];
        const strays = sortedByName(
          [...known.values()].filter(
            (pod) =>
              pod.metadata.namespace === namespace &&
              topOwner(pod) === maker.name &&
              ownerOf(pod) !== undefined &&
              !isTerminating(pod) &&
              !finished(pod) &&
              !matchesPairs(pairs, pod.metadata.labels ?? {}),
          ),
        );
        return strays.slice(0, 5).map((pod) => {
          const lost = compareLabels(service.spec?.selector ?? {}, pod.metadata.labels ?? {}).filter(
            (pair) => !pair.match,
          );
          return find("svc/pod-label-removed", {
            object: refOf(pod, "metadata.labels"),
            summary: `pod ${pod.metadata.name} of ${maker.name} has lost ${lost.map((pair) => `${pair.key}=${pair.wanted}`).join(", ")} and takes no traffic of Service ${name}`,
            evidence: lost.map((pair) => ({
              k: pair.key,
              v: `${pair.found ?? "missing"}, in the template ${pair.wanted}`,
            })),
            remedy: [
              kubectl(
                namespace,
                "label",
                "pod",
                pod.metadata.name,
                "--overwrite",
                ...lost.map((pair) => `${pair.key}=${pair.wanted}`),
              ),
            ],
          });
        });
      });
    });
  },
});

/** Metadata alone does not tell; then the pod is taken for a live one. */
function finished(pod: PartialObject): boolean {
  return "status" in pod && isTerminal(pod as Pod);
}
