import type { LabelSelector, Pod } from "../kube.ts";
import { isJobPod } from "../pods.ts";
import { matchesSelector } from "../selectors.ts";
import type { PathReading } from "./routes.ts";

/** What is known of one kind of ingress controller: how classes name it and how it is found in a cluster. */
export interface ControllerKind {
  readonly id: string;
  readonly title: string;
  /** Values of IngressClass `spec.controller`; an entry that ends in `/` is a prefix. */
  readonly controllers: readonly string[];
  /** Values of the annotation `kubernetes.io/ingress.class` that it takes by default, without any IngressClass. */
  readonly annotations: readonly string[];
  /**
   * Where its pods are: their labels, and a namespace when it is always the same ("" otherwise). `container` tells the controller among other
   * pods of that place. Undefined: it runs outside the cluster.
   */
  readonly pods:
    | { readonly namespace: string; readonly selector: LabelSelector; readonly container?: string }
    | undefined;
  readonly paths: PathReading;
  /** Prefix of the annotations that only it reads. */
  readonly annotationPrefix: string | undefined;
  /** The class is matched by its name too, so that a missing IngressClass object proves nothing. */
  readonly byName?: boolean;
  /** `false`: it never takes an Ingress without a class. Otherwise that depends on settings. */
  readonly classless?: false;
}

function oneOf(key: string, ...values: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key, operator: "In", values }] };
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
      selector: oneOf("app.kubernetes.io/name", "ingress-nginx", "nginx-ingress-controller"),
      container: "controller",
    },
    paths: "ingress-nginx",
    annotationPrefix: "nginx.ingress.kubernetes.io/",
  },
  {
    id: "app-routing",
    title: "AKS application routing (NGINX)",
    controllers: ["webapprouting.kubernetes.azure.com/nginx", "webapprouting.kubernetes.azure.com/nginx/"],
    annotations: [],
    pods: { namespace: "app-routing-system", selector: {}, container: "controller" },
    paths: "ingress-nginx",
    annotationPrefix: "nginx.ingress.kubernetes.io/",
  },
  {
    id: "agic",
    title: "Application Gateway Ingress Controller",
    controllers: ["azure/application-gateway"],
    annotations: ["azure/application-gateway"],
    pods: { namespace: "", selector: oneOf("app", "ingress-appgw", "ingress-azure") },
    paths: "standard",
    classless: false,
    annotationPrefix: "appgw.ingress.kubernetes.io/",
  },
  {
    id: "agc",
    title: "Application Gateway for Containers",
    controllers: ["alb.networking.azure.io/alb-controller"],
    annotations: [],
    pods: { namespace: "azure-alb-system", selector: {} },
    paths: "standard",
    classless: false,
    annotationPrefix: "alb.networking.azure.io/",
  },
  {
    id: "f5-nginx",
    title: "F5 NGINX Ingress Controller",
    controllers: ["nginx.org/ingress-controller"],
    annotations: [],
    pods: {
      namespace: "",
      selector: oneOf("app.kubernetes.io/name", "nginx-ingress", "nginx-ingress-controller"),
      container: "nginx-ingress",
    },
    paths: "standard",
    annotationPrefix: "nginx.org/",
    byName: true,
  },
  {
    id: "traefik",
    title: "Traefik",
    controllers: ["traefik.io/ingress-controller"],
    annotations: ["traefik"],
    pods: { namespace: "", selector: oneOf("app.kubernetes.io/name", "traefik") },
    paths: "standard",
    annotationPrefix: "traefik.ingress.kubernetes.io/",
    byName: true,
  },
  {
    id: "haproxy",
    title: "HAProxy Kubernetes Ingress Controller",
    controllers: ["haproxy.org/ingress-controller", "haproxy.org/ingress-controller/"],
    annotations: ["haproxy"],
    pods: { namespace: "", selector: oneOf("app.kubernetes.io/name", "kubernetes-ingress") },
    paths: "standard",
    annotationPrefix: "haproxy.org/",
  },
  {
    id: "haproxy-ingress",
    title: "HAProxy Ingress",
    controllers: ["haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"],
    annotations: ["haproxy"],
    pods: { namespace: "", selector: oneOf("app.kubernetes.io/name", "haproxy-ingress") },
    paths: "standard",
    annotationPrefix: "haproxy-ingress.github.io/",
  },
  {
    id: "contour",
    title: "Contour",
    controllers: ["projectcontour.io/ingress-controller", "projectcontour.io/"],
    annotations: ["contour"],
    pods: { namespace: "", selector: oneOf("app.kubernetes.io/name", "contour") },
    paths: "standard",
    annotationPrefix: "projectcontour.io/",
    byName: true,
  },
  {
    id: "kong",
    title: "Kong",
    controllers: ["ingress-controllers.konghq.com/kong"],
    annotations: ["kong"],
    pods: {
      namespace: "",
      selector: oneOf("app.kubernetes.io/name", "kong", "controller", "ingress"),
      container: "ingress-controller",
    },
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
    pods: { namespace: "", selector: oneOf("app.kubernetes.io/name", "aws-load-balancer-controller") },
    paths: "standard",
    annotationPrefix: "alb.ingress.kubernetes.io/",
  },
  {
    id: "cilium",
    title: "Cilium",
    controllers: ["cilium.io/ingress-controller"],
    annotations: ["cilium"],
    pods: { namespace: "kube-system", selector: oneOf("k8s-app", "cilium") },
    paths: "standard",
    annotationPrefix: "ingress.cilium.io/",
  },
  {
    id: "istio",
    title: "Istio",
    controllers: ["istio.io/ingress-controller"],
    annotations: ["istio"],
    pods: { namespace: "", selector: oneOf("app", "istiod") },
    paths: "standard",
    annotationPrefix: undefined,
  },
  {
    id: "openshift",
    title: "OpenShift router",
    controllers: ["openshift.io/ingress-to-route"],
    annotations: [],
    pods: { namespace: "openshift-ingress", selector: {} },
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

/**
 * The kind of controller that a pod runs, by its labels, its namespace and the name of its container; undefined for any other pod. A pod of the
 * add-on's own namespace is the add-on's, whatever its labels. Jobs that prepare a webhook's certificates carry the same labels and are none.
 */
export function kindOfPod(pod: Pod): ControllerKind | undefined {
  if (isJobPod(pod)) return undefined;
  const fits = CONTROLLER_KINDS.filter(
    ({ pods }) =>
      pods !== undefined &&
      (pods.namespace === "" || pods.namespace === pod.metadata.namespace) &&
      matchesSelector(pods.selector, pod.metadata.labels ?? {}) &&
      (pods.container === undefined ||
        (pod.spec?.containers ?? []).some((container) => container.name === pods.container)),
  );
  return fits.find(({ pods }) => pods?.namespace !== "") ?? fits[0];
}
