import { check } from "../../../src/checks/svc/external-local.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, service, slice } from "../../support/objects.ts";

const EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers";
const lb = service({ spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31000 } });
const two = node({ metadata: { name: "node-2" } });
const labelled = (value: string, key = EXCLUDE) => node({ metadata: { name: "node-1", labels: { [key]: value } } });
const services = [lb];
const endpointSlices = [slice()];

checkCases(check, {
  fires: [
    {
      name: "the only endpoint is on an excluded node",
      given: { services, endpointSlices, nodes: [labelled(""), two] },
      expect: ["svc/external-local-on-excluded-nodes error"],
    },
    {
      name: "any value that is no boolean excludes",
      given: { services, endpointSlices, nodes: [labelled("no")] },
      expect: ["svc/external-local-on-excluded-nodes error"],
    },
    {
      name: "a node that Azure does not manage",
      given: { services, endpointSlices, nodes: [labelled("false", "kubernetes.azure.com/managed")] },
      expect: ["svc/external-local-on-excluded-nodes error"],
    },
    {
      name: "the autoscaler is about to delete the node",
      given: {
        services,
        endpointSlices,
        nodes: [node({ spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] } })],
      },
      expect: ["svc/external-local-on-excluded-nodes error"],
    },
    {
      name: "the node is being deleted",
      given: { services, endpointSlices, nodes: [node({ metadata: { deletionTimestamp: ago(5) } })] },
      expect: ["svc/external-local-on-excluded-nodes error"],
    },
    {
      name: "some nodes have none, by design (H9)",
      given: { services, endpointSlices, nodes: [node({ spec: { unschedulable: true } }), two] },
      expect: ["svc/external-local-partial info"],
    },
    {
      name: "hand-made endpoints without a node are local to none",
      given: { services, endpointSlices: [slice({ endpoints: [{ addresses: ["192.0.2.10"] }] })], nodes: [node()] },
      expect: ["svc/external-local-no-endpoint error"],
    },
    {
      name: "a NodePort is reached on excluded nodes too",
      given: {
        services: [service({ spec: { type: "NodePort", externalTrafficPolicy: "Local" } })],
        endpointSlices,
        nodes: [labelled(""), two],
      },
      expect: ["svc/external-local-partial info"],
    },
  ],
  silent: [
    { name: "every node has one", given: { services, endpointSlices, nodes: [node()] } },
    {
      name: "a label value that reads as false does not exclude",
      given: { services, endpointSlices, nodes: [labelled("false")] },
    },
    {
      name: "a cordoned node is not excluded",
      given: { services, endpointSlices, nodes: [node({ spec: { unschedulable: true } })] },
    },
    {
      name: "a NotReady node is not excluded",
      given: {
        services,
        endpointSlices,
        nodes: [node({ status: { conditions: [{ type: "Ready", status: "Unknown" }] } })],
      },
    },
    {
      name: "policy Cluster",
      given: {
        services: [service({ spec: { type: "LoadBalancer", externalTrafficPolicy: "Cluster" } })],
        endpointSlices,
        nodes: [labelled("")],
      },
      status: "skipped",
    },
    {
      name: "a ClusterIP Service",
      given: { services: [service({ spec: { externalTrafficPolicy: "Local" } })], endpointSlices, nodes: [two] },
      status: "skipped",
    },
    {
      name: "nothing usable: printed once, elsewhere",
      given: { services, endpointSlices: [slice({ endpoints: [] })], nodes: [node()] },
      status: "skipped",
    },
    {
      name: "the endpoint's node joined after the nodes were listed",
      given: { services, endpointSlices, nodes: [two] },
      status: "unknown",
    },
  ],
});
