import { check } from "../../../src/checks/ingress/host-dns.ts";
import { vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ingress, ingressClass, nginxPod } from "./_objects.ts";
import { CONTROL, ENTRY, marked, markerOf, sent } from "./_through.ts";

const WORLD = {
  ingresses: [ingress()],
  ingressClasses: [ingressClass()],
  controllerPods: [nginxPod()],
  controllerServices: [ENTRY],
};
const gone = ["dns", "dns"] as const;
const lost = ["timeout-connect", "timeout-connect"] as const;
const missing = sent({ hop: "host", said: gone });
const missingInside = sent({ hop: "host", said: gone, from: vantage() });
const OLD = { addresses: ["20.99.9.9"] };
const CONTROL_LOGGED = { markedLogs: [marked([markerOf("controller-pod", "inside")])] };
const cnames = ["shop.azurefd.net"];
const named = (host: string) => ({ ...missing, target: { ...missing.target, host, name: host } });

checkCases(check, {
  fires: [
    {
      name: "no address, here and in the cluster",
      given: { ...WORLD, probes: [missing, missingInside] },
      expect: ["ingress/host-dns-missing error"],
    },
    {
      name: "no address here, and the cluster was not asked",
      given: { ...WORLD, probes: [missing] },
      expect: ["ingress/host-dns-missing warning"],
    },
    {
      name: "no address here, the cluster knows one",
      given: { ...WORLD, probes: [missing, sent({ hop: "host", from: vantage() })] },
      expect: ["ingress/host-dns-missing info"],
    },
    {
      name: "a private load balancer: its zone may be visible elsewhere only",
      given: {
        ...WORLD,
        ingresses: [ingress({ address: "10.224.0.7" })],
        controllerServices: [],
        probes: [missing, missingInside],
      },
      expect: ["ingress/host-dns-missing warning"],
    },
    {
      name: "a name that is never public",
      given: { ...WORLD, probes: [named("shop.internal"), missingInside] },
      expect: ["ingress/host-dns-missing info"],
    },
    {
      name: "another address, and it is proven that nothing arrives",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "host", said: lost, resolved: OLD })] },
      expect: ["ingress/host-dns-elsewhere error"],
    },
    {
      name: "another address, where something else answers",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "host", resolved: OLD })] },
      expect: ["ingress/host-dns-elsewhere warning"],
    },
    {
      name: "another address, and whether requests arrive cannot be told",
      given: { ...WORLD, probes: [sent({ hop: "host", said: lost, resolved: OLD })] },
      expect: ["ingress/host-dns-elsewhere warning"],
    },
    {
      name: "another address that hands requests on",
      given: {
        ...WORLD,
        markedLogs: [marked([markerOf("host", "here")])],
        probes: [sent({ hop: "host", resolved: OLD })],
      },
      expect: ["ingress/host-dns-elsewhere info"],
    },
    {
      name: "a firewall's public address in front of a private load balancer answers",
      given: {
        ...WORLD,
        ingresses: [ingress({ address: "10.224.0.7" })],
        controllerServices: [],
        probes: [sent({ hop: "host", resolved: OLD })],
      },
      expect: ["ingress/host-dns-elsewhere info"],
    },
    {
      name: "a known proxy in front answers",
      given: { ...WORLD, probes: [sent({ hop: "host", resolved: { ...OLD, cnames } })] },
      expect: ["ingress/host-dns-elsewhere info"],
    },
    {
      name: "a known proxy in front answers, and its requests do not arrive: its cache, or another origin",
      given: { ...WORLD, ...CONTROL_LOGGED, probes: [CONTROL, sent({ hop: "host", resolved: { ...OLD, cnames } })] },
      expect: ["ingress/host-dns-elsewhere warning"],
    },
    {
      name: "split horizon",
      given: {
        ...WORLD,
        probes: [sent({ hop: "host" }), sent({ hop: "host", from: vantage(), resolved: { addresses: ["10.0.0.9"] } })],
      },
      expect: ["ingress/host-dns-split info"],
    },
  ],
  silent: [
    { name: "it leads to the controller", given: { ...WORLD, probes: [sent({ hop: "host" })] } },
    {
      name: "one of several addresses is the controller's",
      given: { ...WORLD, probes: [sent({ hop: "host", resolved: { addresses: ["20.99.9.9", "20.84.1.2"] } })] },
    },
    {
      name: "nobody knows where the controller is reached: nodes, a name that was not looked up",
      given: {
        ...WORLD,
        ingresses: [ingress({ address: null })],
        controllerServices: [],
        probes: [sent({ hop: "host", resolved: OLD })],
      },
    },
    {
      name: "this machine's name servers do not answer",
      given: { ...WORLD, probes: [sent({ hop: "host", said: ["dns-timeout", "dns-timeout"] })] },
      status: "unknown",
    },
    { name: "it was not asked", given: { ...WORLD, probes: [CONTROL] }, status: "skipped" },
  ],
});
