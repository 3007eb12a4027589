import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseProviderId } from "../../src/model/azure.ts";
import type { Service } from "../../src/model/kube.ts";
import { effectiveProbe, type ProbeMode } from "../../src/model/lb-probe.ts";
import { lb } from "../checks/azure/build.ts";

const WEB = { name: "web", port: 80, nodePort: 31080, protocol: "TCP" };
const ADMIN = { name: "Admin", port: 8443, nodePort: 31443, protocol: "TCP" };

/** `http :31080/ app 5s×2`, or the reason for none. */
function shown(service: Service, mode: ProbeMode = "unknown"): string {
  const probe = effectiveProbe(service, service.spec?.ports?.[0] ?? {}, mode);
  if (probe.kind === "none") return probe.reason;
  return `${probe.kind} :${probe.port}${probe.path ?? ""} ${probe.answeredBy}${probe.literalPort ? " literal" : ""}${probe.explicitPath ? " explicit" : ""} ${probe.intervalSeconds}s×${probe.threshold}`;
}

describe("the effective health probe", () => {
  const table: readonly (readonly [string, Service, string, ProbeMode?])[] = [
    ["by default", lb({}, { ports: [WEB] }), "tcp :31080 app 5s×2"],
    [
      "policy Local",
      lb({}, { ports: [WEB], externalTrafficPolicy: "Local", healthCheckNodePort: 32000 }),
      "http :32000/healthz kube-proxy-local 5s×2",
    ],
    [
      "policy Local goes before the shared mode",
      lb({}, { ports: [WEB], externalTrafficPolicy: "Local", healthCheckNodePort: 32000 }),
      "http :32000/healthz kube-proxy-local 5s×2",
      "shared",
    ],
    [
      "the shared mode",
      lb({}, { ports: [{ ...WEB, appProtocol: "http" }] }),
      "http :10256/healthz kube-proxy 5s×2",
      "shared",
    ],
    ["one a port", lb({}, { ports: [{ ...WEB, appProtocol: "http" }] }), "http :31080/ app 5s×2", "per-port"],
    [
      "Private Link with PROXY protocol under policy Local",
      lb(
        { "azure-pls-create": "True", "azure-pls-proxy-protocol": "true" },
        { ports: [WEB], externalTrafficPolicy: "Local" },
      ),
      "tcp :31080 app 5s×2",
      "shared",
    ],
    ["appProtocol", lb({}, { ports: [{ ...WEB, appProtocol: " HTTPS " }] }), "https :31080/ app 5s×2"],
    ["h2c", lb({}, { ports: [{ ...WEB, appProtocol: "kubernetes.io/h2c" }] }), "tcp :31080 app 5s×2"],
    [
      "the port's protocol goes first",
      lb(
        { "port_80_health-probe_protocol": "http", "azure-load-balancer-health-probe-protocol": "https" },
        { ports: [{ ...WEB, appProtocol: "https" }] },
      ),
      "http :31080/ app 5s×2",
    ],
    [
      "the Service's protocol comes last",
      lb({ "azure-load-balancer-health-probe-protocol": "https" }, { ports: [{ ...WEB, appProtocol: "grpc" }] }),
      "tcp :31080 app 5s×2",
    ],
    [
      "path, interval and count of the port go before those of the Service",
      lb(
        {
          "port_80_health-probe_request-path": "/ready",
          "azure-load-balancer-health-probe-request-path": "/healthz",
          "azure-load-balancer-health-probe-protocol": "http",
          "port_80_health-probe_interval": "10",
          "azure-load-balancer-health-probe-interval": "20",
          "azure-load-balancer-health-probe-num-of-probe": "3",
        },
        { ports: [WEB] },
      ),
      "http :31080/ready app explicit 10s×3",
    ],
    [
      "an unreadable interval",
      lb({ "port_80_health-probe_interval": "soon" }, { ports: [WEB] }),
      "tcp :31080 app 5s×2",
    ],
    [
      "the probe port by name",
      lb({ "port_80_health-probe_port": "admin" }, { ports: [WEB, ADMIN] }),
      "tcp :31443 app 5s×2",
    ],
    [
      "the probe port by number",
      lb({ "port_80_health-probe_port": "8443" }, { ports: [WEB, ADMIN] }),
      "tcp :31443 app 5s×2",
    ],
    [
      "a number of the node",
      lb({ "port_80_health-probe_port": "10254" }, { ports: [WEB] }),
      "tcp :10254 app literal 5s×2",
    ],
    ["a name of nothing", lb({ "port_80_health-probe_port": "nope" }, { ports: [WEB] }), "tcp :0 app 5s×2"],
    ["no node port", lb({}, { ports: [{ port: 80, protocol: "TCP" }] }), "tcp :0 app 5s×2"],
    ["UDP", lb({}, { ports: [{ ...WEB, protocol: "UDP" }] }), "UDP rules have no health probe"],
    ["no rule", lb({ port_80_no_lb_rule: "true" }, { ports: [WEB] }), "the port has no rule"],
    ["no probe rule", lb({ port_80_no_probe_rule: "true" }, { ports: [WEB] }), "an annotation turns the probe off"],
  ];
  for (const [name, service, expected, mode] of table)
    it(`${name}: ${expected}`, () => assert.equal(shown(service, mode), expected));
});

describe("a node's providerID", () => {
  const root = "azure:///subscriptions/S/resourceGroups/MC_rg/providers/Microsoft.Compute";
  it("of a scale set", () =>
    assert.deepEqual(parseProviderId(`${root}/virtualMachineScaleSets/aks-pool-vmss/virtualMachines/3`), {
      subscription: "S",
      resourceGroup: "MC_rg",
      scaleSet: "aks-pool-vmss",
      instance: "3",
    }));
  it("of a single machine, in other letters", () =>
    assert.deepEqual(parseProviderId(`${root.toLowerCase()}/virtualmachines/vm-1`), {
      subscription: "s",
      resourceGroup: "mc_rg",
      instance: "vm-1",
    }));
  it("of others", () => {
    assert.equal(parseProviderId("aws:///eu-west-1a/i-0abc"), undefined);
    assert.equal(parseProviderId("azure:///subscriptions/S"), undefined);
  });
});
