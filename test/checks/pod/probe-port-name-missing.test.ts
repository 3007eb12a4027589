import { check } from "../../../src/checks/pod/probe-port-name-missing.ts";
import type { Container } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { pod } from "../../support/objects.ts";

const probing = (port: number | string, more: Container[] = []) =>
  pod({
    spec: {
      containers: [
        { name: "web", ports: [{ name: "http", containerPort: 8080 }], readinessProbe: { httpGet: { port } } },
        ...more,
      ],
    },
  });

checkCases(check, {
  fires: [
    {
      name: "the name is not declared",
      given: { pods: [probing("health")] },
      expect: ["pod/probe-port-name-missing error"],
    },
    {
      name: "only another container declares it",
      given: { pods: [probing("health", [{ name: "side", ports: [{ name: "health", containerPort: 9000 }] }])] },
      expect: ["pod/probe-port-name-missing error"],
    },
  ],
  silent: [
    { name: "declared", given: { pods: [probing("http")] } },
    { name: "a number needs no declaration", given: { pods: [probing(9999)] } },
    { name: "a number in quotes", given: { pods: [probing("9999")] } },
    { name: "no probe", given: { pods: [pod()] } },
    { name: "the pod has ended", given: { pods: [{ ...probing("health"), status: { phase: "Failed" } }] } },
  ],
});
