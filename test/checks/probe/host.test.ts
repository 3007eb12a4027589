import { check } from "../../../src/checks/probe/host.ts";
import { result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { ingress, ingressClass, nginxPod } from "../ingress/_objects.ts";
import { marked, markerOf, sent } from "../ingress/_through.ts";

const WORLD = { ingresses: [ingress()], services: [service()], pods: [pod()] };
const INSIDE = markerOf("controller-pod", "inside");
const through = (status: number) => sent({ hop: "controller-pod", said: [status, status], from: vantage() });
const app = (...said: readonly number[]) => result(target(), said);

checkCases(check, {
  fires: [
    {
      name: "502 through the controller, 200 by itself",
      given: {
        ...WORLD,
        probes: [app(200, 200), through(502)],
        markedLogs: [marked([INSIDE], {}, "502 150 0.000 502")],
      },
      expect: ["probe/host-5xx error"],
    },
    {
      name: "503 and there is no endpoint to try by itself",
      given: { ...WORLD, probes: [through(503)], markedLogs: [marked([INSIDE], {}, "503 190 - -")] },
      expect: ["probe/host-5xx error"],
    },
    {
      name: "504 and no log was read",
      given: { ...WORLD, probes: [app(200, 200), through(504)] },
      expect: ["probe/host-5xx error"],
    },
    {
      name: "404 at every station, and no line says who answered",
      given: {
        ...WORLD,
        probes: [app(200, 200), through(404), sent({ hop: "host", said: [404, 404] })],
        markedLogs: [marked([])],
      },
      expect: ["probe/host-404 warning"],
    },
    {
      name: "a status that is not the expected one",
      given: { ...WORLD, probes: [sent({ hop: "host", said: [302, 302], expect: "200" })] },
      expect: ["probe/host-unexpected-status error"],
    },
  ],
  silent: [
    { name: "all is well", given: { ...WORLD, probes: [app(200, 200), through(200)] } },
    { name: "the app itself answers 500: told of the pod", given: { ...WORLD, probes: [app(500, 500), through(500)] } },
    {
      name: "404 with an upstream: the app tells hosts apart",
      given: {
        ...WORLD,
        probes: [app(200, 200), through(404)],
        markedLogs: [marked([INSIDE], {}, "404 19 0.001 404")],
      },
    },
    {
      name: "404 of an Ingress that is seconds old",
      given: { ...WORLD, ingresses: [ingress({ age: 5 })], probes: [app(200, 200), through(404)] },
    },
    {
      name: "404 at the host alone: something else answers there",
      given: { ...WORLD, probes: [app(200, 200), through(200), sent({ hop: "host", said: [404, 404] })] },
    },
    { name: "a redirect, or a 404 of the app", given: { ...WORLD, probes: [app(404, 404), through(404)] } },
    {
      name: "a proxy in front answers 502, and the request never arrived",
      given: {
        ...WORLD,
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod()],
        probes: [app(200, 200), through(200), sent({ hop: "host", said: [502, 502] })],
        markedLogs: [marked([INSIDE])],
      },
    },
    { name: "one try of two failed", given: { ...WORLD, probes: [sent({ hop: "host", said: [502, 200] })] } },
    {
      name: "the expected status",
      given: { ...WORLD, probes: [sent({ hop: "host", said: [302, 302], expect: "3xx" })] },
    },
    { name: "nothing went through a controller", given: { ...WORLD, probes: [app(200, 200)] }, status: "skipped" },
  ],
});
