import { check } from "../../../src/checks/probe/pod-ip.ts";
import { LOCAL, result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { notReady, pod, service } from "../../support/objects.ts";

const other = target({ host: "10.244.2.8", object: { kind: "Pod", namespace: "shop", name: "web-2" }, node: "node-2" });
const meshed = pod({ spec: { containers: [{ name: "web" }, { name: "istio-proxy" }] } });

checkCases(check, {
  fires: [
    {
      name: "nothing listens on the port",
      given: { probes: [result(target(), ["refused", "refused"])], pods: [pod()], services: [service()] },
      expect: ["probe/pod-refused error"],
    },
    {
      name: "packets to the only endpoint get lost",
      given: { probes: [result(target(), ["timeout-connect", "timeout-connect"])] },
      expect: ["probe/pod-timeout error"],
    },
    {
      name: "no route to it",
      given: { probes: [result(target(), ["no-route", "no-route"])] },
      expect: ["probe/pod-timeout error"],
    },
    {
      name: "one of two endpoints refuses: the other still serves",
      given: { probes: [result(target(), ["refused", "refused"]), result(other)] },
      expect: ["probe/pod-refused warning"],
    },
    {
      name: "all endpoints refuse",
      given: { probes: [result(target(), ["refused", "refused"]), result(other, ["refused", "refused"])] },
      expect: ["probe/pod-refused error", "probe/pod-refused error"],
    },
    {
      name: "the app hangs",
      given: { probes: [result(target(), ["timeout-response", "timeout-response"])] },
      expect: ["probe/pod-silent error"],
    },
    {
      name: "it closes every connection",
      given: { probes: [result(target(), ["empty-reply", "reset-connect"])] },
      expect: ["probe/pod-reset warning"],
    },
    {
      name: "a mesh proxy resets a client without mutual TLS: as it should",
      given: { probes: [result(target(), ["reset-connect", "reset-connect"])], pods: [meshed] },
      expect: ["probe/pod-reset info"],
    },
    {
      name: "one success among failures is not ok",
      given: { probes: [result(target(), [200, "refused", "refused", 200, "refused"])] },
      expect: ["probe/intermittent warning"],
    },
    {
      name: "reached from its own node, lost from the other",
      given: {
        probes: [result(target()), result(target(), ["timeout-connect", "timeout-connect"], vantage("node-2"))],
      },
      expect: ["probe/pod-timeout error"],
    },
  ],
  silent: [
    { name: "it answers", given: { probes: [result(target())] } },
    { name: "it answers with an error of its own: it is reached", given: { probes: [result(target(), [503, 404])] } },
    {
      name: "a TCP server that speaks no HTTP is reached",
      given: { probes: [result(target(), ["not-http", "not-http"])] },
    },
    {
      name: "it wants a client certificate: it is reached",
      given: { probes: [result(target(), ["tls-alert", "tls-alert"])] },
    },
    {
      name: "a pod that is not ready gets no traffic anyway",
      given: {
        probes: [result(target(), ["refused", "refused"])],
        pods: [pod({ status: { conditions: notReady() } })],
      },
    },
    { name: "the evidence fits no class", given: { probes: [result(target(), ["unclear", "unclear"])] } },
    { name: "no pod was tried", given: { probes: [], vantages: [] }, status: "skipped" },
    {
      name: "no probe was asked for",
      given: { probes: { state: "unavailable", reason: "not-requested", detail: "not needed" } },
      status: "skipped",
    },
    {
      name: "no place could be had to send from",
      given: { probes: { state: "unavailable", reason: "forbidden", detail: "you may not create pods" } },
      status: "unknown",
    },
    {
      name: "a load balancer address from this machine says nothing about pods",
      given: { probes: [result(target({ hop: "load-balancer" }), ["refused", "refused"], LOCAL)] },
      status: "skipped",
    },
  ],
});
