import { defineCheck } from "../../model/check.ts";
import { isHeadless, mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { isExternalName } from "../../model/services.ts";
import { nodesOf, workerNodes } from "./_nodes.ts";
import { forEachService, listed, onlyExternalNames, patchService, sortedByName, VIRTUAL_IPS } from "./_shared.ts";

/** With internalTrafficPolicy Local a client reaches endpoints of its own node only. */
export const check = defineCheck({
  id: "svc/internal-local",
  question: "Can clients on every node reach an endpoint under internalTrafficPolicy Local?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices", "nodes"],
  findings: {
    "svc/internal-local-no-endpoint": {
      severity: "warning",
      title: "Clients on some nodes have no local endpoint",
      explain:
        "internalTrafficPolicy Local sends in-cluster traffic to endpoints on the client's own node only, and drops it where there is none: a timeout, not a refusal. Clients on the nodes listed cannot reach the cluster IP. " +
        "Meant for DaemonSets, which have a pod on every node.",
      docs: [`${VIRTUAL_IPS}#internal-traffic-policy`],
      yieldsTo: ["svc/no-ready-endpoints"],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, nodes }, find) {
    return forEachService(scope.services, (service) => {
      if (service.spec?.internalTrafficPolicy !== "Local") return { skipped: "internalTrafficPolicy is not Local" };
      if (isHeadless(service) || isExternalName(service)) return { skipped: "the policy concerns cluster IPs only" };
      const serving = usable(mergeSlices(slicesOf(service, endpointSlices)));
      if (serving.length === 0) return { skipped: "the Service has no usable endpoint at all" };
      const local = nodesOf(serving);
      const without = sortedByName(workerNodes(nodes)).filter((node) => !local.has(node.metadata.name));
      if (without.length === 0) return [];
      const { name } = service.metadata;
      return [
        find("svc/internal-local-no-endpoint", {
          object: refOf(service, "spec.internalTrafficPolicy"),
          summary: `clients on ${without.length} of ${nodes.length} nodes cannot reach Service ${name}: internalTrafficPolicy is Local and they have no endpoint there`,
          evidence: [
            { k: "nodes without an endpoint", v: listed(without.map((node) => node.metadata.name)) },
            { k: "nodes with one", v: listed([...local].sort()) || "none" },
          ],
          remedy: [
            patchService(service, [{ op: "replace", path: "/spec/internalTrafficPolicy", value: "Cluster" }]),
            "# or run the pods as a DaemonSet",
          ],
        }),
      ];
    });
  },
});
