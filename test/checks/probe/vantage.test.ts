import { check } from "../../../src/checks/probe/vantage.ts";
import type { VantageReport } from "../../../src/model/probe-results.ts";
import { checkCases } from "../../support/checks.ts";

const report = (given: Partial<VantageReport>): VantageReport => ({
  what: "test pod",
  outcome: "used",
  detail: "",
  namespace: "shop",
  names: [],
  ...given,
});

checkCases(check, {
  fires: [
    {
      name: "no permission",
      given: {
        vantages: [
          report({ outcome: "forbidden", detail: 'pods is forbidden: User "dev" cannot create resource "pods"' }),
        ],
      },
      expect: ["probe/pod-create-forbidden info"],
    },
    {
      name: "PodSecurity refuses it",
      given: {
        vantages: [report({ outcome: "denied", detail: 'pods "netcheck-1" is forbidden: exceeded quota: compute' })],
      },
      expect: ["probe/pod-admission-denied warning"],
    },
    {
      name: "its image cannot be pulled",
      given: {
        vantages: [
          report({
            outcome: "not-started",
            detail: "ImagePullBackOff: dial tcp: i/o timeout",
            names: ["netcheck-1-a"],
          }),
        ],
      },
      expect: ["probe/pod-not-started warning"],
    },
    {
      name: "earlier runs left something",
      given: { vantages: [report({ outcome: "leftover", names: ["job/netcheck-0-a"] }), report({})] },
      expect: ["probe/leftover warning"],
    },
  ],
  silent: [
    { name: "it was used", given: { vantages: [report({})] } },
    {
      name: "there was nothing to ask through the proxy",
      given: { vantages: [report({ what: "API server proxy", outcome: "failed" })] },
    },
  ],
});
