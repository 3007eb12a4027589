import type { PathReading } from "./routes.ts";

/** What is known of one kind of ingress controller: how classes name it and how it is found in a cluster. */
export interface ControllerKind {
  readonly id: string;
  readonly title: string;
  /** Values of IngressClass `spec.controller`; an entry that ends in `/` is a prefix. */
  readonly controllers: readonly string[];
  /** Values of the annotation `kubernetes.io/ingress.class` that it takes by default, without any IngressClass. */
  readonly annotations: readonly string[];
  /** Where its pods are: a label selector, and a namespace when it is always the same. Undefined: it runs outside the cluster. */
  readonly pods: { readonly namespace: string; readonly labelSelector: string } | undefined;
  readonly paths: PathReading;
  /** Prefix of the annotations that only it reads. */
  readonly annotationPrefix: string | undefined;
  /** The class is matched by its name too, so that a missing IngressClass object proves nothing. */
  readonly byName?: boolean;
}

/** Sources: each project's documentation of its IngressClass; AKS docs app-routing, AGIC; catalogue §5.1. */
export const CONTROLLER_KINDS: readonly ControllerKind[] = [
  {
    id: "ingress-nginx",
    title: "ingress-nginx",
    controllers: ["k8s.io/ingress-nginx"],
    annotations: ["nginx"],
    pods: {
      namespace: "",
      labelSelector: "app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller",
    },
    paths: "ingress-nginx",
    annotationPrefix: "nginx.ingress.kubernetes.io/",
  },
  {
    id: "app-routing",
    title: "AKS application routing (NGINX)",
    controllers: ["webapprouting.kubernetes.azure.com/nginx", "webapprouting.kubernetes.azure.com/nginx/"],
    annotations: [],
    pods: { namespace: "app-routing-system", labelSelector: "" },
    paths: "ingress-nginx",
    annotationPrefix: "nginx.ingress.kubernetes.io/",
  },
  {
    id: "agic",
    title: "Application Gateway Ingress Controller",
    controllers: ["azure/application-gateway"],
    annotations: ["azure/application-gateway"],
    pods: { namespace: "", labelSelector: "app in (ingress-appgw, ingress-azure)" },
    paths: "standard",
    annotationPrefix: "appgw.ingress.kubernetes.io/",
  },
  {
    id: "agc",
    title: "Application Gateway for Containers",
    controllers: ["alb.networking.azure.io/alb-controller"],
    annotations: [],
    pods: { namespace: "azure-alb-system", labelSelector: "" },
    paths: "standard",
    annotationPrefix: "alb.networking.azure.io/",
  },
  {
    id: "f5-nginx",
    title: "F5 NGINX Ingress Controller",
    controllers: ["nginx.org/ingress-controller"],
    annotations: [],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name in (nginx-ingress, nginx-ingress-controller)" },
    paths: "standard",
    annotationPrefix: "nginx.org/",
    byName: true,
  },
  {
    id: "traefik",
    title: "Traefik",
    controllers: ["traefik.io/ingress-controller"],
    annotations: ["traefik"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name=traefik" },
    paths: "standard",
    annotationPrefix: "traefik.ingress.kubernetes.io/",
    byName: true,
  },
  {
    id: "haproxy",
    title: "HAProxy Kubernetes Ingress Controller",
    controllers: ["haproxy.org/ingress-controller", "haproxy.org/ingress-controller/"],
    annotations: ["haproxy"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name=kubernetes-ingress" },
    paths: "standard",
    annotationPrefix: "haproxy.org/",
  },
  {
    id: "haproxy-ingress",
    title: "HAProxy Ingress",
    controllers: ["haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"],
    annotations: ["haproxy"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name=haproxy-ingress" },
    paths: "standard",
    annotationPrefix: "haproxy-ingress.github.io/",
  },
  {
    id: "contour",
    title: "Contour",
    controllers: ["projectcontour.io/ingress-controller", "projectcontour.io/"],
    annotations: ["contour"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name=contour" },
    paths: "standard",
    annotationPrefix: "projectcontour.io/",
    byName: true,
  },
  {
    id: "kong",
    title: "Kong",
    controllers: ["ingress-controllers.konghq.com/kong"],
    annotations: ["kong"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name in (kong, controller, ingress)" },
    paths: "standard",
    annotationPrefix: "konghq.com/",
  },
  {
    id: "gce",
    title: "GKE Ingress",
    controllers: ["k8s.io/gce", "networking.gke.io/gce"],
    annotations: ["gce", "gce-internal"],
    pods: undefined,
    paths: "standard",
    annotationPrefix: undefined,
    byName: true,
  },
  {
    id: "aws-alb",
    title: "AWS Load Balancer Controller",
    controllers: ["ingress.k8s.aws/alb"],
    annotations: ["alb"],
    pods: { namespace: "", labelSelector: "app.kubernetes.io/name=aws-load-balancer-controller" },
    paths: "standard",
    annotationPrefix: "alb.ingress.kubernetes.io/",
  },
  {
    id: "cilium",
    title: "Cilium",
    controllers: ["cilium.io/ingress-controller"],
    annotations: ["cilium"],
    pods: { namespace: "kube-system", labelSelector: "k8s-app=cilium" },
    paths: "standard",
    annotationPrefix: "ingress.cilium.io/",
  },
  {
    id: "istio",
    title: "Istio",
    controllers: ["istio.io/ingress-controller"],
    annotations: ["istio"],
    pods: { namespace: "", labelSelector: "app=istiod" },
    paths: "standard",
    annotationPrefix: undefined,
  },
  {
    id: "openshift",
    title: "OpenShift router",
    controllers: ["openshift.io/ingress-to-route"],
    annotations: [],
    pods: { namespace: "openshift-ingress", labelSelector: "" },
    paths: "standard",
    annotationPrefix: "route.openshift.io/",
    byName: true,
  },
];

/** The kind that a `spec.controller` value names, or undefined for one this code does not know. */
export function kindByController(controller: string): ControllerKind | undefined {
  return CONTROLLER_KINDS.find((kind) =>
    kind.controllers.some((known) => (known.endsWith("/") ? controller.startsWith(known) : controller === known)),
  );
}

/** The kind that takes this annotation value without an IngressClass, or undefined. */
export function kindByAnnotation(value: string): ControllerKind | undefined {
  return CONTROLLER_KINDS.find((kind) => kind.annotations.includes(value));
}
