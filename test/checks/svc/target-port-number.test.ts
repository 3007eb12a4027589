import { check } from "../../../src/checks/svc/target-port-number.ts";
import type { Service } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";

const declaring = (...ports: { containerPort: number; protocol?: string; name?: string }[]) =>
  pod({ spec: { containers: [{ name: "app", ports }] } });
const to = (targetPort: number, protocol = "TCP", port = 80) =>
  service({ spec: { ports: [{ port, targetPort, protocol }] } });

const dns = (name: string, protocol: string, spec: object = {}, targetPort: number | string = 53) =>
  service({ metadata: { name }, spec: { ports: [{ port: 53, targetPort, protocol }], ...spec } });
const only = (judged: Service) => ({ services: [judged] });
const UDP_ONLY = declaring({ containerPort: 53, protocol: "UDP", name: "dns" });
const TCP_ONLY = declaring({ containerPort: 53, name: "dns" });
const BOTH = declaring({ containerPort: 53, protocol: "UDP" }, { containerPort: 53, name: "dns-tcp" });
const LISTED = ["UDP", "TCP", "both"];

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
      name: "the Service sends both protocols there, from different ports: no pair, and no contradiction either",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { name: "u", port: 53, targetPort: 53, protocol: "UDP" },
                { name: "t", port: 853, targetPort: 53, protocol: "TCP" },
              ],
            },
          }),
        ],
        pods: [UDP_ONLY],
      },
      expect: ["svc/protocol-mismatch warning"],
    },
    {
      name: "another Service over the same pods sends the declared protocol there, from another port",
      given: {
        services: [to(53, "TCP", 5353), dns("dns-udp", "UDP")],
        scope: only(to(53, "TCP", 5353)),
        pods: [UDP_ONLY],
      },
      expect: ["svc/protocol-mismatch warning"],
    },
    {
      name: "another Service has the other half, over other pods or in another namespace",
      given: {
        services: [
          dns("dns-udp", "UDP", { selector: { app: "other" } }),
          { ...dns("dns-udp", "UDP"), metadata: { name: "dns-udp", namespace: "edge" } },
        ],
        scope: only(dns("dns-tcp", "TCP")),
        pods: [UDP_ONLY],
      },
      expect: ["svc/protocol-mismatch error"],
    },
    {
      name: "whether another Service has the other half could not be read",
      given: {
        services: [dns("dns-tcp", "TCP")],
        allServices: { state: "unavailable", reason: "forbidden", detail: "services is forbidden" },
        pods: [UDP_ONLY],
      },
      expect: ["svc/protocol-mismatch warning"],
    },
  ],
  silent: [
    ...[UDP_ONLY, TCP_ONLY, BOTH].flatMap((pod, i) => [
      {
        name: `DNS by TCP and UDP in one Service, the pods list ${LISTED[i]}`,
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
          pods: [pod],
        },
      },
      {
        name: `DNS by TCP and UDP in two Services, the pods list ${LISTED[i]}`,
        given: { services: [dns("dns-tcp", "TCP"), dns("dns-udp", "UDP")], pods: [pod] },
      },
      {
        name: `one of two such Services alone, the pods list ${LISTED[i]}`,
        given: {
          services: [dns("dns-udp", "UDP")],
          allServices: [dns("dns-udp", "UDP"), dns("dns-tcp", "TCP")],
          pods: [pod],
        },
      },
    ]),
    {
      name: "the other half sends to the declared port by its name",
      given: {
        services: [dns("dns-tcp", "TCP"), dns("dns-udp", "UDP", {}, "dns")],
        scope: only(dns("dns-tcp", "TCP")),
        pods: [UDP_ONLY],
      },
    },
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
