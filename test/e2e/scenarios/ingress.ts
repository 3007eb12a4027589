/** Ingresses on a real ingress-nginx. Hosts carry the scenario's id: the controller serves those of all namespaces. */

import { images } from "../../cluster/layout.ts";
import { certificate, type KeyPair } from "../../support/certs.ts";
import { deployment, service } from "./manifests.ts";
import type { Scenario } from "./scenario.ts";

type Json = { readonly [key: string]: unknown };

interface Given {
  readonly name?: string;
  readonly annotations?: Json;
  /** Merged into the spec. */
  readonly spec?: Json;
  readonly port?: number | string;
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: string;
  /** `null`: none. */
  readonly className?: string | null;
}

/** An Ingress `web` of class nginx: host/ → web:80. */
export function ingress(host: string, given: Given = {}): Json {
  const port = typeof given.port === "string" ? { name: given.port } : { number: given.port ?? 80 };
  const path = {
    path: given.path ?? "/",
    pathType: given.pathType ?? "Prefix",
    backend: { service: { name: given.backend ?? "web", port } },
  };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: given.name ?? "web", annotations: given.annotations ?? {} },
    spec: {
      ingressClassName: given.className === null ? undefined : (given.className ?? "nginx"),
      rules: [{ host, http: { paths: [path] } }],
      ...given.spec,
    },
  };
}

/** A TLS Secret `web-tls`. */
export function tlsSecret(pair: KeyPair): Json {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "web-tls" },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(pair.cert), "tls.key": base64(pair.key) },
  };
}

const NGINX_LABELS = { "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "asleep" };

const hostOf = (id: string): string => `s${id}.netcheck.test`;
const app = (): readonly Json[] => [deployment(), service()];
const withTls = (id: string): Json =>
  ingress(hostOf(id), {
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: [hostOf(id)], secretName: "web-tls" }],
      rules: [
        {
          host: hostOf(id),
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
          },
        },
      ],
    },
  });

/** What a pod looks like to whoever seeks AGIC: here it only has to be there. */
const AGIC_POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "ingress-azure", labels: { app: "ingress-azure" } },
  spec: (deployment() as { spec: { template: { spec: Json } } }).spec.template.spec,
};

export const INGRESS: readonly Scenario[] = [
  {
    id: "24",
    title: "the class name has a typo",
    objects: [
      ...app(),
      ingress(hostOf("24"), {
        spec: {
          ingressClassName: "nginxx",
          rules: [
            {
              host: hostOf("24"),
              http: {
                paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
              },
            },
          ],
        },
      }),
    ],
    command: ["ingress", "web"],
    first: ["ingress/class-not-found"],
    never: ["ingress/backend-*", "svc/*"],
    exit: 1,
  },
  {
    id: "25",
    title: "no class, and no controller takes such Ingresses",
    objects: [...app(), ingress(hostOf("25"), { spec: { ingressClassName: undefined } })],
    command: ["ingress", "web"],
    first: ["ingress/class-missing"],
    never: ["ingress/multiple-default-classes", "ingress/backend-*"],
    exit: 1,
  },
  {
    id: "26",
    title: "the backend names the pods' port, and the controller is AGIC",
    objects: [
      ...app(),
      AGIC_POD,
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name: "netcheck-agic" },
        spec: { controller: "azure/application-gateway" },
      },
      ingress(hostOf("26"), {
        port: 8080,
        spec: {
          ingressClassName: "netcheck-agic",
          rules: [
            {
              host: hostOf("26"),
              http: {
                paths: [
                  { path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 8080 } } } },
                ],
              },
            },
          ],
        },
      }),
    ],
    command: ["ingress", "web"],
    first: ["ingress/backend-port-missing"],
    never: ["ingress/backend-port-is-target-port", "ingress/class-*"],
    exit: 1,
  },
  {
    id: "26n",
    title: "the same with ingress-nginx, which tolerates it",
    objects: [...app(), ingress(hostOf("26n"), { port: 8080 })],
    command: ["ingress", "web"],
    first: ["ingress/backend-port-is-target-port warning"],
    never: ["* error"],
    exit: 0,
  },
  {
    id: "27",
    title: "the TLS Secret is missing",
    // An empty list does not say in a dump of what it is a list: with another Secret it does.
    objects: [...app(), { apiVersion: "v1", kind: "Secret", metadata: { name: "other" } }, withTls("27")],
    command: ["ingress", "web"],
    first: ["ingress/tls-secret-missing"],
    never: ["ingress/tls-host-mismatch", "ingress/backend-*", "svc/*"],
    exit: 1,
  },
  {
    id: "28",
    title: "the certificate is for another host",
    objects: [...app(), tlsSecret(certificate({ name: "other", hosts: ["other.netcheck.test"] })), withTls("28")],
    command: ["ingress", "web"],
    first: ["ingress/tls-host-mismatch"],
    never: ["ingress/tls-secret-missing", "ingress/tls-expired"],
    exit: 1,
  },
  {
    id: "tls-expired",
    title: "the certificate has expired",
    objects: [
      ...app(),
      tlsSecret(certificate({ name: "web", hosts: [hostOf("tls-expired")], notAfter: "2024-01-01" })),
      withTls("tls-expired"),
    ],
    command: ["ingress", "web"],
    first: ["ingress/tls-expired"],
    never: ["ingress/tls-secret-missing", "ingress/tls-host-mismatch"],
    exit: 1,
  },
  {
    id: "tls-key",
    title: "the key belongs to another certificate",
    objects: [
      ...app(),
      tlsSecret({
        cert: certificate({ name: "web", hosts: [hostOf("tls-key")] }).cert,
        key: certificate({ name: "web", hosts: [hostOf("tls-key")] }).key,
      }),
      withTls("tls-key"),
    ],
    command: ["ingress", "web"],
    first: ["ingress/tls-key-mismatch"],
    never: ["ingress/tls-secret-missing", "ingress/tls-host-mismatch"],
    exit: 1,
  },
  {
    id: "tls-good",
    title: "a good certificate",
    objects: [...app(), tlsSecret(certificate({ name: "web", hosts: [hostOf("tls-good")] })), withTls("tls-good")],
    command: ["ingress", "web"],
    first: [],
    never: ["* error", "* warning"],
    exit: 0,
  },
  {
    id: "port",
    title: "backend port 9999 against an unnamed port 80",
    objects: [...app(), ingress(hostOf("port"), { port: 9999 })],
    command: ["ingress", "web"],
    first: ["ingress/backend-port-missing"],
    never: ["svc/*", "ingress/backend-no-endpoints"],
    exit: 1,
  },
  {
    id: "service",
    title: "the Service's name has a typo",
    objects: [...app(), ingress(hostOf("service"), { backend: "wep" })],
    command: ["ingress", "web"],
    first: ["ingress/backend-service-missing"],
    never: ["svc/*", "ingress/backend-no-endpoints"],
    exit: 1,
  },
  {
    id: "descends",
    title: "the app behind one of two backends crashes",
    objects: [
      ...app(),
      deployment({ name: "api", env: { CRASH_AFTER: "500ms" } }),
      { ...service({ selector: { app: "api" } }), metadata: { name: "api" } },
      ingress(hostOf("descends"), { path: "/api", backend: "api" }),
    ],
    command: ["ingress", "web"],
    first: ["pod/container-crash-loop"],
    consequences: ["svc/no-ready-endpoints", "ingress/backend-no-endpoints"],
    never: ["ingress/class-*"],
    exit: 1,
    seconds: 120,
  },
  {
    id: "two",
    title: "two Ingresses fight for one host and path",
    objects: [
      ...app(),
      ingress(hostOf("two"), { name: "first", backend: "web" }),
      { ...service(), metadata: { name: "other" } },
    ],
    afterwards: async (kubectl, namespace) => {
      // Who is older is told by seconds.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const late = ingress(hostOf("two"), { name: "web", backend: "other" });
      await kubectl(["-n", namespace, "apply", "-f", "-"], JSON.stringify(late));
    },
    command: ["ingress", "web", "--host", hostOf("two"), "--path", "/cart"],
    first: ["ingress/duplicate-route"],
    never: ["svc/*", "ingress/no-rule-*"],
    exit: 1,
  },
  {
    id: "host",
    title: "asked for a host that no rule has",
    objects: [...app(), ingress(hostOf("host"))],
    command: ["ingress", "web", "--host", "www.netcheck.test", "--path", "/"],
    first: ["ingress/no-rule-for-host"],
    never: ["svc/*"],
    exit: 1,
  },
  {
    id: "annotation",
    title: "the class is named by annotation only, and the controller listens to it",
    objects: [
      ...app(),
      ingress(hostOf("annotation"), {
        annotations: { "kubernetes.io/ingress.class": "nginx" },
        spec: { ingressClassName: undefined },
      }),
    ],
    command: ["ingress", "web"],
    first: [],
    never: ["ingress/class-*", "* error", "* warning"],
    exit: 0,
  },
  {
    id: "asleep",
    title: "the controller of the class is scaled to zero",
    objects: [
      ...app(),
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "sleeping-controller", labels: NGINX_LABELS },
        spec: {
          replicas: 0,
          selector: { matchLabels: NGINX_LABELS },
          template: {
            metadata: { labels: NGINX_LABELS },
            spec: {
              containers: [
                {
                  name: "controller",
                  image: images.web,
                  args: ["/nginx-ingress-controller", "--controller-class=k8s.io/netcheck-asleep"],
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name: "netcheck-asleep" },
        spec: { controller: "k8s.io/netcheck-asleep" },
      },
      ingress(hostOf("asleep"), { className: "netcheck-asleep" }),
    ],
    command: ["ingress", "web"],
    first: ["ingress/class-has-no-controller"],
    never: ["ingress/backend-*", "svc/*"],
    exit: 1,
  },
];

/** Without a host it takes what no other rule has: it must not be there while others ask for such hosts. */
export const HOSTLESS: readonly Scenario[] = [
  {
    id: "H10",
    title: "no host, TLS without Secret, ImplementationSpecific /, a wildcard: all legal",
    objects: [
      ...app(),
      ingress("", {
        spec: {
          ingressClassName: "nginx",
          tls: [{ hosts: [] }],
          rules: [undefined, "*.h10.netcheck.test"].map((host) => ({
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "ImplementationSpecific",
                  backend: { service: { name: "web", port: { number: 80 } } },
                },
              ],
            },
          })),
        },
      }),
    ],
    command: ["ingress", "web"],
    first: [],
    never: [
      "ingress/no-rule-*",
      "ingress/tls-secret-missing",
      "ingress/path-regex-not-enabled",
      "* error",
      "* warning",
    ],
    exit: 0,
  },
];
