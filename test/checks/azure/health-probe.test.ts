import { check } from "../../../src/checks/azure/health-probe.ts";
import type { AzureCluster } from "../../../src/model/azure-facts.ts";
import type { ProbeResult } from "../../../src/model/probe-results.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const ports = (appProtocol: string) => ({
  ports: [{ port: 80, targetPort: 8080, nodePort: 31080, protocol: "TCP", appProtocol }],
});
const http = lb({}, ports("http"));
const PLS = { "azure-pls-create": "true", "azure-pls-proxy-protocol": "true" };
const DEFAULT = "azure/probe-http-default-path";

const explicit = lb({ "azure-load-balancer-health-probe-request-path": "/healthz" }, ports("http"));
const WHERE = { kind: "pod", label: "test pod on node-1" } as const;

/** What pods answered to GET `path`, one try each. */
function answers(path: string, ...statuses: readonly number[]): readonly ProbeResult[] {
  return statuses.map((status, i) => ({
    vantage: WHERE,
    target: {
      hop: "pod",
      host: `10.244.0.${i + 7}`,
      port: 8080,
      scheme: "http",
      guessed: false,
      path,
      object: { kind: "Pod", namespace: "shop", name: `web-${i}` },
      servicePort: 80,
    },
    attempts: [{ class: "ok", status, total: 3, evidence: `HTTP ${status}` }],
  }));
}
const fromHere = (one: ProbeResult): ProbeResult => ({
  ...one,
  vantage: { kind: "local", label: "this machine" },
  target: {
    ...one.target,
    hop: "load-balancer",
    host: "20.62.1.9",
    object: { kind: "Service", namespace: "shop", name: "web" },
  },
});
const cluster = (sharedProbe: boolean): AzureCluster => ({
  id: "/aks",
  name: "aks",
  resourceGroup: "rg",
  networkPlugin: "azure",
  networkPluginMode: "overlay",
  podCidrs: [],
  outboundType: "loadBalancer",
  backendPoolType: "nodeIPConfiguration",
  sharedProbe,
});

checkCases(check, {
  fires: [
    {
      name: "no path, and every pod answers 404 at /, as ingress controllers do",
      given: onAzure(http, { probes: answers("/", 404, 404) }),
      expect: [`${DEFAULT} error`],
    },
    {
      name: "no path, and one pod of two answers 200",
      given: onAzure(http, { probes: answers("/", 200, 404) }),
      expect: [`${DEFAULT} warning`],
    },
    {
      name: "the given path answers with a redirect, which Azure counts as a failure",
      given: onAzure(explicit, { probes: answers("/healthz", 301) }),
      expect: ["azure/probe-path-not-200 error"],
    },
    {
      name: "the given path answers 200 on one pod of two",
      given: onAzure(explicit, { probes: answers("/healthz", 200, 503) }),
      expect: ["azure/probe-path-not-200 warning"],
    },
    { name: "appProtocol http and no path", given: onAzure(http), expect: [`${DEFAULT} warning`] },
    { name: "appProtocol HTTPS", given: onAzure(lb({}, ports("HTTPS"))), expect: [DEFAULT] },
    {
      name: "the protocol by annotation",
      given: onAzure(lb({ "azure-load-balancer-health-probe-protocol": "http" })),
      expect: [DEFAULT],
    },
    {
      name: "a number that is no port of the Service",
      given: onAzure(lb({ "port_80_health-probe_port": "10254" })),
      expect: ["azure/probe-port-literal warning"],
    },
    {
      name: "Private Link with PROXY protocol and policy Local",
      given: onAzure(lb(PLS, { externalTrafficPolicy: "Local", healthCheckNodePort: 32000 })),
      expect: ["azure/pls-proxy-protocol-probe warning"],
    },
  ],
  silent: [
    ...elsewhere(http),
    { name: "no path, and / answers 200", given: onAzure(http, { probes: answers("/", 200, 200) }) },
    { name: "the given path answers 200", given: onAzure(explicit, { probes: answers("/healthz", 200) }) },
    { name: "another path was asked", given: onAzure(explicit, { probes: answers("/", 404) }) },
    {
      name: "this machine gets through the load balancer: some node counts as healthy",
      given: onAzure(http, { probes: [...answers("/", 404), ...answers("/", 404).map(fromHere)] }),
    },
    {
      name: "the cluster shares one probe among its Services",
      given: onAzure(http, { probes: answers("/", 404), azureClusters: [cluster(true)] }),
    },
    { name: "no appProtocol: a TCP connect", given: onAzure(lb()) },
    { name: "gRPC and h2c are probed by TCP", given: onAzure(lb({}, ports("kubernetes.io/h2c"))) },
    {
      name: "a path is given",
      given: onAzure(lb({ "azure-load-balancer-health-probe-request-path": "/healthz" }, ports("http"))),
    },
    {
      name: "a path is given for the port",
      given: onAzure(lb({ "port_80_health-probe_request-path": "/" }, ports("http"))),
    },
    {
      name: "policy Local: kube-proxy answers the probe",
      given: onAzure(lb({}, { ...ports("http"), externalTrafficPolicy: "Local", healthCheckNodePort: 32000 })),
    },
    { name: "no probe at all", given: onAzure(lb({ port_80_no_probe_rule: "true" }, ports("http"))) },
    { name: "no rule at all", given: onAzure(lb({ port_80_no_lb_rule: "true" }, ports("http"))) },
    {
      name: "the port's TCP goes before appProtocol",
      given: onAzure(lb({ "port_80_health-probe_protocol": "Tcp" }, ports("http"))),
    },
    {
      name: "UDP has no probe",
      given: onAzure(lb({}, { ports: [{ port: 53, protocol: "UDP", appProtocol: "http" }] })),
    },
    { name: "the probe port is a port of the Service", given: onAzure(lb({ "port_80_health-probe_port": "80" })) },
    {
      name: "Private Link with PROXY protocol and a probe of its own",
      given: onAzure(lb({ ...PLS, "port_80_health-probe_protocol": "tcp" }, { externalTrafficPolicy: "Local" })),
    },
    {
      name: "Private Link without PROXY protocol",
      given: onAzure(lb({ "azure-pls-create": "true" }, { externalTrafficPolicy: "Local" })),
    },
  ],
});
