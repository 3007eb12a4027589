import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { nodesOf, whyExcluded } from "./_nodes.ts";
import { forEachService, listed, onlyExternalNames, patchService, sortedByName, VIRTUAL_IPS } from "./_shared.ts";

/** With externalTrafficPolicy Local a node serves outside traffic only to its own endpoints. */
export const check = defineCheck({
  id: "svc/external-local",
  question: "Can outside traffic reach an endpoint under externalTrafficPolicy Local?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices", "nodes"],
  findings: {
    "svc/external-local-no-endpoint": {
      severity: "error",
      title: "No node has a local endpoint for outside traffic",
      explain:
        "externalTrafficPolicy Local lets a node serve outside traffic only to endpoints of its own. The endpoints name no node of the cluster (hand-made endpoints have none), so every node drops outside traffic.",
      docs: [`${VIRTUAL_IPS}#external-traffic-policy`],
      yieldsTo: ["svc/no-ready-endpoints"],
    },
    "svc/external-local-partial": {
      severity: "info",
      title: "Some nodes have no endpoint for outside traffic",
      explain:
        "By design: with externalTrafficPolicy Local the load balancer asks each node's healthCheckNodePort and leaves out those without an endpoint. Only who dials the NodePort of such a node gets nothing.",
      docs: [`${VIRTUAL_IPS}#external-traffic-policy`],
    },
    "svc/external-local-on-excluded-nodes": {
      severity: "error",
      title: "All endpoints are on nodes that the load balancer leaves out",
      explain:
        "externalTrafficPolicy Local needs an endpoint on a node that the load balancer sends to, and all usable endpoints are on nodes that are excluded from load balancers, by label, because they are about to be deleted, or because Azure does not manage them. " +
        "Cordoned and NotReady nodes are not excluded.",
      docs: [
        `${VIRTUAL_IPS}#external-traffic-policy`,
        "https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers",
      ],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, nodes }, find) {
    return forEachService(scope.services, (service) => {
      const exposed = isLoadBalancer(service) || service.spec?.type === "NodePort";
      if (service.spec?.externalTrafficPolicy !== "Local" || !exposed)
        return { skipped: "externalTrafficPolicy is not Local" };
      const serving = usable(mergeSlices(slicesOf(service, endpointSlices)));
      if (serving.length === 0) return { skipped: "the Service has no usable endpoint at all" };
      const { name } = service.metadata;
      const object = refOf(service, "spec.externalTrafficPolicy");
      const local = nodesOf(serving);
      const holders = sortedByName(nodes.filter((node) => local.has(node.metadata.name)));
      const toCluster = patchService(service, [
        { op: "replace", path: "/spec/externalTrafficPolicy", value: "Cluster" },
      ]);
      if (holders.length === 0) {
        // A node that joined after the nodes were listed holds them: not the same as no node at all.
        if (local.size > 0)
          return {
            unknown: `the nodes of the endpoints (${listed([...local].sort())}) are not among the nodes that were read`,
          };
        return [
          find("svc/external-local-no-endpoint", {
            object,
            summary: `no node may serve outside traffic of Service ${name}: externalTrafficPolicy is Local and no endpoint names its node`,
            evidence: [
              {
                k: "endpoints",
                v: listed(serving.map((endpoint) => `${endpoint.ip} (node ${endpoint.node ?? "not set"})`).sort()),
              },
            ],
            remedy: [toCluster, "# or put nodeName into the endpoints of the hand-made slice"],
          }),
        ];
      }
      const excluded = holders.flatMap((node) => {
        const why = whyExcluded(node);
        return why === undefined ? [] : [{ node, why }];
      });
      if (isLoadBalancer(service) && excluded.length === holders.length) {
        const labelled = excluded.find(({ why }) => why.startsWith("label "));
        return [
          find("svc/external-local-on-excluded-nodes", {
            object,
            summary: `all endpoints of Service ${name} are on nodes that load balancers leave out`,
            evidence: excluded.slice(0, 5).map(({ node, why }) => ({ k: `node ${node.metadata.name}`, v: why })),
            remedy: [
              ...(labelled === undefined
                ? []
                : [kubectl("", "label", "node", labelled.node.metadata.name, `${labelKey(labelled.why)}-`)]),
              "# or let the pods run on other nodes, or give up the client address:",
              toCluster,
            ],
          }),
        ];
      }
      const without = sortedByName(nodes.filter((node) => !local.has(node.metadata.name)));
      if (without.length === 0) return [];
      return [
        find("svc/external-local-partial", {
          object,
          summary: `${holders.length} of ${nodes.length} nodes serve outside traffic of Service ${name}: those with an endpoint of their own`,
          evidence: [
            { k: "nodes with an endpoint", v: listed(holders.map((node) => node.metadata.name)) },
            { k: "nodes without", v: listed(without.map((node) => node.metadata.name)) },
            ...(service.spec.healthCheckNodePort === undefined
              ? []
              : [{ k: "healthCheckNodePort", v: String(service.spec.healthCheckNodePort) }]),
          ],
        }),
      ];
    });
  },
});

/** `label key=value` → `key`. */
function labelKey(why: string): string {
  return why.replace(/^label /, "").split("=")[0] ?? "";
}
