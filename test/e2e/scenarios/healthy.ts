import { images } from "../../cluster/layout.ts";
import { deployment, service, template } from "./manifests.ts";
import type { Scenario } from "./scenario.ts";

const JOB_TEMPLATE = template({ container: { command: ["/bin/sh", "-c", "exit 0"], readinessProbe: undefined } });

/** A pod that no scheduler takes; its status is completed by hand into that of an evicted one. */
const EVICTED = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-evicted", labels: { app: "web" } },
  spec: { schedulerName: "nobody", containers: [{ name: "web", image: images.web }] },
};

export const HEALTHY: readonly Scenario[] = [
  {
    id: "H1",
    title: "finished Job pods and an evicted leftover beside good pods",
    objects: [
      deployment({ replicas: 2 }),
      service(),
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "batch" },
        spec: {
          completions: 3,
          parallelism: 3,
          template: { ...JOB_TEMPLATE, spec: { ...(JOB_TEMPLATE["spec"] as object), restartPolicy: "Never" } },
        },
      },
      EVICTED,
    ],
    afterwards: async (kubectl, namespace) => {
      const uid = await kubectl(["-n", namespace, "get", "replicaset", "-o", "jsonpath={.items[0].metadata.uid}"]);
      const name = await kubectl(["-n", namespace, "get", "replicaset", "-o", "jsonpath={.items[0].metadata.name}"]);
      const owner = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name, uid, controller: true }];
      const owned = { metadata: { ownerReferences: owner, labels: { "pod-template-hash": name.replace("web-", "") } } };
      const evicted = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
      await kubectl([
        "-n",
        namespace,
        "patch",
        "pod",
        "web-evicted",
        "--subresource=status",
        "-p",
        JSON.stringify({ status: evicted }),
      ]);
      await kubectl(["-n", namespace, "patch", "pod", "web-evicted", "-p", JSON.stringify(owned)]);
      await kubectl(["-n", namespace, "wait", "--for=condition=Complete", "job/batch", "--timeout=60s"]);
    },
    command: ["svc", "web"],
    first: [],
    never: ["svc/some-endpoints-not-ready", "pod/failed error", "pod/evicted error", "pod/completed error"],
    exit: 0,
  },
  {
    id: "H3",
    title: "headless StatefulSet that publishes unready addresses, while its first pod boots",
    objects: [
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: "web" },
        spec: {
          serviceName: "web",
          selector: { matchLabels: { app: "web" } },
          template: template({ container: { readinessProbe: { httpGet: { path: "/status/404", port: 8080 } } } }),
        },
      },
      service({ clusterIP: "None", publishNotReadyAddresses: true, ports: [{ port: 8080, targetPort: 8080 }] }),
    ],
    command: ["svc", "web"],
    first: [],
    never: ["svc/no-ready-endpoints", "* error", "svc/publish-not-ready warning"],
    exit: 0,
  },
  {
    id: "H4",
    title: "ExternalName",
    objects: [service({ type: "ExternalName", externalName: "db.example.com", selector: undefined, ports: undefined })],
    command: ["svc", "web"],
    first: [],
    never: ["svc/selector-*", "svc/no-ready-endpoints", "svc/port-*", "* error", "* warning"],
    exit: 0,
  },
  {
    id: "H5",
    title: "no selector, endpoints written by hand, readiness not said",
    objects: [
      service({ selector: undefined, ports: [{ port: 80, targetPort: 8080 }] }),
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "web-manual", labels: { "kubernetes.io/service-name": "web" } },
        addressType: "IPv4",
        ports: [{ name: "", port: 8080, protocol: "TCP" }],
        endpoints: [{ addresses: ["192.0.2.10"] }],
      },
    ],
    command: ["svc", "web"],
    first: [],
    never: ["svc/selector-matches-nothing", "svc/no-ready-endpoints", "* error", "* warning"],
    exit: 0,
  },
  {
    id: "H6",
    title: "the Service targets a port of a native sidecar; a plain init container is done",
    objects: [
      deployment({
        pod: {
          initContainers: [
            { name: "setup", image: images.web, command: ["/bin/sh", "-c", "exit 0"] },
            {
              name: "proxy",
              image: images.web,
              restartPolicy: "Always",
              env: [{ name: "LISTEN", value: "http://0.0.0.0:9000" }],
              ports: [{ name: "proxy", containerPort: 9000 }],
            },
          ],
        },
      }),
      service({ ports: [{ port: 80, targetPort: "proxy" }] }),
    ],
    command: ["svc", "web"],
    first: [],
    never: ["svc/target-port-name-unresolved", "pod/init-waiting", "* error", "* warning"],
    exit: 0,
  },
  {
    id: "H7",
    title: "pods that declare no ports, and a numeric targetPort",
    objects: [deployment({ container: { ports: [] } }), service()],
    command: ["svc", "web"],
    first: [],
    never: ["svc/target-port-undeclared", "* error", "* warning"],
    exit: 0,
  },
  {
    id: "H9",
    title: "externalTrafficPolicy Local with endpoints on one node of several",
    objects: [
      deployment(),
      service(
        { type: "LoadBalancer", externalTrafficPolicy: "Local" },
        { annotations: { "service.beta.kubernetes.io/azure-load-balancer-internal": "True" } },
      ),
    ],
    command: ["svc", "web"],
    first: [],
    never: [
      "svc/external-local-partial warning",
      "node/cordoned warning",
      "azure/internal-annotation-ineffective",
      "* error",
      "* warning",
    ],
    exit: 0,
  },
];
