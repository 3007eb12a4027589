import { check } from "../../../src/checks/svc/target-port-number.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";

const declaring = (...ports: { containerPort: number; protocol?: string; name?: string }[]) =>
  pod({ spec: { containers: [{ name: "app", ports }] } });
const to = (targetPort: number, protocol = "TCP", port = 80) =>
  service({ spec: { ports: [{ port, targetPort, protocol }] } });

checkCases(check, {
  fires: [
    {
      name: "80 while the pods declare 8080: it was left out",
      given: { services: [to(80)], pods: [pod()] },
      expect: ["svc/target-port-undeclared warning", "svc/target-port-equals-service-port-by-default info"],
    },
    {
      name: "8081 while the pods declare 8080",
      given: { services: [to(8081)], pods: [pod()] },
      expect: ["svc/target-port-undeclared warning"],
    },
    {
      name: "the pods say UDP, the Service says TCP, which is what it gets by default",
      given: { services: [to(53, "TCP", 53)], pods: [declaring({ containerPort: 53, protocol: "UDP" })] },
      expect: ["svc/protocol-mismatch error"],
    },
    {
      name: "the pods say TCP, perhaps by default, the Service says UDP",
      given: { services: [to(5060, "UDP", 5060)], pods: [declaring({ containerPort: 5060 })] },
      expect: ["svc/protocol-mismatch warning"],
    },
    {
      name: "the Service serves both protocols, the pods list one",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { name: "u", port: 53, targetPort: 53, protocol: "UDP" },
                { name: "t", port: 53, targetPort: 53, protocol: "TCP" },
              ],
            },
          }),
        ],
        pods: [declaring({ containerPort: 53, protocol: "UDP" })],
      },
      expect: ["svc/protocol-mismatch warning"],
    },
  ],
  silent: [
    { name: "declared", given: { services: [service()], pods: [pod()] } },
    {
      name: "pods declare no ports: declaring is optional",
      given: { services: [to(9000)], pods: [pod({ spec: { containers: [{ name: "app" }] } })] },
    },
    {
      name: "one of the pods declares it",
      given: {
        services: [to(9000)],
        pods: [
          pod({ metadata: { name: "web-2" }, spec: { containers: [{ name: "a", ports: [{ containerPort: 9000 }] }] } }),
          pod(),
        ],
      },
    },
    {
      name: "only ports of the other protocol are declared, of other numbers",
      given: { services: [to(9000)], pods: [declaring({ containerPort: 8125, protocol: "UDP" })] },
    },
    {
      name: "named targetPort",
      given: { services: [service({ spec: { ports: [{ port: 80, targetPort: "http" }] } })], pods: [pod()] },
      status: "skipped",
    },
    {
      name: "no selector",
      given: { services: [service({ spec: { selector: {} } })], pods: [pod()] },
      status: "skipped",
    },
  ],
});
