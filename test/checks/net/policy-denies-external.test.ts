import { check } from "../../../src/checks/net/policy-denies-external.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { CALICO, CILIUM, NO_ENGINE, NPM, policy } from "./objects.ts";

const fromPods = policy([{ from: [{ podSelector: { matchLabels: { app: "gw" } } }], ports: [{ port: 8080 }] }]);
const fromBlock = policy([{ from: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }], { name: "outside" });
const fromAll = policy([{ ports: [{ port: "http" }] }], { name: "all" });
const otherPort = policy([{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 9090 }] }], {
  name: "metrics",
});
const nobody = policy([]);
const local = service({ spec: { type: "LoadBalancer", externalTrafficPolicy: "Local" } });
const cluster = service({ spec: { type: "LoadBalancer", externalTrafficPolicy: "Cluster" } });
const given = { pods: [pod()], networkPolicies: [fromPods], otherPolicies: [] };
const ID = "net/policy-denies-external";

checkCases(check, {
  fires: [
    {
      name: "Cilium judges what a load balancer brings",
      given: { ...given, services: [cluster], systemDaemonSets: CILIUM },
      expect: [`${ID} warning`],
    },
    {
      name: "Calico, where the client's address arrives",
      given: { ...given, services: [local], systemDaemonSets: CALICO },
      expect: [`${ID} warning`],
    },
    {
      name: "the outside is let in on another port only",
      given: { ...given, services: [local], systemDaemonSets: CALICO, networkPolicies: [fromPods, otherPort] },
      expect: [ID],
    },
  ],
  silent: [
    {
      name: "no load balancer",
      given: { ...given, services: [service()], systemDaemonSets: CILIUM },
      status: "skipped",
    },
    {
      name: "an address block lets somebody in",
      given: { ...given, services: [local], systemDaemonSets: CALICO, networkPolicies: [fromPods, fromBlock] },
    },
    {
      name: "a rule lets everybody in",
      given: { ...given, services: [cluster], systemDaemonSets: CILIUM, networkPolicies: [fromPods, fromAll] },
    },
    {
      name: "Calico sees a node's address, perhaps the pod's own",
      given: { ...given, services: [cluster], systemDaemonSets: CALICO },
    },
    { name: "Azure NPM lets it pass", given: { ...given, services: [local], systemDaemonSets: NPM } },
    { name: "no engine", given: { ...given, services: [local], systemDaemonSets: NO_ENGINE } },
    { name: "the engine is not known", given: { ...given, services: [local] }, status: "skipped" },
    {
      name: "no policy selects the pods",
      given: { ...given, services: [local], systemDaemonSets: CILIUM, networkPolicies: [] },
    },
    {
      name: "closed to everybody: net/policy-denies-ingress says so",
      given: { ...given, services: [local], systemDaemonSets: CILIUM, networkPolicies: [nobody] },
    },
  ],
});
