import { check } from "../../../src/checks/svc/selector-overlap.ts";
import { checkCases } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";
import { BY_JOB, ownedBy } from "../../support/workloads.ts";

const of = (name: string, owner: string, port: number | undefined, hash = "abc") =>
  pod({
    metadata: { name, ...ownedBy(owner, hash) },
    spec: { containers: [{ name: "c", ...(port === undefined ? {} : { ports: [{ containerPort: port }] }) }] },
  });
const services = [service()];

checkCases(check, {
  fires: [
    {
      name: "a worker that declares another port",
      given: { services, pods: [of("web-1", "web", 8080), of("db-1", "db", 5432)] },
      expect: ["svc/selector-too-broad warning"],
    },
    {
      name: "a running Job pod beside the web pods",
      given: {
        services,
        pods: [of("web-1", "web", 8080), pod({ metadata: { name: "migrate-x", ownerReferences: BY_JOB } })],
      },
      expect: ["svc/selector-picks-job-pods warning"],
    },
  ],
  silent: [
    {
      name: "blue and green declare the port",
      given: { services, pods: [of("a", "blue", 8080), of("b", "green", 8080)] },
    },
    {
      name: "two ReplicaSets of one Deployment",
      given: { services, pods: [of("a", "web", 8080, "old"), of("b", "web", 9090, "new")] },
    },
    {
      name: "the other workload declares no ports: that proves nothing",
      given: { services, pods: [of("a", "web", 8080), of("b", "db", undefined)] },
    },
    { name: "nobody declares the port", given: { services, pods: [of("a", "web", 1), of("b", "db", 2)] } },
    { name: "the Service is for the Job", given: { services, pods: [pod({ metadata: { ownerReferences: BY_JOB } })] } },
    {
      name: "the Job is done",
      given: {
        services,
        pods: [
          of("a", "web", 8080),
          pod({ metadata: { name: "j", ownerReferences: BY_JOB }, status: { phase: "Succeeded" } }),
        ],
      },
    },
    { name: "no selector", given: { services: [service({ spec: { selector: {} } })], pods: [] }, status: "skipped" },
  ],
});
