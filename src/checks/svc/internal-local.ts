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
        "internalTrafficPolicy Local sends in-cluster traffic to endpoints on the client's own node only, and drops it where there is none: a timeout, not a refusal. Clients on the nodes listed cannot reach the cluster IP. An error when no node has an endpoint of its own (hand-made endpoints name none), or when the client of --from is on such a node. " +
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
      const { from } = scope;
      const client = from?.kind === "pod" && from.node !== "" ? from.node : undefined;
      const reached = client !== undefined && local.has(client);
      const without = sortedByName(workerNodes(nodes)).filter((node) => !local.has(node.metadata.name));
      if (without.length === 0 && (client === undefined || reached)) return [];
      const { name } = service.metadata;
      // Of the client that was named, or of everybody: then nothing gets through. Else it hangs on where a client runs.
      const all = reached ? false : client !== undefined || !nodes.some((node) => local.has(node.metadata.name));
      // A node that joined after the nodes were listed holds them: not the same as no node at all.
      if (all && client === undefined && local.size > 0)
        return {
          unknown: `the nodes of the endpoints (${listed([...local].sort())}) are not among the nodes that were read`,
        };
      return [
        find("svc/internal-local-no-endpoint", {
          // The client in question gets through: what others meet is worth a note.
          severity: all ? "error" : reached ? "info" : "warning",
          object: refOf(service, "spec.internalTrafficPolicy"),
          summary:
            client !== undefined && !reached
              ? `the client on node ${client} cannot reach Service ${name}: internalTrafficPolicy is Local and that node has no endpoint`
              : `clients on ${without.length} of ${nodes.length} nodes cannot reach Service ${name}: internalTrafficPolicy is Local and they have no endpoint there`,
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
