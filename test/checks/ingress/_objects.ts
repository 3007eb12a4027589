/** Builders of Ingresses, classes and controllers for the tests: what is not said is healthy. */
import type { Ingress, IngressClass, Pod } from "../../../src/model/kube.ts";
import type { TlsSecret } from "../../../src/model/tls.ts";
import { ago, notReady, pod } from "../../support/objects.ts";

export interface Rule {
  readonly host?: string;
  /** `/path Type service:port`, e.g. `/ Prefix web:80`; a port that is no number is a name. */
  readonly paths: readonly string[];
}

export interface Given {
  readonly name?: string;
  readonly namespace?: string;
  readonly className?: string | null;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly rules?: readonly Rule[];
  readonly fallback?: string;
  readonly tls?: NonNullable<Ingress["spec"]>["tls"];
  readonly address?: string | null;
  /** Seconds since it was created. */
  readonly age?: number;
}

type Backend = NonNullable<NonNullable<Ingress["spec"]>["defaultBackend"]>;

function backend(text: string): Backend {
  if (text.includes("/")) return { resource: { kind: text.split("/")[0] ?? "", name: text.split("/")[1] ?? "" } };
  const [name = "", port = "80"] = text.split(":");
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

/** Ingress `shop/web` of class nginx: shop.example.com/ → web:80, with an address, an hour old. */
export function ingress(given: Given = {}): Ingress {
  const className = given.className === undefined ? "nginx" : given.className;
  const address = given.address === undefined ? "20.84.1.2" : given.address;
  return {
    kind: "Ingress",
    metadata: {
      name: given.name ?? "web",
      namespace: given.namespace ?? "shop",
      uid: `uid-ing-${given.name ?? "web"}`,
      creationTimestamp: ago(given.age ?? 3600),
      annotations: given.annotations ?? {},
    },
    spec: {
      ...(className === null ? {} : { ingressClassName: className }),
      ...(given.fallback === undefined ? {} : { defaultBackend: backend(given.fallback) }),
      ...(given.tls === undefined ? {} : { tls: given.tls }),
      rules: (given.rules ?? [{ host: "shop.example.com", paths: ["/ Prefix web:80"] }]).map((rule) => ({
        ...(rule.host === undefined ? {} : { host: rule.host }),
        http: {
          paths: rule.paths.map((text) => {
            const [path = "/", pathType = "Prefix", to = ""] = text.split(" ");
            return { path, pathType, backend: backend(to) };
          }),
        },
      })),
    },
    status: { loadBalancer: address === null ? {} : { ingress: [{ ip: address }] } },
  };
}

/** IngressClass `nginx` of ingress-nginx. */
export function ingressClass(
  given: { name?: string; controller?: string; isDefault?: boolean; age?: number } = {},
): IngressClass {
  return {
    kind: "IngressClass",
    metadata: {
      name: given.name ?? "nginx",
      namespace: "",
      creationTimestamp: ago(given.age ?? 7200),
      annotations: given.isDefault === true ? { "ingressclass.kubernetes.io/is-default-class": "true" } : {},
    },
    spec: { controller: given.controller ?? "k8s.io/ingress-nginx" },
  };
}

/** A ready pod of an ingress-nginx, with the given flags. */
export function nginxPod(
  args: readonly string[] = [],
  given: { name?: string; namespace?: string; hash?: string; ready?: boolean; age?: number; deployment?: string } = {},
): Pod {
  const hash = given.hash ?? "abc";
  const deployment = given.deployment ?? "ingress-nginx-controller";
  return pod({
    metadata: {
      name: given.name ?? `${deployment}-${hash}-1`,
      namespace: given.namespace ?? "ingress-nginx",
      creationTimestamp: ago(given.age ?? 7200),
      labels: {
        "app.kubernetes.io/name": "ingress-nginx",
        "app.kubernetes.io/component": "controller",
        "pod-template-hash": hash,
      },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `${deployment}-${hash}`,
          uid: `uid-${hash}`,
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: "node-1",
      containers: [
        {
          name: "controller",
          args: ["/nginx-ingress-controller", ...args],
          env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
          ports: [
            { name: "http", containerPort: 80, protocol: "TCP" },
            { name: "https", containerPort: 443, protocol: "TCP" },
          ],
        },
      ],
    },
    ...(given.ready === false ? { status: { conditions: notReady() } } : {}),
  });
}

/** A ready Traefik pod; without flags it is configured in a file that nobody reads. */
export function traefikPod(args: readonly string[] = []): Pod {
  return pod({
    spec: { containers: [{ name: "traefik", args }] },
    metadata: { name: "traefik-1", namespace: "traefik", labels: { "app.kubernetes.io/name": "traefik" } },
  });
}

/** TLS Secret `shop/shop-tls` for shop.example.com, valid for two more months. */
export function tlsSecret(given: Partial<TlsSecret> & { name?: string } = {}): TlsSecret {
  const { name, ...rest } = given;
  return {
    kind: "Secret",
    metadata: { name: name ?? "shop-tls", namespace: "shop" },
    type: "kubernetes.io/tls",
    keys: ["tls.crt", "tls.key"],
    certificates: [
      {
        subject: "CN=shop.example.com",
        issuer: "CN=R3, O=Example CA",
        dnsNames: ["shop.example.com"],
        ipAddresses: [],
        notBefore: ago(30 * 86_400),
        notAfter: ago(-60 * 86_400),
        selfIssued: false,
      },
      {
        subject: "CN=R3, O=Example CA",
        issuer: "CN=Example Root",
        dnsNames: [],
        ipAddresses: [],
        notBefore: ago(900 * 86_400),
        notAfter: ago(-900 * 86_400),
        selfIssued: false,
      },
    ],
    certificate: "ok",
    privateKey: "ok",
    pair: "match",
    ...rest,
  };
}

/** A collection that a role may not read. */
export const FORBIDDEN = { state: "unavailable", reason: "forbidden", detail: "forbidden" } as const;
