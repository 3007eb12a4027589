import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/svc/target-port-name.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { ago, pod, service } from "../../support/objects.ts";

const toHttp = service({ spec: { ports: [{ port: 80, targetPort: "http" }] } });
const withPorts = (name: string, ...ports: { name?: string; containerPort: number; protocol?: string }[]) =>
  pod({ metadata: { name }, spec: { containers: [{ name: "app", ports }] } });

checkCases(check, {
  fires: [
    {
      name: "the container port has another name",
      given: { services: [toHttp], pods: [withPorts("web-1", { name: "web", containerPort: 8080 })] },
      expect: ["svc/target-port-name-unresolved error"],
    },
    {
      name: "same name, other protocol",
      given: { services: [toHttp], pods: [withPorts("web-1", { name: "http", containerPort: 8080, protocol: "UDP" })] },
      expect: ["svc/target-port-name-unresolved error"],
    },
    {
      name: "only a plain init container has the name",
      given: {
        services: [toHttp],
        pods: [
          pod({
            spec: {
              containers: [{ name: "app" }],
              initContainers: [{ name: "init", ports: [{ name: "http", containerPort: 8080 }] }],
            },
          }),
        ],
      },
      expect: ["svc/target-port-name-unresolved error"],
    },
    {
      name: "one of two pods lacks it",
      given: { services: [toHttp], pods: [pod(), withPorts("web-2", { containerPort: 8080 })] },
      expect: ["svc/target-port-name-partial warning"],
    },
    {
      name: "headless: clients dial the pods, only SRV records lack the port",
      given: {
        services: [service({ spec: { clusterIP: "None", ports: [{ port: 80, targetPort: "grpc" }] } })],
        pods: [pod()],
      },
      expect: ["svc/target-port-name-unresolved warning"],
    },
    {
      name: "only the second port fails",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { name: "a", port: 80, targetPort: "http" },
                { name: "m", port: 9090, targetPort: "metrics" },
              ],
            },
          }),
        ],
        pods: [pod()],
      },
      expect: ["svc/target-port-name-unresolved error"],
    },
  ],
  silent: [
    { name: "the name is there", given: { services: [toHttp], pods: [pod()] } },
    {
      name: "a native sidecar declares it",
      given: {
        services: [service({ spec: { ports: [{ port: 80, targetPort: "proxy" }] } })],
        pods: [
          pod({
            spec: {
              initContainers: [
                { name: "mesh", restartPolicy: "Always", ports: [{ name: "proxy", containerPort: 15001 }] },
              ],
            },
          }),
        ],
      },
    },
    {
      name: "finished pods do not count",
      given: {
        services: [toHttp],
        pods: [
          pod(),
          pod({ metadata: { name: "old" }, spec: { containers: [{ name: "x" }] }, status: { phase: "Failed" } }),
        ],
      },
    },
    {
      name: "the old revision on its way out lacks it",
      given: {
        services: [toHttp],
        pods: [
          pod(),
          pod({ metadata: { name: "old", deletionTimestamp: ago(-20) }, spec: { containers: [{ name: "x" }] } }),
        ],
      },
    },
    { name: "numeric targetPort", given: { services: [service()], pods: [pod()] }, status: "skipped" },
    {
      name: "ExternalName",
      given: {
        services: [service({ spec: { type: "ExternalName", ports: [{ port: 80, targetPort: "x" }] } })],
        pods: [pod()],
      },
      status: "skipped",
    },
    {
      name: "no selector",
      given: { services: [service({ spec: { selector: {}, ports: [{ port: 80, targetPort: "x" }] } })], pods: [pod()] },
      status: "skipped",
    },
    {
      name: "--port asks for the port that resolves",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { port: 80, targetPort: "http" },
                { port: 9090, targetPort: "metrics" },
              ],
            },
          }),
        ],
        pods: [pod()],
        scope: { port: "80" },
      },
    },
  ],
});

it("patches the only candidate in", () => {
  const { findings } = runCheck(check, {
    services: [toHttp],
    pods: [withPorts("web-1", { name: "web", containerPort: 8080 })],
  });
  assert.equal(
    findings[0]?.remedy[0],
    `kubectl -n shop patch service web --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":"web"}]'`,
  );
});

it("does not propose the port that another service port already leads to", () => {
  const both = [
    { name: "a", port: 80, targetPort: "http" },
    { name: "m", port: 9090, targetPort: "metrics" },
  ];
  const { findings } = runCheck(check, { services: [service({ spec: { ports: both } })], pods: [pod()] });
  assert.match(findings[0]?.remedy[0] ?? "", /^# name a container port "metrics"/);
});
