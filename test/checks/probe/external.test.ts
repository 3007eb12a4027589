import { check } from "../../../src/checks/probe/external.ts";
import { CLUSTER_IP, LOAD_BALANCER, LOCAL, result, target } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { CONTROL, sent } from "../ingress/_through.ts";

const lost = ["timeout-connect", "timeout-connect"] as const;

checkCases(check, {
  fires: [
    {
      name: "lost from outside, fine inside",
      given: { probes: [result(CLUSTER_IP), result(LOAD_BALANCER, lost, LOCAL)] },
      expect: ["probe/external-timeout error"],
    },
    {
      name: "refused from outside, fine inside",
      given: { probes: [result(CLUSTER_IP), result(LOAD_BALANCER, ["refused", "refused"], LOCAL)] },
      expect: ["probe/external-refused error"],
    },
    {
      name: "lost from outside, and nothing was tried inside",
      given: { probes: [result(LOAD_BALANCER, lost, LOCAL)] },
      expect: ["probe/external-timeout warning"],
    },
    {
      name: "a private address: this machine may not be in its network",
      given: { probes: [result(CLUSTER_IP), result({ ...LOAD_BALANCER, host: "10.224.0.7" }, lost, LOCAL)] },
      expect: ["probe/external-timeout warning"],
    },
    {
      name: "a private address, and this machine is in the nodes' network",
      given: {
        probes: [result(CLUSTER_IP), result({ ...LOAD_BALANCER, host: "10.224.0.7" }, lost, { ...LOCAL, near: true })],
      },
      expect: ["probe/external-timeout error"],
    },
    {
      name: "a controller's load balancer, while its pods answer the same URL",
      given: { probes: [CONTROL, sent({ hop: "controller-lb", said: lost })] },
      expect: ["probe/external-timeout error"],
    },
    {
      name: "the host's name leads to another address, which refuses",
      given: {
        probes: [
          CONTROL,
          sent({ hop: "controller-lb" }),
          sent({ hop: "host", said: ["refused", "refused"], resolved: { addresses: ["20.99.9.9"] } }),
        ],
      },
      expect: ["probe/external-refused error"],
    },
  ],
  silent: [
    {
      name: "by name the same load balancer is lost again: told once",
      given: { probes: [CONTROL, sent({ hop: "controller-lb" }), sent({ hop: "host", said: lost })] },
    },
    { name: "it answers", given: { probes: [result(LOAD_BALANCER, [200, 200], LOCAL)] } },
    {
      name: "the Service fails inside too: that is the story",
      given: { probes: [result(CLUSTER_IP, lost), result(LOAD_BALANCER, lost, LOCAL)] },
    },
    {
      name: "the address tried inside the cluster never crosses the load balancer",
      given: { probes: [result(LOAD_BALANCER, lost)] },
      status: "skipped",
    },
    {
      name: "its name does not resolve here: a question for the name's owner",
      given: { probes: [result(CLUSTER_IP), result({ ...LOAD_BALANCER, host: "x.example" }, ["dns", "dns"], LOCAL)] },
    },
    { name: "there is none", given: { probes: [result(target())] }, status: "skipped" },
  ],
});
