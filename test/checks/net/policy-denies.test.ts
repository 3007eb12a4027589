/** Checks that blame a policy for a flow: only with a source, or when nobody at all is let in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as controller } from "../../../src/checks/net/policy-denies-controller.ts";
import { check as dns } from "../../../src/checks/net/policy-denies-dns.ts";
import { check as egress } from "../../../src/checks/net/policy-denies-egress.ts";
import { check as ingress } from "../../../src/checks/net/policy-denies-ingress.ts";
import type { FlowSource } from "../../../src/model/check.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { ingressClass, nginxPod, ingress as shopIngress } from "../ingress/_objects.ts";
import { CALICO, CILIUM, daemonSet, NO_ENGINE, NPM, namespace, policy } from "./objects.ts";

const NAMESPACES = [namespace("kube-system"), namespace("shop"), namespace("edge", { team: "edge" })];
const FORBIDDEN = { state: "unavailable", reason: "forbidden", detail: "forbidden" } as const;
const NOT_SERVED = { state: "unavailable", reason: "not-served", detail: "no such API" } as const;
const CLIENT: FlowSource = {
  kind: "pod",
  namespace: "edge",
  name: "gw",
  labels: { app: "gw" },
  ip: "10.244.2.2",
  node: "node-2",
};
const FROM = { target: "svc", from: CLIENT } as const;
const SVC = { target: "svc" } as const;
const base = { pods: [pod()], services: [service()], namespaces: NAMESPACES, systemDaemonSets: NPM };
const ONLY_DB = policy([{ from: [{ podSelector: { matchLabels: { app: "db" } } }] }]);
const loadBalancer = service({
  spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
});

checkCases(ingress, {
  fires: [
    {
      name: "no rule lets the source in, engine known",
      given: { ...base, networkPolicies: [ONLY_DB], scope: FROM },
      expect: ["net/policy-denies-ingress error"],
    },
    {
      name: "engine not known: a warning",
      given: { ...base, networkPolicies: [ONLY_DB], scope: FROM, systemDaemonSets: FORBIDDEN },
      expect: ["net/policy-denies-ingress warning"],
    },
    {
      name: "Cilium's own policies were not read: a warning",
      given: { ...base, networkPolicies: [ONLY_DB], scope: FROM, systemDaemonSets: CILIUM, otherPolicies: FORBIDDEN },
      expect: ["net/policy-denies-ingress warning"],
    },
    {
      name: "Cilium without policies of its own",
      given: { ...base, networkPolicies: [ONLY_DB], scope: FROM, systemDaemonSets: CILIUM, otherPolicies: NOT_SERVED },
      expect: ["net/policy-denies-ingress error"],
    },
    {
      name: "an ambient mesh brings the traffic in on another port: a warning",
      given: {
        ...base,
        pods: [pod({ metadata: { annotations: { "ambient.istio.io/redirection": "enabled" } } })],
        networkPolicies: [ONLY_DB],
        scope: FROM,
      },
      expect: ["net/policy-denies-ingress warning"],
    },
    {
      name: "an address outside",
      given: { ...base, networkPolicies: [ONLY_DB], scope: { ...SVC, from: { kind: "ip", ip: "203.0.113.7" } } },
      expect: ["net/policy-denies-ingress error"],
    },
    {
      name: "two replicas, one finding",
      given: { ...base, pods: [pod(), pod({ metadata: { name: "web-2" } })], networkPolicies: [ONLY_DB], scope: FROM },
      expect: ["net/policy-denies-ingress"],
    },
    {
      name: "without a source: a Service whose port is closed to everybody",
      given: { ...base, networkPolicies: [policy([])], scope: SVC },
      expect: ["net/policy-denies-ingress error"],
    },
    {
      name: "only another port is open",
      given: { ...base, networkPolicies: [policy([{ ports: [{ port: 9090 }] }])], scope: SVC },
      expect: ["net/policy-denies-ingress error"],
    },
    {
      name: "a load balancer may still bring traffic in through the pod's own node",
      given: {
        ...base,
        services: [loadBalancer],
        networkPolicies: [policy([])],
        scope: SVC,
        systemDaemonSets: CALICO,
        otherPolicies: [],
      },
      expect: ["net/policy-denies-ingress warning"],
    },
    {
      name: "but not with Cilium",
      given: {
        ...base,
        services: [loadBalancer],
        networkPolicies: [policy([])],
        scope: SVC,
        systemDaemonSets: CILIUM,
        otherPolicies: [],
      },
      expect: ["net/policy-denies-ingress error"],
    },
  ],
  silent: [
    {
      name: "the source is let in",
      given: {
        ...base,
        networkPolicies: [policy([{ from: [{ namespaceSelector: { matchLabels: { team: "edge" } } }] }])],
        scope: FROM,
      },
    },
    { name: "nothing isolates the pod", given: { ...base, networkPolicies: [], scope: FROM } },
    { name: "no engine", given: { ...base, networkPolicies: [policy([])], scope: FROM, systemDaemonSets: NO_ENGINE } },
    {
      name: "the source is the pod's own node",
      given: {
        ...base,
        networkPolicies: [policy([])],
        scope: { ...SVC, from: { ...CLIENT, hostNetwork: true, node: "node-1" } },
      },
    },
    {
      name: "whether it is the own node cannot be told",
      given: { ...base, networkPolicies: [policy([])], scope: { ...SVC, from: { kind: "ip", ip: "10.9.9.9" } } },
      status: "unknown",
    },
    {
      name: "a source without an address",
      given: { ...base, networkPolicies: [policy([])], scope: { ...SVC, from: { kind: "ip", ip: "nowhere" } } },
      status: "unknown",
    },
    {
      name: "without a source nobody in particular is denied",
      given: { ...base, networkPolicies: [ONLY_DB], scope: SVC },
      status: "skipped",
    },
    {
      name: "a pod on its own may serve nobody on purpose",
      given: { ...base, networkPolicies: [policy([])], scope: { target: "pod" } },
      status: "skipped",
    },
    {
      name: "one replica is open",
      given: {
        ...base,
        pods: [pod(), pod({ metadata: { name: "web-2", labels: { app: "web", track: "canary" } } })],
        networkPolicies: [policy([], { spec: { podSelector: { matchLabels: { track: "canary" } } } })],
        scope: SVC,
      },
      status: "skipped",
    },
    {
      name: "Azure NPM leaves load-balancer traffic alone",
      given: { ...base, services: [loadBalancer], networkPolicies: [policy([])], scope: SVC },
      status: "skipped",
    },
    {
      name: "no port to ask about",
      given: {
        ...base,
        pods: [pod({ spec: { containers: [{ name: "web" }] } })],
        networkPolicies: [policy([])],
        scope: { target: "pod", from: CLIENT },
      },
      status: "skipped",
    },
    {
      name: "a host-network pod",
      given: { ...base, pods: [pod({ spec: { hostNetwork: true } })], networkPolicies: [policy([])], scope: SVC },
    },
    {
      name: "policies may not be read",
      given: { ...base, networkPolicies: FORBIDDEN, scope: FROM },
      status: "unknown",
    },
  ],
});

describe("net/policy-denies-ingress remedy", () => {
  it("is one pasteable line with the smallest rule, never a delete", () => {
    const { findings } = runCheck(ingress, { ...base, networkPolicies: [ONLY_DB], scope: FROM });
    const remedy = findings[0]?.remedy ?? [];
    assert.match(
      remedy.at(-1) ?? "",
      /^printf %s '\{"apiVersion":"networking.k8s.io\/v1","kind":"NetworkPolicy".*\}' \| kubectl apply -f -$/,
    );
    assert.doesNotMatch(remedy.join("\n"), /delete/);
  });

  it("for a cluster-wide policy is a rule in comments", () => {
    const wall = {
      kind: "ClusterNetworkPolicy",
      metadata: { name: "wall", namespace: "" },
      spec: { subject: { namespaces: {} }, ingress: [{ action: "Deny", from: [{ namespaces: {} }] }] },
    };
    const { findings } = runCheck(ingress, { ...base, networkPolicies: [], clusterPolicies: [wall], scope: FROM });
    assert.deepEqual(
      findings.map(({ id, object }) => [id, object.kind, object.name]),
      [["net/policy-denies-ingress", "ClusterNetworkPolicy", "wall"]],
    );
    assert.ok(findings[0]?.remedy.every((line) => line.startsWith("# ")));
  });
});

const OUT = policy(undefined, { name: "out", namespace: "edge", spec: { podSelector: {}, policyTypes: ["Egress"] } });

checkCases(egress, {
  fires: [
    {
      name: "the client's namespace lets nothing out",
      given: { ...base, networkPolicies: [], sourcePolicies: [OUT], scope: FROM },
      expect: ["net/policy-denies-egress error"],
    },
    {
      name: "in the pods' own namespace",
      given: {
        ...base,
        networkPolicies: [
          policy(undefined, { spec: { podSelector: { matchLabels: { app: "gw" } }, policyTypes: ["Egress"] } }),
        ],
        scope: { ...SVC, from: { ...CLIENT, namespace: "shop" } },
      },
      expect: ["net/policy-denies-egress error"],
    },
    {
      name: "all namespaces were asked for",
      given: { ...base, networkPolicies: [OUT], scope: { ...FROM, namespace: "" } },
      expect: ["net/policy-denies-egress error"],
    },
  ],
  silent: [
    { name: "let out", given: { ...base, networkPolicies: [], sourcePolicies: [], scope: FROM } },
    { name: "no source", given: { ...base, networkPolicies: [], scope: SVC }, status: "skipped" },
    {
      name: "its policies were not read",
      given: { ...base, networkPolicies: [], sourcePolicies: FORBIDDEN, scope: FROM },
      status: "unknown",
    },
    {
      name: "no engine",
      given: { ...base, networkPolicies: [], sourcePolicies: [OUT], systemDaemonSets: NO_ENGINE, scope: FROM },
    },
    {
      name: "a host-network client: engines differ",
      given: {
        ...base,
        networkPolicies: [],
        sourcePolicies: [OUT],
        scope: { ...SVC, from: { ...CLIENT, hostNetwork: true } },
      },
      status: "unknown",
    },
  ],
});

const CONTROLLER = pod({
  metadata: { name: "nginx-1", namespace: "ingress-nginx", labels: { app: "nginx" } },
  spec: { nodeName: "node-2" },
  status: { podIP: "10.244.2.9", podIPs: [{ ip: "10.244.2.9" }] },
});
const HOST = { ...CONTROLLER, spec: { ...CONTROLLER.spec, hostNetwork: true, nodeName: "node-1" } };

/** An ingress-nginx of that namespace and class, away from the backend's node. */
function taker(namespace: string, controllerClass: string) {
  const made = nginxPod([`--controller-class=${controllerClass}`], { namespace });
  return { ...made, spec: { ...made.spec, nodeName: "node-2" }, status: { ...CONTROLLER.status, phase: "Running" } };
}

checkCases(controller, {
  fires: [
    {
      name: "the controller's namespace is not allowed",
      given: { ...base, controllerPods: [CONTROLLER], networkPolicies: [ONLY_DB] },
      expect: ["net/policy-denies-controller error"],
    },
    {
      name: "one controller pod shares a node with the backend: a warning",
      given: { ...base, controllerPods: [CONTROLLER, HOST], networkPolicies: [ONLY_DB] },
      expect: ["net/policy-denies-controller warning"],
    },
  ],
  silent: [
    {
      name: "it is allowed",
      given: {
        ...base,
        controllerPods: [CONTROLLER],
        networkPolicies: [policy([{ from: [{ namespaceSelector: {} }] }])],
      },
    },
    {
      name: "another controller, which does not take the Ingress, is not allowed",
      given: {
        ...base,
        scope: { ...SVC, target: "ingress", ingresses: [shopIngress()] },
        namespaces: [...NAMESPACES, namespace("ingress-nginx"), namespace("other")],
        ingressClasses: [ingressClass()],
        controllerPods: [taker("ingress-nginx", "k8s.io/ingress-nginx"), taker("other", "example.com/other")],
        networkPolicies: [
          policy([
            { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }] },
          ]),
        ],
      },
    },
    {
      name: "no controller pod is known",
      given: { ...base, controllerPods: [], networkPolicies: [ONLY_DB] },
      status: "skipped",
    },
    {
      name: "no engine",
      given: { ...base, controllerPods: [CONTROLLER], networkPolicies: [ONLY_DB], systemDaemonSets: NO_ENGINE },
    },
    {
      name: "controller pods may not be read",
      given: { ...base, controllerPods: FORBIDDEN, networkPolicies: [ONLY_DB] },
      status: "unknown",
    },
  ],
});

const DNS_POD = pod({
  metadata: { name: "coredns-1", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  spec: { nodeName: "node-2" },
  status: { podIP: "10.244.2.53", podIPs: [{ ip: "10.244.2.53" }] },
});
type Egress = NonNullable<NonNullable<ReturnType<typeof policy>["spec"]>["egress"]>;
const out = (rules: Egress): ReturnType<typeof policy> =>
  policy(undefined, { spec: { policyTypes: ["Egress"], egress: rules } });
const HTTPS = { ports: [{ port: 443 }] };

checkCases(dns, {
  fires: [
    {
      name: "only 443 is open",
      given: { ...base, dnsPods: [DNS_POD], networkPolicies: [out([HTTPS])] },
      expect: ["net/policy-denies-dns error"],
    },
    {
      name: "engine not known",
      given: { ...base, systemDaemonSets: FORBIDDEN, dnsPods: [DNS_POD], networkPolicies: [out([HTTPS])] },
      expect: ["net/policy-denies-dns warning"],
    },
    {
      name: "a cache on every node may answer",
      given: {
        ...base,
        systemDaemonSets: [...NPM, daemonSet("node-local-dns")],
        dnsPods: [DNS_POD],
        networkPolicies: [out([HTTPS])],
      },
      expect: ["net/policy-denies-dns warning"],
    },
  ],
  silent: [
    {
      name: "DNS is allowed",
      given: {
        ...base,
        dnsPods: [DNS_POD],
        networkPolicies: [out([HTTPS, { ports: [{ port: 53, protocol: "UDP" }] }])],
      },
    },
    { name: "everything is", given: { ...base, dnsPods: [DNS_POD], networkPolicies: [out([{}])] } },
    {
      name: "kube-system is, on every port",
      given: {
        ...base,
        dnsPods: [DNS_POD],
        networkPolicies: [
          out([{ to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }] }]),
        ],
      },
    },
    {
      name: "the cache on the node is",
      given: {
        ...base,
        dnsPods: [DNS_POD],
        networkPolicies: [out([{ to: [{ ipBlock: { cidr: "169.254.20.10/32" } }] }])],
      },
    },
    {
      name: "nothing is: a hardened server looks nothing up",
      given: { ...base, dnsPods: [DNS_POD], networkPolicies: [out([])] },
    },
    {
      name: "the pod resolves elsewhere",
      given: {
        ...base,
        pods: [pod({ spec: { nodeName: "node-1", dnsPolicy: "Default" } })],
        dnsPods: [DNS_POD],
        networkPolicies: [out([HTTPS])],
      },
    },
    {
      name: "no engine",
      given: { ...base, systemDaemonSets: NO_ENGINE, dnsPods: [DNS_POD], networkPolicies: [out([HTTPS])] },
    },
    { name: "ingress only", given: { ...base, dnsPods: [DNS_POD], networkPolicies: [ONLY_DB] } },
    {
      name: "no DNS pod is known",
      given: { ...base, dnsPods: [], networkPolicies: [out([HTTPS])] },
      status: "skipped",
    },
  ],
});
