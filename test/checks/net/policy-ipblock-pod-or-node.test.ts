import { check } from "../../../src/checks/net/policy-ipblock-pod-or-node.ts";
import type { FlowSource } from "../../../src/model/check.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { CALICO, CILIUM, policy } from "./objects.ts";

const CLIENT: FlowSource = {
  kind: "pod",
  namespace: "edge",
  name: "gw",
  labels: { app: "gw" },
  ip: "10.244.2.2",
  node: "node-2",
};
const ANY_ADDRESS = policy([{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }]);
const scope = { target: "svc", from: CLIENT } as const;
const base = { pods: [pod()], services: [service()], systemDaemonSets: CILIUM, networkPolicies: [ANY_ADDRESS], scope };

checkCases(check, {
  fires: [
    { name: "0.0.0.0/0 does not mean pods on Cilium", given: base, expect: ["net/policy-ipblock-pod-or-node warning"] },
  ],
  silent: [
    { name: "Calico compares addresses", given: { ...base, systemDaemonSets: CALICO } },
    {
      name: "a selector lets it in",
      given: {
        ...base,
        networkPolicies: [policy([{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { namespaceSelector: {} }] }])],
      },
    },
    { name: "no rule would let it in anyway", given: { ...base, networkPolicies: [policy([])] } },
    {
      name: "an address outside is what ipBlock is for",
      given: { ...base, scope: { target: "svc", from: { kind: "ip", ip: "203.0.113.7" } } },
    },
    { name: "no source", given: { ...base, scope: { target: "svc" } }, status: "skipped" },
  ],
});
