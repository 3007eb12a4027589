import { defineCheck } from "../../model/check.ts";
import { expectedEndpoints, hasSelector } from "../../model/endpoints.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { conditionOf, timeOf } from "../../model/pods.ts";
import { selectedPods } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { ENDPOINT_SLICES, forEachService, onlyExternalNames, sortedByName, YOUTH_UNPROVEN } from "./_shared.ts";

/** The slice controller drops pods whose node object is gone. */
export const check = defineCheck({
  id: "svc/node-missing-for-pod",
  question: "Are pods left out of the slices because their node is gone?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "pods"],
  findings: {
    "svc/node-missing-for-pod": {
      severity: "error",
      title: "A pod is no endpoint because its node is gone",
      explain:
        "The EndpointSlice controller leaves out a pod whose spec.nodeName names no node, unless the Service publishes pods that are not ready. With other endpoints that work this is a warning.",
      docs: [ENDPOINT_SLICES],
      yieldsTo: ["pod/node-lost"],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, nodes, pods, now, clockIsLowerBound, settings }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const { rejected, endpoints } = expectedEndpoints(service, selectedPods(service, pods), nodes);
      // Nodes are listed before pods: a node that joined in between is not in the list yet.
      const justPlaced = (pod: Pod): boolean => {
        const scheduled = timeOf(
          conditionOf(pod, "PodScheduled")?.lastTransitionTime ?? pod.metadata.creationTimestamp,
        );
        return scheduled !== undefined && now - scheduled <= settings.statusLag;
      };
      const lost = rejected.filter(
        ({ pod, reason }) => reason === "node-missing" && (clockIsLowerBound || !justPlaced(pod)),
      );
      return sortedByName(lost.map(({ pod }) => pod)).map((pod) =>
        find("svc/node-missing-for-pod", {
          severity: endpoints.some((endpoint) => endpoint.ready) ? "warning" : "error",
          confidence: justPlaced(pod) ? "possible" : "certain",
          object: refOf(pod, "spec.nodeName"),
          summary: `pod ${pod.metadata.name} is no endpoint of Service ${service.metadata.name}: its node ${pod.spec?.nodeName} does not exist`,
          evidence: [{ k: "spec.nodeName", v: pod.spec?.nodeName ?? "" }, ...(justPlaced(pod) ? [YOUTH_UNPROVEN] : [])],
          remedy: [kubectl(pod.metadata.namespace, "delete", "pod", pod.metadata.name)],
        }),
      );
    });
  },
});
