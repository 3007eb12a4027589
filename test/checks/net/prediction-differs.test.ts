/** What policies say of a flow against what its packets met, and what the checks that blame policies make of packets that got through. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as egress } from "../../../src/checks/net/policy-denies-egress.ts";
import { check as external } from "../../../src/checks/net/policy-denies-external.ts";
import { check as ingress } from "../../../src/checks/net/policy-denies-ingress.ts";
import { check } from "../../../src/checks/net/prediction-differs.ts";
import { perhapsTooEarly, replaced } from "../../../src/cli/probe-again.ts";
import type { FlowSource } from "../../../src/model/check.ts";
import type { NetworkPolicy } from "../../../src/model/kube.ts";
import type { ProbeClass, ProbeResult, Vantage } from "../../../src/model/probe-results.ts";
import { collectionsOf } from "../../../src/model/snapshot.ts";
import { API_PROXY } from "../../../src/probe/proxy.ts";
import { LOAD_BALANCER, LOCAL, result, target } from "../../probe/support.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { ago, NOW, pod, service } from "../../support/objects.ts";
import { CALICO, CILIUM, NO_ENGINE, namespace, policy } from "./objects.ts";

const TEST_POD: Vantage = {
  kind: "pod",
  label: "test pod on node-2",
  node: "node-2",
  pod: {
    namespace: "shop",
    name: "netcheck-x",
    labels: { "netcheck/run": "x" },
    ip: "10.244.2.9",
    ips: ["10.244.2.9"],
  },
};
const NOT_SERVED = { state: "unavailable", reason: "not-served", detail: "no such API" } as const;
const FORBIDDEN = { state: "unavailable", reason: "forbidden", detail: "forbidden" } as const;
const old = (given: NetworkPolicy): NetworkPolicy => ({
  ...given,
  metadata: { ...given.metadata, creationTimestamp: ago(3600) },
});
const CLOSED = old(policy([]));
const NO_WAY_OUT = old(policy(undefined, { name: "out", spec: { podSelector: {}, policyTypes: ["Egress"] } }));
const base = {
  pods: [pod()],
  services: [service()],
  namespaces: [namespace("shop")],
  systemDaemonSets: CALICO,
  otherPolicies: NOT_SERVED,
  clusterPolicies: NOT_SERVED,
  scope: { target: "svc" },
} as const;
const met = (said: readonly (number | ProbeClass)[], from: Vantage = TEST_POD): ProbeResult =>
  result(target(), said, from);
const PASSED = met([200, 200]);
const LOST = met(["timeout-connect", "timeout-connect"]);

checkCases(check, {
  fires: [
    {
      name: "denied on the way in, and every try gets through",
      given: { ...base, networkPolicies: [CLOSED], probes: [PASSED] },
      expect: ["net/prediction-differs warning"],
    },
    {
      name: "denied on the way out, and every try gets through",
      given: { ...base, networkPolicies: [NO_WAY_OUT], probes: [PASSED] },
      expect: ["net/prediction-differs warning"],
    },
    {
      name: "no engine runs: the reason is known",
      given: { ...base, systemDaemonSets: NO_ENGINE, networkPolicies: [CLOSED], probes: [PASSED] },
      expect: ["net/prediction-differs info"],
    },
    {
      name: "which engine runs could not be read",
      given: { ...base, systemDaemonSets: FORBIDDEN, networkPolicies: [CLOSED], probes: [PASSED] },
      expect: ["net/prediction-differs info"],
    },
    {
      name: "Cilium's own policies, which were not read, may let it in",
      given: {
        ...base,
        systemDaemonSets: CILIUM,
        otherPolicies: FORBIDDEN,
        networkPolicies: [CLOSED],
        probes: [PASSED],
      },
      expect: ["net/prediction-differs info"],
    },
    {
      name: "a mesh carries the traffic",
      given: {
        ...base,
        pods: [pod({ metadata: { annotations: { "ambient.istio.io/redirection": "enabled" } } })],
        networkPolicies: [CLOSED],
        probes: [PASSED],
      },
      expect: ["net/prediction-differs info"],
    },
    {
      name: "the policy arrived ten seconds ago",
      given: {
        ...base,
        networkPolicies: [{ ...CLOSED, metadata: { ...CLOSED.metadata, creationTimestamp: ago(10) } }],
        probes: [PASSED],
      },
      expect: ["net/prediction-differs info"],
    },
    {
      name: "allowed, and lost all the same: the cause lies elsewhere",
      given: { ...base, networkPolicies: [old(policy([{}]))], probes: [LOST] },
      expect: ["net/lost-though-allowed info"],
    },
  ],
  silent: [
    { name: "denied and lost: they agree", given: { ...base, networkPolicies: [CLOSED], probes: [LOST] } },
    {
      name: "allowed and answered: they agree",
      given: { ...base, networkPolicies: [old(policy([{}]))], probes: [PASSED] },
    },
    {
      name: "allowed and refused: a policy has no part in that",
      given: { ...base, networkPolicies: [], probes: [met(["refused", "refused"])] },
    },
    {
      name: "some tries got through and some were lost: a pod that was isolated in between",
      given: { ...base, networkPolicies: [CLOSED], probes: [met([200, "timeout-connect", "timeout-connect"])] },
    },
    {
      name: "a pod of the Service asks itself, which no policy forbids",
      given: {
        ...base,
        networkPolicies: [CLOSED],
        probes: [
          met([200, 200], { ...TEST_POD, kind: "client-pod", pod: { namespace: "shop", name: "web-1", labels: {} } }),
        ],
      },
      status: "skipped",
    },
    {
      name: "the API server's proxy, whose packets come from elsewhere",
      given: { ...base, networkPolicies: [CLOSED], probes: [met([200, 200], API_PROXY)] },
      status: "skipped",
    },
    {
      name: "a client in the host network, to which engines differ",
      given: {
        ...base,
        networkPolicies: [CLOSED],
        probes: [
          met([200, 200], { ...TEST_POD, pod: { namespace: "shop", name: "n", labels: {}, hostNetwork: true } }),
        ],
      },
      status: "skipped",
    },
  ],
});

describe("packets that got through", () => {
  const FROM: FlowSource = {
    kind: "pod",
    namespace: "shop",
    name: "netcheck-x",
    labels: {},
    ip: "10.244.2.9",
    node: "node-2",
  };
  const given = { ...base, scope: { target: "svc", from: FROM } } as const;

  it("acquit the policies on the way in, for that client", () => {
    const denied = runCheck(ingress, { ...given, networkPolicies: [CLOSED], probes: [LOST] });
    assert.deepEqual(
      denied.findings.map(({ id }) => id),
      ["net/policy-denies-ingress"],
    );
    assert.deepEqual(runCheck(ingress, { ...given, networkPolicies: [CLOSED], probes: [PASSED] }).findings, []);
    const other = met([200, 200], { ...TEST_POD, pod: { namespace: "shop", name: "somebody-else", labels: {} } });
    assert.equal(runCheck(ingress, { ...given, networkPolicies: [CLOSED], probes: [other] }).findings.length, 1);
  });

  it("make it sure when they got lost, where it was only possible before", () => {
    const unread = { ...given, networkPolicies: [CLOSED], systemDaemonSets: FORBIDDEN };
    const severity = (probes: readonly ProbeResult[]) =>
      runCheck(ingress, { ...unread, probes }).findings.map((finding) => finding.severity);
    assert.deepEqual(severity([]), ["warning"]);
    assert.deepEqual(severity([LOST]), ["error"]);
    assert.deepEqual(severity([met(["refused", "refused"])]), ["warning"]);
  });

  it("acquit them on the way out", () => {
    assert.equal(runCheck(egress, { ...given, networkPolicies: [NO_WAY_OUT], probes: [LOST] }).findings.length, 1);
    assert.deepEqual(runCheck(egress, { ...given, networkPolicies: [NO_WAY_OUT], probes: [PASSED] }).findings, []);
  });

  it("are not closed out of a port that was said to let nobody in", () => {
    assert.equal(runCheck(ingress, { ...base, networkPolicies: [CLOSED] }).findings.length, 1);
    assert.deepEqual(runCheck(ingress, { ...base, networkPolicies: [CLOSED], probes: [PASSED] }).findings, []);
  });

  it("acquit them through the load balancer", () => {
    const spec = {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080 }],
    };
    const pods = policy([{ from: [{ podSelector: {} }] }]);
    const balanced = { ...base, services: [service({ spec })], networkPolicies: [pods] };
    assert.equal(runCheck(external, balanced).findings.length, 1);
    assert.deepEqual(
      runCheck(external, { ...balanced, probes: [result(LOAD_BALANCER, [200, 200], LOCAL)] }).findings,
      [],
    );
  });
});

describe("a test pod that was perhaps too young", () => {
  const scope = { target: "svc", namespace: "shop", pods: [pod()], services: [], ingresses: [], group: true } as const;
  const early = (
    networkPolicies: readonly NetworkPolicy[],
    probes: readonly ProbeResult[],
    systemDaemonSets = CALICO,
  ) =>
    perhapsTooEarly(scope, {
      takenAt: NOW,
      source: { kind: "live", from: "test" },
      collections: collectionsOf({
        networkPolicies: { state: "ok", items: networkPolicies },
        probes: { state: "ok", items: probes },
        systemDaemonSets: { state: "ok", items: systemDaemonSets },
      }),
    });

  it("is sent again when a try passed that a policy denies, and an engine runs", () => {
    assert.equal(early([CLOSED], [PASSED]).length, 1);
    assert.equal(early([CLOSED], [met([200, "timeout-connect"])]).length, 1);
    assert.deepEqual(early([CLOSED], [LOST]), []);
    assert.deepEqual(early([], [PASSED]), []);
    assert.deepEqual(early([CLOSED], [PASSED], NO_ENGINE), []);
    assert.deepEqual(early([CLOSED], [met([200, 200], { ...TEST_POD, kind: "client-pod" })]), []);
  });

  it("gives way to what the later one met from the same node", () => {
    const merged = replaced({ state: "ok", items: [PASSED, met([200, 200], LOCAL)] }, { state: "ok", items: [LOST] });
    assert.deepEqual(merged.state === "ok" && merged.items.map(({ attempts }) => attempts[0]?.class), [
      "timeout-connect",
      "ok",
    ]);
  });
});
