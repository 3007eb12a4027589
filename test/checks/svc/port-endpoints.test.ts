import { check } from "../../../src/checks/svc/port-endpoints.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, service, slice } from "../../support/objects.ts";

const http = { name: "http", port: 80, targetPort: "http" };
const metrics = { name: "metrics", port: 9090, targetPort: "metrics" };

checkCases(check, {
  fires: [
    {
      name: "the second port is in no slice",
      given: {
        services: [service({ spec: { ports: [http, metrics] } })],
        endpointSlices: [slice({ ports: [{ name: "http", port: 8080 }] })],
      },
      expect: ["svc/port-has-no-endpoints error"],
    },
    {
      name: "ready addresses without any port: the only targetPort resolves nowhere",
      given: { services: [service({ spec: { ports: [http] } })], endpointSlices: [slice({ ports: [] })] },
      expect: ["svc/port-has-no-endpoints error"],
    },
    {
      name: "headless: only SRV records lack it",
      given: {
        services: [service({ spec: { clusterIP: "None", ports: [http] } })],
        endpointSlices: [slice({ ports: [] })],
      },
      expect: ["svc/port-has-no-endpoints warning"],
    },
    {
      name: "the port's only endpoint is not ready while another port has a ready one",
      given: {
        services: [service({ spec: { ports: [http, metrics] } })],
        endpointSlices: [
          slice({ ports: [{ name: "http", port: 8080 }] }),
          slice({
            metadata: { name: "web-two" },
            ports: [{ name: "metrics", port: 9090 }],
            endpoints: [{ addresses: ["10.244.1.16"], conditions: { ready: false, serving: false } }],
          }),
        ],
      },
      expect: ["svc/port-has-no-endpoints error"],
    },
  ],
  silent: [
    {
      name: "an unnamed port: nil and empty are one name",
      given: { services: [service()], endpointSlices: [slice({ ports: [{ port: 8080 }] })] },
    },
    {
      name: "pods that resolve a name differently are in slices of their own",
      given: {
        services: [service({ spec: { ports: [http, metrics] } })],
        endpointSlices: [
          slice({ ports: [{ name: "http", port: 8080 }] }),
          slice({
            metadata: { name: "web-two" },
            ports: [
              { name: "http", port: 8081 },
              { name: "metrics", port: 9090 },
            ],
          }),
        ],
      },
    },
    {
      name: "headless without ports",
      given: {
        services: [service({ spec: { clusterIP: "None", ports: [] } })],
        endpointSlices: [slice({ ports: [] })],
      },
      status: "skipped",
    },
    {
      name: "nothing usable at all is another question",
      given: { services: [service()], endpointSlices: [slice({ endpoints: [], ports: [] })] },
      status: "skipped",
    },
    {
      name: "no selector: the port names of hand-made slices are another question",
      given: { services: [service({ spec: { selector: {} } })], endpointSlices: [slice({ ports: [] })] },
      status: "skipped",
    },
    {
      name: "made seconds ago",
      given: {
        services: [service({ metadata: { creationTimestamp: ago(3) } })],
        endpointSlices: [slice({ ports: [] })],
      },
    },
    {
      name: "slices may not be read",
      given: {
        services: [service()],
        endpointSlices: { state: "unavailable", reason: "forbidden", detail: "forbidden" },
      },
      status: "unknown",
    },
  ],
});
