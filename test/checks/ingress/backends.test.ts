import { check as endpoints } from "../../../src/checks/ingress/backend-endpoints.ts";
import { check as kind } from "../../../src/checks/ingress/backend-kind.ts";
import { check as port } from "../../../src/checks/ingress/backend-port.ts";
import { check as existing } from "../../../src/checks/ingress/backend-service.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, pod, service, slice } from "../../support/objects.ts";
import { ingress, ingressClass, nginxPod } from "./_objects.ts";

const NGINX = { ingressClasses: [ingressClass()], controllerPods: [nginxPod()] };
const AGIC = { ingressClasses: [ingressClass({ controller: "azure/application-gateway" })] };
const to = (...paths: readonly string[]) => [ingress({ rules: [{ host: "shop.example.com", paths }] })];
const action = ingress({ rules: [{ paths: ["/ Prefix redirect:use-annotation"] }] });
const alias = service({ spec: { type: "ExternalName", externalName: "db.example.com", selector: {}, ports: [] } });
const twoRoutes = to("/ Prefix web:80", "/api Prefix api:80");

checkCases(existing, {
  fires: [
    {
      name: "no such Service",
      given: { services: [service()], ingresses: to("/ Prefix wep:80") },
      expect: ["ingress/backend-service-missing error"],
    },
    {
      name: "a Service named twice is told once",
      given: { ingresses: to("/ Prefix api:80", "/v2 Prefix api:80") },
      expect: ["ingress/backend-service-missing"],
    },
    {
      name: "the same name in another namespace does not count, and is named",
      given: {
        allServices: [service({ metadata: { name: "web", namespace: "stage" } })],
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-service-missing error", "ingress/backend-cross-namespace warning"],
    },
    {
      name: "a name that many namespaces have is a coincidence",
      given: {
        allServices: ["a", "b", "c", "d"].map((namespace) => service({ metadata: { name: "web", namespace } })),
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-service-missing error"],
    },
    {
      name: "Services elsewhere may not be read",
      given: {
        allServices: { state: "unavailable", reason: "forbidden", detail: "is forbidden" },
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-service-missing error"],
    },
    {
      name: "another route than the one asked for",
      given: {
        services: [service()],
        ingresses: twoRoutes,
        allIngresses: twoRoutes,
        scope: { host: "shop.example.com", path: "/cart" },
      },
      expect: ["ingress/backend-service-missing warning"],
    },
    {
      name: "the default backend",
      given: { ingresses: [ingress({ rules: [], fallback: "none:80" })] },
      expect: ["ingress/backend-service-missing error"],
    },
  ],
  silent: [
    { name: "it exists", given: { services: [service()], ingresses: to("/ Prefix web:80") } },
    { name: "an action of the AWS controller", given: { ingresses: [action] }, status: "skipped" },
    { name: "a resource backend", given: { ingresses: to("/ Prefix Bucket/static") }, status: "skipped" },
  ],
});

checkCases(port, {
  fires: [
    {
      name: "a number that is no port",
      given: { ...NGINX, services: [service()], ingresses: to("/ Prefix web:9999") },
      expect: ["ingress/backend-port-missing error"],
    },
    {
      name: "a name that is no port",
      given: { services: [service()], ingresses: to("/ Prefix web:http") },
      expect: ["ingress/backend-port-missing error"],
    },
    {
      name: "the targetPort, with ingress-nginx",
      given: { ...NGINX, services: [service()], ingresses: to("/ Prefix web:8080") },
      expect: ["ingress/backend-port-is-target-port warning"],
    },
    {
      name: "the targetPort, with AGIC",
      given: { ...AGIC, services: [service()], ingresses: to("/ Prefix web:8080") },
      expect: ["ingress/backend-port-missing error"],
    },
    {
      name: "UDP",
      given: {
        services: [service({ spec: { ports: [{ port: 80, protocol: "UDP" }] } })],
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-port-udp error"],
    },
    {
      name: "another route than the one asked for",
      given: {
        services: [service(), service({ metadata: { name: "api" } })],
        ingresses: to("/ Prefix web:80", "/api Prefix api:81"),
        allIngresses: to("/ Prefix web:80", "/api Prefix api:81"),
        scope: { host: "shop.example.com", path: "/" },
      },
      expect: ["ingress/backend-port-missing warning"],
    },
  ],
  silent: [
    { name: "by number", given: { services: [service()], ingresses: to("/ Prefix web:80") } },
    {
      name: "by name",
      given: {
        services: [service({ spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } })],
        ingresses: to("/ Prefix web:http"),
      },
    },
    { name: "an ExternalName has no ports", given: { services: [alias], ingresses: to("/ Prefix web:443") } },
    { name: "an action of the AWS controller", given: { ingresses: [action] }, status: "skipped" },
    {
      name: "UDP and TCP on the same number",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { name: "u", port: 80, protocol: "UDP" },
                { name: "t", port: 80, protocol: "TCP" },
              ],
            },
          }),
        ],
        ingresses: to("/ Prefix web:80"),
      },
    },
    { name: "a Service that is missing is told elsewhere", given: { ingresses: to("/ Prefix none:80") } },
  ],
});

checkCases(endpoints, {
  fires: [
    {
      name: "none",
      given: { services: [service()], endpointSlices: [slice({ endpoints: [] })], ingresses: to("/ Prefix web:80") },
      expect: ["ingress/backend-no-endpoints error"],
    },
    {
      name: "of the port that is used, not of another",
      given: {
        services: [
          service({
            spec: {
              ports: [
                { name: "http", port: 80 },
                { name: "admin", port: 81 },
              ],
            },
          }),
        ],
        endpointSlices: [slice({ ports: [{ name: "http", port: 8080 }] })],
        ingresses: to("/ Prefix web:81"),
      },
      expect: ["ingress/backend-no-endpoints error"],
    },
    {
      name: "a canary",
      given: {
        services: [service()],
        endpointSlices: [],
        ingresses: [ingress({ annotations: { "nginx.ingress.kubernetes.io/canary": "true" } })],
      },
      expect: ["ingress/backend-no-endpoints warning"],
    },
    {
      name: "another route than the one asked for",
      given: {
        services: [service(), service({ metadata: { name: "api" } })],
        endpointSlices: [slice()],
        ingresses: twoRoutes,
        allIngresses: twoRoutes,
        scope: { host: "shop.example.com", path: "/cart" },
      },
      expect: ["ingress/backend-no-endpoints warning"],
    },
  ],
  silent: [
    {
      name: "its pods are seconds old: too early to tell",
      given: {
        services: [service()],
        pods: [pod({ metadata: { creationTimestamp: ago(5) }, status: { phase: "Pending" } })],
        endpointSlices: [slice({ endpoints: [] })],
        ingresses: to("/ Prefix web:80"),
      },
    },
    {
      name: "pods may not be read, and the slices changed seconds ago",
      given: {
        services: [service()],
        pods: { state: "unavailable", reason: "forbidden", detail: "pods is forbidden" },
        endpointSlices: [
          slice({
            metadata: { annotations: { "endpoints.kubernetes.io/last-change-trigger-time": ago(5) } },
            endpoints: [],
          }),
        ],
        ingresses: to("/ Prefix web:80"),
      },
    },
    {
      name: "one is ready",
      given: { services: [service()], endpointSlices: [slice()], ingresses: to("/ Prefix web:80") },
    },
    {
      name: "ingress-nginx takes the targetPort",
      given: { ...NGINX, services: [service()], endpointSlices: [slice()], ingresses: to("/ Prefix web:8080") },
    },
    {
      name: "a terminating one still serves",
      given: {
        services: [service()],
        endpointSlices: [
          slice({
            endpoints: [{ addresses: ["10.244.1.15"], conditions: { ready: false, serving: true, terminating: true } }],
          }),
        ],
        ingresses: to("/ Prefix web:80"),
      },
    },
    {
      name: "an ExternalName has none",
      given: { services: [alias], ingresses: to("/ Prefix web:80") },
      status: "skipped",
    },
    {
      name: "a port that is missing is told elsewhere",
      given: { services: [service()], ingresses: to("/ Prefix web:9999") },
      status: "skipped",
    },
    {
      name: "a Service that was made just now",
      given: { services: [service({ metadata: { creationTimestamp: ago(5) } })], ingresses: to("/ Prefix web:80") },
    },
  ],
});

checkCases(kind, {
  fires: [
    {
      name: "ExternalName",
      given: { services: [alias], ingresses: to("/ Prefix web:80") },
      expect: ["ingress/backend-externalname info"],
    },
    {
      name: "ExternalName, and the controller does not take them",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod(["--disable-svc-external-name"])],
        services: [alias],
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-externalname error"],
    },
    {
      name: "ExternalName localhost",
      given: {
        services: [service({ spec: { type: "ExternalName", externalName: "localhost" } })],
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-externalname error"],
    },
    {
      name: "a resource, with ingress-nginx",
      given: { ...NGINX, ingresses: to("/ Prefix Bucket/static") },
      expect: ["ingress/backend-resource warning"],
    },
    {
      name: "AWS instance targets and ClusterIP",
      given: {
        ingressClasses: [ingressClass({ controller: "ingress.k8s.aws/alb" })],
        services: [service()],
        ingresses: [ingress({ annotations: { "alb.ingress.kubernetes.io/target-type": "instance" } })],
      },
      expect: ["ingress/backend-needs-nodeport error"],
    },
    {
      name: "GKE without NEG",
      given: {
        ingressClasses: [ingressClass({ controller: "k8s.io/gce" })],
        services: [service()],
        ingresses: to("/ Prefix web:80"),
      },
      expect: ["ingress/backend-needs-nodeport error"],
    },
  ],
  silent: [
    {
      name: "a resource, with a controller that may know it",
      given: {
        ingressClasses: [ingressClass({ controller: "example.com/x" })],
        ingresses: to("/ Prefix Bucket/static"),
      },
    },
    { name: "a plain Service", given: { ...NGINX, services: [service()], ingresses: to("/ Prefix web:80") } },
    {
      name: "GKE with NEG",
      given: {
        ingressClasses: [ingressClass({ controller: "k8s.io/gce" })],
        services: [service({ metadata: { annotations: { "cloud.google.com/neg": '{"ingress":true}' } } })],
        ingresses: to("/ Prefix web:80"),
      },
    },
    {
      name: "AWS without the annotation: the class may set the target type",
      given: {
        ingressClasses: [ingressClass({ controller: "ingress.k8s.aws/alb" })],
        services: [service()],
        ingresses: to("/ Prefix web:80"),
      },
    },
  ],
});
