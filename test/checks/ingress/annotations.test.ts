import { check as agcTarget } from "../../../src/checks/ingress/agc-target.ts";
import { check as agic } from "../../../src/checks/ingress/agic-events.ts";
import { check as allowlist } from "../../../src/checks/ingress/allowlist.ts";
import { check as owner } from "../../../src/checks/ingress/annotation-owner.ts";
import { check as rejected } from "../../../src/checks/ingress/annotation-rejected.ts";
import { check as protocol } from "../../../src/checks/ingress/backend-protocol.ts";
import { check as retired } from "../../../src/checks/ingress/controller-retired.ts";
import { check as passthrough } from "../../../src/checks/ingress/ssl-passthrough.ts";
import type { ConfigMap, Ingress, Service } from "../../../src/model/kube.ts";
import { result, target } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event, node, service } from "../../support/objects.ts";
import { FORBIDDEN, ingress, ingressClass, nginxPod, traefikPod } from "./_objects.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";
const CONFIG = "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller";
const NGINX = { ingressClasses: [ingressClass()], controllerPods: [nginxPod([CONFIG])] };
const AGIC = { ingressClasses: [ingressClass({ controller: "azure/application-gateway" })], controllerPods: [] };
const AGC = { ingressClasses: [ingressClass({ controller: "alb.networking.azure.io/alb-controller" })] };
const set = (annotations: Readonly<Record<string, string>>) => [ingress({ annotations })];
const configMap = (data: Readonly<Record<string, string>>): ConfigMap => ({
  kind: "ConfigMap",
  metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
  data,
});
const ported = (port: NonNullable<NonNullable<Service["spec"]>["ports"]>[number]) => [
  service({ spec: { ports: [port] } }),
];
const failed = (seconds: number) =>
  event(ingress(), { reason: "AnnotationParsingFailed", message: "Error parsing annotations", seconds });
const edited = (seconds: number): readonly Ingress[] => {
  const one = ingress();
  return [
    {
      ...one,
      metadata: { ...one.metadata, managedFields: [{ manager: "kubectl", operation: "Update", time: ago(seconds) }] },
    },
  ];
};

/** Understood in this scheme only. */
const spoken = (speaks: "http" | "https") => {
  const made = result(target());
  return { ...made, attempts: made.attempts.map((one) => ({ ...one, speaks })) };
};

checkCases(owner, {
  fires: [
    {
      name: "F5's, for ingress-nginx",
      given: { ...NGINX, ingresses: set({ "nginx.org/rewrites": "x" }) },
      expect: ["ingress/annotation-other-controller warning"],
    },
    {
      name: "ingress-nginx's, for AGIC",
      given: { ...AGIC, ingresses: set({ [`${PREFIX}rewrite-target`]: "/" }) },
      expect: ["ingress/annotation-other-controller warning"],
    },
  ],
  silent: [
    {
      name: "its own, and those of no controller",
      given: { ...NGINX, ingresses: set({ [`${PREFIX}rewrite-target`]: "/", "cert-manager.io/issuer": "x" }) },
    },
    {
      name: "application routing reads ingress-nginx's",
      given: {
        ingressClasses: [ingressClass({ controller: "webapprouting.kubernetes.azure.com/nginx" })],
        controllerPods: [],
        ingresses: set({ [`${PREFIX}rewrite-target`]: "/" }),
      },
    },
    {
      name: "Traefik reads ingress-nginx's in its place",
      given: {
        ingressClasses: [ingressClass({ controller: "traefik.io/ingress-controller" })],
        controllerPods: [traefikPod()],
        ingresses: set({ [`${PREFIX}x`]: "y" }),
      },
    },
    {
      name: "a prefix of one's own",
      given: {
        ...NGINX,
        controllerPods: [nginxPod(["--annotations-prefix=nginx.org"])],
        ingresses: set({ "nginx.org/rewrites": "x" }),
      },
      status: "skipped",
    },
    {
      name: "it is not known who takes it",
      given: { ingressClasses: FORBIDDEN, ingresses: set({ "nginx.org/rewrites": "x" }) },
      status: "skipped",
    },
  ],
});

checkCases(rejected, {
  fires: [
    {
      name: "an event",
      given: { ...NGINX, ingresses: [ingress()], events: [failed(60)] },
      expect: ["ingress/annotation-rejected error"],
    },
    {
      name: "an event after the last edit",
      given: { ...NGINX, ingresses: edited(120), events: [failed(60)] },
      expect: ["ingress/annotation-rejected error"],
    },
    {
      name: "a snippet, off by default",
      given: { ...NGINX, ingresses: set({ [`${PREFIX}configuration-snippet`]: "x;" }), configMaps: [configMap({})] },
      expect: ["ingress/snippet-disabled warning"],
    },
  ],
  silent: [
    { name: "an event before the last edit", given: { ...NGINX, ingresses: edited(10), events: [failed(60)] } },
    { name: "an event of hours ago", given: { ...NGINX, ingresses: [ingress()], events: [failed(7200)] } },
    {
      name: "snippets are allowed",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}server-snippet`]: "x;" }),
        configMaps: [configMap({ "allow-snippet-annotations": "true" })],
      },
    },
    {
      name: "the ConfigMap may not be read",
      given: { ...NGINX, ingresses: set({ [`${PREFIX}server-snippet`]: "x;" }), configMaps: FORBIDDEN },
      status: "unknown",
    },
    {
      name: "another controller",
      given: { ...AGIC, ingresses: set({ [`${PREFIX}server-snippet`]: "x;" }) },
      status: "skipped",
    },
  ],
});

checkCases(protocol, {
  fires: [
    {
      name: "HTTP to a TLS port",
      given: { ...NGINX, ingresses: [ingress()], services: ported({ port: 80, targetPort: 8443 }) },
      expect: ["ingress/backend-protocol-suspect warning"],
    },
    {
      name: "appProtocol says it",
      given: {
        ...NGINX,
        ingresses: [ingress()],
        services: ported({ port: 80, targetPort: 9000, appProtocol: "https" }),
      },
      expect: ["ingress/backend-protocol-suspect warning"],
    },
    {
      name: "HTTPS to a plain port",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}backend-protocol`]: "HTTPS" }),
        services: ported({ name: "http", port: 80, targetPort: 9000 }),
      },
      expect: ["ingress/backend-protocol-suspect warning"],
    },
    {
      name: "gRPC spoken to in HTTP",
      given: { ...NGINX, ingresses: [ingress()], services: ported({ name: "grpc", port: 80, targetPort: 9000 }) },
      expect: ["ingress/backend-protocol-suspect warning"],
    },
    {
      name: "HTTP to a port that was found to speak TLS",
      given: { ...NGINX, ingresses: [ingress()], services: [service()], probes: [spoken("https")] },
      expect: ["ingress/backend-protocol-suspect error"],
    },
    {
      name: "HTTPS to a port that was found to speak plain HTTP",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}backend-protocol`]: "HTTPS" }),
        services: [service()],
        probes: [result(target())],
      },
      expect: ["ingress/backend-protocol-suspect error"],
    },
  ],
  silent: [
    { name: "HTTP to a plain port", given: { ...NGINX, ingresses: [ingress()], services: [service()] } },
    {
      name: "a port named https that was found to speak plain HTTP",
      given: {
        ...NGINX,
        ingresses: [ingress()],
        services: ported({ name: "https", port: 80, targetPort: 8080 }),
        probes: [result(target())],
      },
    },
    {
      name: "a port that hangs up tells nothing",
      given: {
        ...NGINX,
        ingresses: [ingress()],
        services: [service()],
        probes: [result(target(), ["empty-reply", "empty-reply"])],
      },
    },
    {
      name: "a Service port 443 in front of a plain port",
      given: {
        ...NGINX,
        ingresses: [ingress({ rules: [{ paths: ["/ Prefix web:443"] }] })],
        services: ported({ port: 443, targetPort: 8080 }),
      },
    },
    {
      name: "HTTPS to a TLS port",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}backend-protocol`]: "https" }),
        services: ported({ name: "https", port: 80, targetPort: 8443 }),
      },
    },
    {
      name: "passed through",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}ssl-passthrough`]: "true" }),
        services: ported({ port: 80, targetPort: 443 }),
      },
      status: "skipped",
    },
    {
      name: "AUTO_HTTP",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}backend-protocol`]: "AUTO_HTTP" }),
        services: ported({ port: 80, targetPort: 443 }),
      },
      status: "skipped",
    },
    {
      name: "another controller",
      given: { ...AGIC, ingresses: [ingress()], services: ported({ port: 80, targetPort: 8443 }) },
      status: "skipped",
    },
  ],
});

const passed = set({ [`${PREFIX}ssl-passthrough`]: "true" });
checkCases(passthrough, {
  fires: [{ name: "off", given: { ...NGINX, ingresses: passed }, expect: ["ingress/ssl-passthrough-off error"] }],
  silent: [
    { name: "on", given: { ...NGINX, controllerPods: [nginxPod(["--enable-ssl-passthrough"])], ingresses: passed } },
    { name: "not wanted", given: { ...NGINX, ingresses: [ingress()] }, status: "skipped" },
    { name: "no controller was found", given: { ...NGINX, controllerPods: [], ingresses: passed }, status: "unknown" },
  ],
});

const exposed = (policy: string) =>
  service({
    metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
    spec: {
      type: "LoadBalancer",
      selector: { "app.kubernetes.io/name": "ingress-nginx" },
      externalTrafficPolicy: policy,
    },
  });
const listed = set({ [`${PREFIX}whitelist-source-range`]: "203.0.113.0/24" });
checkCases(allowlist, {
  fires: [
    {
      name: "policy Cluster",
      given: { ...NGINX, ingresses: listed, controllerServices: [exposed("Cluster")], configMaps: [configMap({})] },
      expect: ["ingress/allowlist-sees-node-ip warning"],
    },
  ],
  silent: [
    { name: "policy Local", given: { ...NGINX, ingresses: listed, controllerServices: [exposed("Local")] } },
    {
      name: "PROXY protocol",
      given: {
        ...NGINX,
        ingresses: listed,
        controllerServices: [exposed("Cluster")],
        configMaps: [configMap({ "use-proxy-protocol": "true" })],
      },
    },
    {
      name: "the ranges contain the nodes",
      given: {
        ...NGINX,
        ingresses: set({ [`${PREFIX}whitelist-source-range`]: "10.0.0.0/8, 203.0.113.0/24" }),
        controllerServices: [exposed("Cluster")],
        configMaps: [],
        nodes: [node({ status: { addresses: [{ type: "InternalIP", address: "10.224.0.4" }] } })],
      },
    },
    {
      name: "the ConfigMap may not be read",
      given: { ...NGINX, ingresses: listed, controllerServices: [exposed("Cluster")], configMaps: FORBIDDEN },
      status: "unknown",
    },
    { name: "no list", given: { ...NGINX, ingresses: [ingress()] }, status: "skipped" },
  ],
});

checkCases(agic, {
  fires: [
    {
      name: "an event",
      given: { ...AGIC, ingresses: [ingress()], events: [event(ingress(), { reason: "SecretNotFound" })] },
      expect: ["ingress/agic-event error"],
    },
    {
      name: "a mild one",
      given: { ...AGIC, ingresses: [ingress()], events: [event(ingress(), { reason: "EndpointsEmpty" })] },
      expect: ["ingress/agic-event warning"],
    },
  ],
  silent: [
    {
      name: "old",
      given: {
        ...AGIC,
        ingresses: [ingress()],
        events: [event(ingress(), { reason: "SecretNotFound", seconds: 1000 })],
      },
    },
    {
      name: "events may not be read",
      given: { ...AGIC, ingresses: [ingress()], events: FORBIDDEN },
      status: "unknown",
    },
    {
      name: "another controller",
      given: { ...NGINX, ingresses: [ingress()], events: [event(ingress(), { reason: "SecretNotFound" })] },
      status: "skipped",
    },
  ],
});

checkCases(agcTarget, {
  fires: [
    {
      name: "nothing",
      given: { ...AGC, ingresses: set({ "alb.networking.azure.io/alb-name": "a" }) },
      expect: ["ingress/agc-target-missing error"],
    },
  ],
  silent: [
    { name: "an id", given: { ...AGC, ingresses: set({ "alb.networking.azure.io/alb-id": "/sub" }) } },
    {
      name: "a name and a namespace",
      given: {
        ...AGC,
        ingresses: set({ "alb.networking.azure.io/alb-name": "a", "alb.networking.azure.io/alb-namespace": "b" }),
      },
    },
    { name: "another controller", given: { ...NGINX, ingresses: [ingress()] }, status: "skipped" },
  ],
});

checkCases(retired, {
  fires: [
    { name: "ingress-nginx", given: { ...NGINX, ingresses: [ingress()] }, expect: ["ingress/controller-retired info"] },
  ],
  silent: [{ name: "another", given: { ...AGIC, ingresses: [ingress()] }, status: "skipped" }],
});
