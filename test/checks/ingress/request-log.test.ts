import { check } from "../../../src/checks/ingress/request-log.ts";
import { LOCAL, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ingress, ingressClass, nginxPod } from "./_objects.ts";
import { CONTROL, ENTRY, marked, markerOf, sent } from "./_through.ts";

const WORLD = {
  ingresses: [ingress()],
  ingressClasses: [ingressClass()],
  controllerPods: [nginxPod()],
  controllerServices: [ENTRY],
};
const lost = ["timeout-connect", "timeout-connect"] as const;
const CONTROL_LOGGED = { markedLogs: [marked([markerOf("controller-pod", "inside")])] };
const PRIVATE = { ...WORLD, ingresses: [ingress({ address: "10.224.0.7" })] };
const cnames = ["shop.azurefd.net"];

/** The controller's own answer, as ingress-nginx logs it; LB stands for the marker. */
const OWN_404 =
  '10.214.0.10 - - [27/Nov/2026:21:48:37 +0000] "GET /?netcheck=LB HTTP/1.1" 404 146 "-" "x" 177 0.000 [upstream-default-backend] [] 127.0.0.1:8181 146 0.000 404 49d6';

checkCases(check, {
  fires: [
    {
      name: "lost from outside, and the control is in the log",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "controller-lb", said: lost })] },
      expect: ["ingress/request-not-in-log error"],
    },
    {
      name: "something else answers 404",
      given: {
        ...WORLD,
        ...CONTROL_LOGGED,
        probes: [CONTROL, sent({ hop: "host", said: [404, 404], attempt: { headers: { server: "Apache" } } })],
      },
      expect: ["ingress/request-not-in-log error"],
    },
    {
      name: "something else answers: a login page, a redirect, an old cluster that still serves",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "host", said: [302, 302] })] },
      expect: ["ingress/request-not-in-log warning"],
    },
    {
      name: "a known proxy answers, perhaps from its cache",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "host", resolved: { cnames } })] },
      expect: ["ingress/request-not-in-log warning"],
    },
    {
      name: "a private address, and this machine may not be in its network",
      given: {
        ...PRIVATE,
        ...CONTROL_LOGGED,
        probes: [CONTROL, sent({ hop: "controller-lb", said: lost, address: "10.224.0.7" })],
      },
      expect: ["ingress/request-not-in-log warning"],
    },
    {
      name: "a private address, and this machine is in the nodes' network",
      given: {
        ...PRIVATE,
        ...CONTROL_LOGGED,
        probes: [
          CONTROL,
          sent({ hop: "controller-lb", said: lost, address: "10.224.0.7", from: { ...LOCAL, near: true } }),
        ],
      },
      expect: ["ingress/request-not-in-log error"],
    },
    {
      name: "the controller answers 404 by itself",
      given: {
        ...WORLD,
        probes: [sent({ hop: "controller-lb", said: [404, 404] })],
        markedLogs: [marked([], { lines: [OWN_404.replace("LB", markerOf("controller-lb", "here"))] })],
      },
      expect: ["ingress/log-host-unmatched error"],
    },
    {
      name: "404 of the controller for an Ingress that is seconds old",
      given: {
        ...WORLD,
        ingresses: [ingress({ age: 5 })],
        probes: [sent({ hop: "host", said: [404, 404] })],
        markedLogs: [marked([markerOf("host", "here")], { lines: [OWN_404.replace("LB", markerOf("host", "here"))] })],
      },
      expect: ["ingress/log-host-unmatched info"],
    },
  ],
  silent: [
    {
      name: "it arrived",
      given: {
        ...WORLD,
        probes: [CONTROL, sent({ hop: "host" })],
        markedLogs: [marked([markerOf("controller-pod", "inside"), markerOf("host", "here")])],
      },
    },
    {
      name: "it arrived, and the app was slow",
      given: {
        ...WORLD,
        probes: [CONTROL, sent({ hop: "host", said: ["timeout-response", "timeout-response"] })],
        markedLogs: [marked([markerOf("controller-pod", "inside"), markerOf("host", "here")])],
      },
    },
    {
      name: "the control is not in the log either: sampled, off, elsewhere",
      given: { ...WORLD, probes: [CONTROL, sent({ hop: "host", said: lost })], markedLogs: [marked([])] },
      status: "unknown",
    },
    {
      name: "a connection stood, and a request that is still being worked on is in no log",
      given: {
        ...WORLD,
        ...CONTROL_LOGGED,
        probes: [CONTROL, sent({ hop: "host", said: ["timeout-response", "timeout-response"] })],
      },
      status: "unknown",
    },
    {
      name: "the access log is off",
      given: {
        ...WORLD,
        probes: [CONTROL, sent({ hop: "host", said: lost })],
        markedLogs: [marked([], { silent: "its access log is off" })],
      },
      status: "unknown",
    },
    {
      name: "a log may not be read",
      given: {
        ...WORLD,
        probes: [CONTROL, sent({ hop: "host", said: lost })],
        markedLogs: [marked([markerOf("controller-pod", "inside")], { unreadable: "forbidden" })],
      },
      status: "unknown",
    },
    {
      name: "an unknown controller",
      given: { ...WORLD, controllerPods: [], probes: [CONTROL, sent({ hop: "host", said: lost })], ...CONTROL_LOGGED },
      status: "unknown",
    },
    {
      name: "no vantage inside",
      given: { ...WORLD, probes: [sent({ hop: "host", said: lost })], ...CONTROL_LOGGED },
      status: "unknown",
    },
    {
      name: "the name does not resolve: nothing was sent",
      given: { ...WORLD, probes: [CONTROL, sent({ hop: "host", said: ["dns", "dns"] })], ...CONTROL_LOGGED },
    },
    {
      name: "from inside only: the way from outside was not tried",
      given: { ...WORLD, probes: [CONTROL, sent({ hop: "host", from: vantage(), said: lost })], ...CONTROL_LOGGED },
    },
    { name: "nothing of that kind was tried", given: { ...WORLD, probes: [] }, status: "skipped" },
    {
      name: "the app's own 404",
      given: {
        ...WORLD,
        probes: [sent({ hop: "host", said: [404, 404] })],
        markedLogs: [marked([markerOf("host", "here")], {}, "404 19 0.001 404")],
      },
    },
  ],
});
