import { check } from "../../../src/checks/svc/manual-endpoints.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, service, slice } from "../../support/objects.ts";

const manual = (given: Parameters<typeof service>[0] = {}) =>
  service({ ...given, spec: { selector: {}, ...given.spec } });
const services = [manual()];
const to = (ip: string, ports = [{ port: 8080, protocol: "TCP" }]) =>
  slice({
    metadata: { name: "web-manual", labels: { "kubernetes.io/service-name": "web" } },
    endpoints: [{ addresses: [ip] }],
    ports,
  });

checkCases(check, {
  fires: [
    {
      name: "no slice at all",
      given: { services, endpointSlices: [] },
      expect: ["svc/no-selector-no-endpoints error"],
    },
    {
      name: "a slice without addresses",
      given: { services, endpointSlices: [slice({ endpoints: [] })] },
      expect: ["svc/no-selector-no-endpoints error"],
    },
    {
      name: "made two minutes ago: an operator may still write it",
      given: { services: [manual({ metadata: { creationTimestamp: ago(120) } })], endpointSlices: [] },
      expect: ["svc/no-selector-no-endpoints warning"],
    },
    {
      name: "the slice lacks the label of this Service",
      given: { services, endpointSlices: [slice({ metadata: { labels: {} } })] },
      expect: ["svc/no-selector-no-endpoints error"],
    },
    {
      name: "the Service's port is named, the slice's is not",
      given: {
        services: [manual({ spec: { ports: [{ name: "http", port: 80 }] } })],
        endpointSlices: [to("192.0.2.10")],
      },
      expect: ["svc/manual-endpoint-port-name error"],
    },
    {
      name: "same name, other protocol",
      given: { services, endpointSlices: [to("192.0.2.10", [{ port: 8080, protocol: "UDP" }])] },
      expect: ["svc/manual-endpoint-port-name error"],
    },
    {
      name: "a loopback address",
      given: { services, endpointSlices: [to("127.0.0.1")] },
      expect: ["svc/manual-endpoint-bad-address error"],
    },
    {
      name: "a link-local address",
      given: { services, endpointSlices: [to("169.254.169.254")] },
      expect: ["svc/manual-endpoint-bad-address error"],
    },
    {
      name: "the cluster IP of another Service",
      given: {
        scope: { services },
        services: [
          ...services,
          service({ metadata: { name: "db" }, spec: { clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] } }),
        ],
        endpointSlices: [to("10.96.0.9")],
      },
      expect: ["svc/manual-endpoint-bad-address error"],
    },
    {
      name: "slices whose author says that none of the endpoints is ready",
      given: {
        services,
        endpointSlices: [
          slice({
            metadata: { name: "web-manual" },
            endpoints: [{ addresses: ["192.0.2.10"], conditions: { ready: false } }],
          }),
        ],
      },
      expect: ["svc/no-selector-no-endpoints error"],
    },
    {
      name: "of two ports only the one that nothing serves now is right in the slices",
      given: {
        services: [manual({ spec: { ports: [{ name: "http", port: 80 }] } })],
        endpointSlices: [
          slice({
            metadata: { name: "web-http" },
            ports: [{ name: "http", port: 8080, protocol: "TCP" }],
            endpoints: [{ addresses: ["192.0.2.10"], conditions: { ready: false } }],
          }),
          slice({
            metadata: { name: "web-admin" },
            ports: [{ name: "admin", port: 9090, protocol: "TCP" }],
            endpoints: [{ addresses: ["192.0.2.10"], conditions: { ready: true } }],
          }),
        ],
      },
      expect: ["svc/manual-endpoint-port-name error"],
    },
  ],
  silent: [
    { name: "a hand-made slice with nil ready (H5)", given: { services, endpointSlices: [to("192.0.2.10")] } },
    {
      name: "headless: names of ports do not join anything",
      given: {
        services: [manual({ spec: { clusterIP: "None", ports: [{ name: "x", port: 1 }] } })],
        endpointSlices: [to("192.0.2.10")],
      },
    },
    { name: "it has a selector", given: { services: [service()], endpointSlices: [] }, status: "skipped" },
    {
      name: "ExternalName",
      given: { services: [manual({ spec: { type: "ExternalName" } })], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "the API server's own Service",
      given: { services: [manual({ metadata: { name: "kubernetes", namespace: "default" } })], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "an operator owns it and writes the slice when it is ready",
      given: {
        services: [manual({ metadata: { labels: { "networking.internal.knative.dev/serviceType": "Public" } } })],
        endpointSlices: [],
      },
      status: "unknown",
    },
    {
      name: "a controller owns it",
      given: {
        services: [
          manual({
            metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Route", name: "r", uid: "u", controller: true }] },
          }),
        ],
        endpointSlices: [],
      },
      status: "unknown",
    },
    {
      name: "a name to hold a lock with",
      given: { services: [manual({ spec: { clusterIP: "None", ports: [] } })], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "a manifest",
      given: {
        services: [{ kind: "Service", metadata: { name: "web", namespace: "shop" }, spec: { ports: [{ port: 80 }] } }],
        endpointSlices: [],
      },
      status: "unknown",
    },
    {
      name: "slices are not in the dump",
      given: { services, endpointSlices: { state: "unavailable", reason: "not-in-dump", detail: "none" } },
      status: "unknown",
    },
  ],
});
