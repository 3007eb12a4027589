import { check } from "../../../src/checks/probe/inside-pod.ts";
import { PORT_FORWARD } from "../../../src/probe/portforward.ts";
import { result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { policy } from "../net/objects.ts";

const refused = ["refused", "refused"] as const;
const lost = ["timeout-connect", "timeout-connect"] as const;
const forwarded = result(target(), [200, 200], PORT_FORWARD);
const second = target({ host: "10.244.1.16", object: { kind: "Pod", namespace: "shop", name: "web-2" } });
const base = { pods: [pod()], services: [service()], networkPolicies: [] };

checkCases(check, {
  fires: [
    {
      name: "answers inside the pod, refused at its address",
      given: { ...base, probes: [result(target(), refused), forwarded] },
      expect: ["probe/only-on-loopback error"],
    },
    {
      name: "the same while another endpoint answers: a warning",
      given: { ...base, probes: [result(target(), refused), result(second), forwarded] },
      expect: ["probe/only-on-loopback warning"],
    },
    {
      name: "a policy isolates the pod, and some engines refuse: a warning",
      given: { ...base, networkPolicies: [policy([])], probes: [result(target(), refused), forwarded] },
      expect: ["probe/only-on-loopback warning"],
    },
    {
      name: "policies could not be read: a warning",
      given: {
        ...base,
        networkPolicies: { state: "unavailable", reason: "forbidden", detail: "forbidden" },
        probes: [result(target(), refused), forwarded],
      },
      expect: ["probe/only-on-loopback warning"],
    },
    {
      name: "a mesh proxy shares the pod, which may be what refuses: a warning",
      given: {
        ...base,
        pods: [pod({ spec: { nodeName: "node-1", containers: [{ name: "web" }, { name: "istio-proxy" }] } })],
        probes: [result(target(), refused), forwarded],
      },
      expect: ["probe/only-on-loopback warning"],
    },
    {
      name: "answers inside the pod, packets from elsewhere get lost",
      given: { ...base, probes: [result(target(), lost), forwarded] },
      expect: ["probe/answers-inside-pod info"],
    },
  ],
  silent: [
    {
      name: "refused inside the pod too: nothing listens there",
      given: { ...base, probes: [result(target(), refused), result(target(), refused, PORT_FORWARD)] },
    },
    { name: "answers in both ways", given: { ...base, probes: [result(target()), forwarded] } },
    {
      name: "refused from one node only: not the app",
      given: {
        ...base,
        probes: [result(target(), refused), result(target(), [200, 200], vantage("node-2")), forwarded],
      },
    },
    {
      name: "only port-forward was tried: nothing is known of the pod's address",
      given: { ...base, probes: [forwarded] },
    },
    {
      name: "without port-forward there is nothing to compare",
      given: { ...base, probes: [result(target(), refused)] },
      status: "skipped",
    },
  ],
});
