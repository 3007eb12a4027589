/** Checks that state facts about policies: isolation, engine, other kinds, selectors. */
import { check as andOr } from "../../../src/checks/net/policy-and-or-trap.ts";
import { check as isolation } from "../../../src/checks/net/policy-blocks-probes.ts";
import { check as labelMissing } from "../../../src/checks/net/policy-namespace-label-missing.ts";
import { check as notEnforced } from "../../../src/checks/net/policy-not-enforced.ts";
import { check as otherKinds } from "../../../src/checks/net/policy-other-kinds.ts";
import { checkCases } from "../../support/checks.ts";
import { node, pod } from "../../support/objects.ts";
import { CILIUM, NO_ENGINE, namespace, policy } from "./objects.ts";

const FORBIDDEN = { state: "unavailable", reason: "forbidden", detail: "forbidden" } as const;

checkCases(isolation, {
  fires: [
    {
      name: "a policy selects the pod",
      given: {
        pods: [pod()],
        networkPolicies: [
          policy([{ from: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }]),
        ],
      },
      expect: ["net/policy-blocks-probes info"],
    },
    {
      name: "two of them, one finding",
      given: { pods: [pod()], networkPolicies: [policy([]), policy([{}], { name: "b" })] },
      expect: ["net/policy-blocks-probes"],
    },
  ],
  silent: [
    {
      name: "another app's policy",
      given: { pods: [pod({ metadata: { labels: { app: "db" } } })], networkPolicies: [policy([])] },
    },
    { name: "another namespace's", given: { pods: [pod()], networkPolicies: [policy([], { namespace: "edge" })] } },
    {
      name: "egress only",
      given: { pods: [pod()], networkPolicies: [policy(undefined, { spec: { policyTypes: ["Egress"] } })] },
    },
    {
      name: "a host-network pod",
      given: { pods: [pod({ spec: { hostNetwork: true } })], networkPolicies: [policy([])] },
    },
    {
      name: "no engine enforces it",
      given: { pods: [pod()], networkPolicies: [policy([])], systemDaemonSets: NO_ENGINE },
    },
    { name: "policies may not be read", given: { pods: [pod()], networkPolicies: FORBIDDEN }, status: "unknown" },
  ],
});

checkCases(notEnforced, {
  fires: [
    {
      name: "all DaemonSets read, none is an engine",
      given: { pods: [pod()], networkPolicies: [policy([])], systemDaemonSets: NO_ENGINE },
      expect: ["net/policy-not-enforced info"],
    },
    {
      name: "several policies",
      given: { pods: [pod()], networkPolicies: [policy([]), policy([], { name: "b" })], systemDaemonSets: NO_ENGINE },
      expect: ["net/policy-not-enforced"],
    },
  ],
  silent: [
    { name: "an engine runs", given: { pods: [pod()], networkPolicies: [policy([])], systemDaemonSets: CILIUM } },
    { name: "no policy, no question", given: { pods: [pod()], networkPolicies: [], systemDaemonSets: NO_ENGINE } },
    {
      name: "DaemonSets may not be read: an engine is never called absent",
      given: { pods: [pod()], networkPolicies: [policy([])], systemDaemonSets: FORBIDDEN },
      status: "unknown",
    },
    {
      name: "a cluster without any DaemonSet runs its engine some other way",
      given: { pods: [pod()], networkPolicies: [policy([])], systemDaemonSets: [] },
      status: "unknown",
    },
    {
      name: "k3s has an engine inside",
      given: {
        pods: [pod()],
        networkPolicies: [policy([])],
        systemDaemonSets: NO_ENGINE,
        nodes: [node({ status: { nodeInfo: { kubeletVersion: "v1.33.1+k3s1" } } })],
      },
      status: "unknown",
    },
  ],
});

checkCases(otherKinds, {
  fires: [
    {
      name: "one here, one cluster-wide",
      given: {
        pods: [pod()],
        otherPolicies: [
          { kind: "CiliumNetworkPolicy", metadata: { name: "c", namespace: "shop" } },
          { kind: "GlobalNetworkPolicy", metadata: { name: "g", namespace: "" } },
        ],
      },
      expect: ["net/policy-other-kinds info"],
    },
  ],
  silent: [
    {
      name: "elsewhere",
      given: {
        pods: [pod()],
        otherPolicies: [{ kind: "CiliumNetworkPolicy", metadata: { name: "c", namespace: "edge" } }],
      },
    },
    { name: "none", given: { pods: [pod()], otherPolicies: [] } },
    { name: "not readable", given: { pods: [pod()], otherPolicies: FORBIDDEN }, status: "unknown" },
  ],
});

const TEAM = { matchLabels: { team: "edge" } };
const GW = { matchLabels: { app: "gw" } };

checkCases(andOr, {
  fires: [
    {
      name: "two items",
      given: {
        pods: [pod()],
        networkPolicies: [policy([{ from: [{ namespaceSelector: TEAM }, { podSelector: GW }] }])],
      },
      expect: ["net/policy-and-or-trap info"],
    },
  ],
  silent: [
    {
      name: "one item",
      given: { pods: [pod()], networkPolicies: [policy([{ from: [{ namespaceSelector: TEAM, podSelector: GW }] }])] },
    },
    {
      name: "an address block beside it",
      given: {
        pods: [pod()],
        networkPolicies: [policy([{ from: [{ namespaceSelector: TEAM }, { ipBlock: { cidr: "10.0.0.0/8" } }] }])],
      },
    },
    {
      name: "two rules",
      given: {
        pods: [pod()],
        networkPolicies: [policy([{ from: [{ namespaceSelector: TEAM }] }, { from: [{ podSelector: GW }] }])],
      },
    },
  ],
});

const NAMESPACES = [namespace("kube-system"), namespace("shop"), namespace("ingress-nginx")];
const byName = { namespaceSelector: { matchLabels: { name: "ingress-nginx" } } };

checkCases(labelMissing, {
  fires: [
    {
      name: "the old habit name=ingress-nginx",
      given: { pods: [pod()], namespaces: NAMESPACES, networkPolicies: [policy([{ from: [byName] }])] },
      expect: ["net/policy-namespace-label-missing warning"],
    },
    {
      name: "beside a peer that selects some: only a word",
      given: {
        pods: [pod()],
        namespaces: NAMESPACES,
        networkPolicies: [policy([{ from: [byName, { podSelector: {} }] }])],
      },
      expect: ["net/policy-namespace-label-missing info"],
    },
    {
      name: "no namespace of that name either",
      given: {
        pods: [pod()],
        namespaces: NAMESPACES,
        networkPolicies: [policy([{ from: [{ namespaceSelector: TEAM }] }])],
      },
      expect: ["net/policy-namespace-label-missing warning"],
    },
  ],
  silent: [
    {
      name: "the API server's own label",
      given: {
        pods: [pod()],
        namespaces: NAMESPACES,
        networkPolicies: [
          policy([
            { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }] },
          ]),
        ],
      },
    },
    {
      name: "every namespace",
      given: {
        pods: [pod()],
        namespaces: NAMESPACES,
        networkPolicies: [policy([{ from: [{ namespaceSelector: {} }] }])],
      },
    },
    {
      name: "a part of a cluster",
      given: { pods: [pod()], namespaces: [namespace("shop")], networkPolicies: [policy([{ from: [byName] }])] },
      status: "skipped",
    },
    {
      name: "namespaces may not be listed",
      given: { pods: [pod()], namespaces: FORBIDDEN, networkPolicies: [policy([{ from: [byName] }])] },
      status: "unknown",
    },
  ],
});
