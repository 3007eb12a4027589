import { check } from "../../../src/checks/azure/lb-probe.ts";
import type { AzureLbHealth } from "../../../src/model/azure-facts.ts";
import { LOAD_BALANCER, LOCAL, result } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, pod, slice } from "../../support/objects.ts";
import { elsewhere, lb } from "./build.ts";
import { NODE } from "./network.ts";

const SECOND = {
  ...NODE,
  metadata: { ...NODE.metadata, name: "node-2" },
  status: { addresses: [{ type: "InternalIP", address: "10.224.0.5" }] },
};
const health = (backendIp: string, percent: number, seconds = 60): AzureLbHealth => ({
  balancer: "/lb/kubernetes",
  frontendIp: "20.62.1.9",
  frontendPort: 80,
  backendIp,
  percent,
  at: ago(seconds),
});
const given = (...azureLbHealth: readonly AzureLbHealth[]) => ({
  services: [lb()],
  nodes: [NODE, SECOND],
  azureLbHealth,
});
const local = lb({}, { externalTrafficPolicy: "Local", healthCheckNodePort: 32000 });

function readySince(seconds: number) {
  const one = pod();
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: ago(seconds) }];
  return { ...one, spec: { ...one.spec, nodeName: NODE.metadata.name }, status: { ...one.status, conditions } };
}

checkCases(check, {
  fires: [
    {
      name: "policy Local, and the pod has long been on the node",
      given: {
        ...given(health("10.224.0.4", 0)),
        services: [local],
        endpointSlices: [slice()],
        pods: [readySince(3600)],
      },
      expect: ["azure/lb-probe-down error"],
    },
    {
      name: "no node answers",
      given: given(health("10.224.0.4", 0), health("10.224.0.5", 0)),
      expect: ["azure/lb-probe-down error"],
    },
    {
      name: "one of two answers",
      given: given(health("10.224.0.4", 100), health("10.224.0.5", 0)),
      expect: ["azure/lb-probe-down warning"],
    },
    {
      name: "policy Local: the node with the pod does not answer",
      given: {
        ...given(health("10.224.0.4", 0), health("10.224.0.5", 0)),
        services: [local],
        endpointSlices: [slice()],
      },
      expect: ["azure/lb-probe-down error"],
    },
  ],
  silent: [
    {
      name: "this machine gets through now: the metric is minutes behind",
      given: {
        ...given(health("10.224.0.4", 0), health("10.224.0.5", 0)),
        probes: [result(LOAD_BALANCER, [200, 200], LOCAL)],
      },
    },
    {
      name: "a node of the last minutes: the metric does not know it yet",
      given: {
        ...given(health("10.224.0.4", 100), health("10.224.0.5", 0)),
        nodes: [NODE, { ...SECOND, metadata: { ...SECOND.metadata, creationTimestamp: ago(300) } }],
      },
    },
    {
      name: "policy Local, and the pod is on this node only now: before, the node was down by design",
      given: {
        ...given(health("10.224.0.4", 0)),
        services: [local],
        endpointSlices: [slice()],
        pods: [readySince(120)],
        scope: { services: [local] },
      },
    },
    { name: "all answer", given: given(health("10.224.0.4", 100), health("10.224.0.5", 100)) },
    {
      name: "policy Local: nodes without a pod are down by design",
      given: {
        ...given(health("10.224.0.4", 100), health("10.224.0.5", 0)),
        services: [local],
        endpointSlices: [slice()],
      },
    },
    {
      name: "policy Local, and nobody knows where the pods are",
      given: { ...given(health("10.224.0.4", 0)), services: [local] },
    },
    { name: "the metric is an hour old", given: given(health("10.224.0.4", 0, 3600)) },
    { name: "another frontend", given: given({ ...health("10.224.0.4", 0), frontendIp: "20.62.1.10" }) },
    { name: "a node that is gone", given: given(health("10.224.0.99", 0)) },
    {
      name: "the metric could not be read",
      given: {
        ...given(),
        azureLbHealth: { state: "unavailable", reason: "forbidden", detail: "AuthorizationFailed" },
      },
      status: "unknown",
    },
    ...elsewhere(lb()),
  ],
});
