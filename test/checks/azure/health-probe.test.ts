import { check } from "../../../src/checks/azure/health-probe.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const ports = (appProtocol: string) => ({
  ports: [{ port: 80, targetPort: 8080, nodePort: 31080, protocol: "TCP", appProtocol }],
});
const http = lb({}, ports("http"));
const PLS = { "azure-pls-create": "true", "azure-pls-proxy-protocol": "true" };
const DEFAULT = "azure/probe-http-default-path";

checkCases(check, {
  fires: [
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
