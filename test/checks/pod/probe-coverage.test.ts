import { check } from "../../../src/checks/pod/probe-coverage.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";

const probedOn = (port: number, more: Pod["spec"] = {}) =>
  pod({
    spec: {
      containers: [{ name: "web", ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port } } }],
      ...more,
    },
  });

checkCases(check, {
  fires: [
    {
      name: "no readiness probe",
      given: { pods: [pod()], services: [service()] },
      expect: ["pod/no-readiness-probe info"],
    },
    {
      name: "a health port of its own",
      given: { pods: [probedOn(9000)], services: [service()] },
      expect: ["pod/probe-differs-from-service info"],
    },
  ],
  silent: [
    { name: "the probe asks the port that is served", given: { pods: [probedOn(8080)], services: [service()] } },
    {
      name: "no Service selects the pod",
      given: { pods: [pod()], services: [service({ spec: { selector: { app: "other" } } })] },
    },
    {
      name: "a daemon on the host network",
      given: { pods: [pod({ spec: { hostNetwork: true } })], services: [service()] },
    },
    {
      name: "Services may not be read",
      given: { pods: [pod()], services: { state: "unavailable", reason: "forbidden", detail: "no" } },
      status: "unknown",
    },
  ],
});
