import { check } from "../../../src/checks/svc/lb-port-error.ts";
import type { Service } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

const lb = (status: NonNullable<Service["status"]>) => service({ spec: { type: "LoadBalancer" }, status });

checkCases(check, {
  fires: [
    {
      name: "a port is refused",
      given: {
        services: [
          lb({
            loadBalancer: {
              ingress: [
                {
                  ip: "20.62.1.9",
                  ports: [{ port: 53, protocol: "UDP", error: "LoadBalancerMixedProtocolNotSupported" }],
                },
              ],
            },
          }),
        ],
      },
      expect: ["svc/lb-port-error error"],
    },
    {
      name: "the condition says so",
      given: {
        services: [
          lb({
            conditions: [
              {
                type: "LoadBalancerPortsError",
                status: "True",
                reason: "LoadBalancerMixedProtocolNotSupported",
                message: "",
                lastTransitionTime: "2026-11-22T11:00:00Z",
              },
            ],
          }),
        ],
      },
      expect: ["svc/lb-port-error error"],
    },
  ],
  silent: [
    {
      name: "ports without an error",
      given: {
        services: [lb({ loadBalancer: { ingress: [{ ip: "20.62.1.9", ports: [{ port: 80, protocol: "TCP" }] }] } })],
      },
    },
    {
      name: "the condition is False",
      given: { services: [lb({ conditions: [{ type: "LoadBalancerPortsError", status: "False" }] })] },
    },
    { name: "no LoadBalancer", given: { services: [service()] }, status: "skipped" },
  ],
});
