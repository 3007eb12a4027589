/** Checks about the port that a policy names and the port that arrives. */
import { check as named } from "../../../src/checks/net/policy-named-port-missing.ts";
import { check as port } from "../../../src/checks/net/policy-port.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { policy } from "./objects.ts";

checkCases(named, {
  fires: [
    {
      name: "a name nobody declares",
      given: { pods: [pod()], networkPolicies: [policy([{ ports: [{ port: "web" }] }])] },
      expect: ["net/policy-named-port-missing warning"],
    },
    {
      name: "the name with another protocol",
      given: { pods: [pod()], networkPolicies: [policy([{ ports: [{ port: "http", protocol: "UDP" }] }])] },
      expect: ["net/policy-named-port-missing"],
    },
    {
      name: "pods that declare nothing",
      given: {
        pods: [pod({ spec: { containers: [{ name: "web" }] } })],
        networkPolicies: [policy([{ ports: [{ port: "http" }] }])],
      },
      expect: ["net/policy-named-port-missing"],
    },
  ],
  silent: [
    { name: "declared", given: { pods: [pod()], networkPolicies: [policy([{ ports: [{ port: "http" }] }])] } },
    {
      name: "a native sidecar declares it",
      given: {
        pods: [
          pod({
            spec: {
              containers: [{ name: "web" }],
              initContainers: [{ name: "mesh", restartPolicy: "Always", ports: [{ name: "http", containerPort: 80 }] }],
            },
          }),
        ],
        networkPolicies: [policy([{ ports: [{ port: "http" }] }])],
      },
    },
    {
      name: "another port of the rule fits: the list serves several versions",
      given: { pods: [pod()], networkPolicies: [policy([{ ports: [{ port: "web" }, { port: 8080 }] }])] },
    },
    {
      name: "a policy for the whole namespace",
      given: {
        pods: [pod()],
        networkPolicies: [policy([{ ports: [{ port: "web" }] }], { spec: { podSelector: {} } })],
      },
    },
    { name: "numbers", given: { pods: [pod()], networkPolicies: [policy([{ ports: [{ port: 81 }] }])] } },
  ],
});

const UDP = service({ spec: { selector: { app: "web" }, ports: [{ port: 53, targetPort: 5353, protocol: "UDP" }] } });

checkCases(port, {
  fires: [
    {
      name: "the rule names the Service's port",
      given: { pods: [pod()], services: [service()], networkPolicies: [policy([{ ports: [{ port: 80 }] }])] },
      expect: ["net/policy-uses-service-port warning"],
    },
    {
      name: "UDP service, TCP rule",
      given: { pods: [pod()], services: [UDP], networkPolicies: [policy([{ ports: [{ port: 5353 }] }])] },
      expect: ["net/policy-protocol-default info"],
    },
  ],
  silent: [
    {
      name: "the rule names the pod's port",
      given: { pods: [pod()], services: [service()], networkPolicies: [policy([{ ports: [{ port: 8080 }] }])] },
    },
    {
      name: "a range covers it",
      given: {
        pods: [pod()],
        services: [service()],
        networkPolicies: [policy([{ ports: [{ port: 80 }, { port: 8000, endPort: 9000 }] }])],
      },
    },
    {
      name: "another policy lets the pod's port in",
      given: {
        pods: [pod()],
        services: [service()],
        networkPolicies: [policy([{ ports: [{ port: 80 }] }]), policy([{}], { name: "b" })],
      },
    },
    {
      name: "the pod declares that number too",
      given: {
        pods: [pod({ spec: { containers: [{ name: "web", ports: [{ containerPort: 80 }] }] } })],
        services: [service()],
        networkPolicies: [policy([{ ports: [{ port: 80 }] }])],
      },
    },
    {
      name: "UDP is allowed",
      given: {
        pods: [pod()],
        services: [UDP],
        networkPolicies: [policy([{ ports: [{ port: 5353, protocol: "UDP" }] }])],
      },
    },
    { name: "no policy", given: { pods: [pod()], services: [service()], networkPolicies: [] } },
  ],
});
