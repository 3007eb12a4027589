import { check } from "../../../src/checks/ingress/controller.ts";
import type { Deployment, Namespace } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { pod } from "../../support/objects.ts";
import { FORBIDDEN, ingress, ingressClass, nginxPod, traefikPod } from "./_objects.ts";

const base = { ingressClasses: [ingressClass()], ingresses: [ingress({ address: null })] };
const watched: Namespace = { kind: "Namespace", metadata: { name: "shop", namespace: "", labels: { team: "shop" } } };

/** Deployment of an ingress-nginx, scaled to zero. */
function asleep(args: readonly string[] = []): Deployment {
  const { metadata, spec } = nginxPod(args);
  return {
    kind: "Deployment",
    metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
    spec: {
      replicas: 0,
      template: { metadata: { labels: metadata.labels ?? {} }, ...(spec === undefined ? {} : { spec }) },
    },
  };
}

checkCases(check, {
  fires: [
    {
      name: "nothing of that kind is there",
      given: { ...base, controllerPods: [] },
      expect: ["ingress/class-has-no-controller error"],
    },
    {
      name: "nothing is found, but an address shows that someone took it",
      given: { ...base, ingresses: [ingress()], controllerPods: [] },
      expect: ["ingress/class-has-no-controller warning"],
    },
    {
      name: "scaled to zero, even where an address is left over",
      given: {
        ...base,
        ingresses: [ingress()],
        controllerPods: [],
        controllerDeployments: [asleep()],
      },
      expect: ["ingress/class-has-no-controller error"],
    },
    {
      name: "a controller class of its own, scaled to zero",
      given: {
        ingressClasses: [ingressClass({ controller: "k8s.io/internal" })],
        ingresses: [ingress()],
        controllerPods: [nginxPod()],
        controllerDeployments: [asleep(["--controller-class=k8s.io/internal"])],
      },
      expect: ["ingress/class-has-no-controller error"],
    },
    {
      name: "another controller that sleeps is not the one",
      given: {
        ...base,
        controllerPods: [],
        controllerDeployments: [asleep(["--controller-class=k8s.io/internal"])],
        ingresses: [ingress()],
      },
      expect: ["ingress/class-has-no-controller warning"],
    },
    {
      name: "a controller whose labels are only known from its documentation",
      given: {
        ...base,
        ingressClasses: [ingressClass({ controller: "projectcontour.io/ingress-controller" })],
        controllerPods: [],
      },
      expect: ["ingress/class-has-no-controller warning"],
    },
    {
      name: "pods could not be read everywhere",
      given: { ...base, controllerPods: { state: "ok", items: [], gaps: ["namespace ingress"] } },
      expect: ["ingress/class-has-no-controller warning"],
    },
    {
      name: "the controller there takes another class",
      given: { ...base, controllerPods: [nginxPod(["--controller-class=k8s.io/internal"])] },
      expect: ["ingress/class-has-no-controller error"],
    },
    {
      name: "named by annotation, and nothing is there",
      given: {
        ingressClasses: [],
        controllerPods: [],
        ingresses: [
          ingress({ className: null, annotations: { "kubernetes.io/ingress.class": "nginx" }, address: null }),
        ],
      },
      expect: ["ingress/class-has-no-controller error"],
    },
    {
      name: "--watch-namespace leaves the namespace out",
      given: { ...base, controllerPods: [nginxPod(["--watch-namespace=$(POD_NAMESPACE)"])] },
      expect: ["ingress/namespace-not-watched error"],
    },
    {
      name: "--watch-namespace-selector leaves the namespace out",
      given: {
        ...base,
        controllerPods: [nginxPod(["--watch-namespace-selector=team in (pay)"])],
        namespaces: [watched],
      },
      expect: ["ingress/namespace-not-watched error"],
    },
    {
      name: "no pod is ready",
      given: { ...base, controllerPods: [nginxPod([], { ready: false })] },
      expect: ["ingress/controller-not-ready error"],
    },
    {
      name: "one of two is ready",
      given: {
        ...base,
        controllerPods: [nginxPod(), nginxPod([], { name: "ingress-nginx-controller-abc-2", ready: false })],
      },
      expect: ["ingress/controller-not-ready warning"],
    },
    {
      name: "a rollout",
      given: { ...base, controllerPods: [nginxPod(), nginxPod([], { hash: "def", ready: false })] },
      expect: ["ingress/controller-not-ready info"],
    },
    {
      name: "another controller takes the Ingress too, and is ready",
      given: { ...base, controllerPods: [nginxPod(), nginxPod([], { deployment: "second", ready: false })] },
      expect: ["ingress/controller-not-ready warning"],
    },
  ],
  silent: [
    { name: "ready", given: { ...base, controllerPods: [nginxPod()] } },
    {
      name: "a controller class of its own",
      given: {
        ingressClasses: [ingressClass({ controller: "k8s.io/internal" })],
        controllerPods: [nginxPod(["--controller-class=k8s.io/internal"])],
        ingresses: [ingress()],
      },
    },
    {
      name: "--ingress-class-by-name",
      given: {
        ingressClasses: [ingressClass({ controller: "example.com/other" })],
        controllerPods: [nginxPod(["--ingress-class-by-name"])],
        ingresses: [ingress()],
      },
    },
    {
      name: "the namespace fits --watch-namespace-selector",
      given: { ...base, controllerPods: [nginxPod(["--watch-namespace-selector=team=shop"])], namespaces: [watched] },
    },
    {
      name: "its labels may not be read",
      given: { ...base, controllerPods: [nginxPod(["--watch-namespace-selector=team=shop"])], namespaces: FORBIDDEN },
      status: "unknown",
    },
    {
      name: "a class that does not exist is told elsewhere",
      given: { ...base, ingressClasses: [], controllerPods: [] },
      status: "skipped",
    },
    {
      name: "a controller that this tool does not know",
      given: {
        ...base,
        ingressClasses: [ingressClass({ controller: "example.com/edge" })],
        controllerPods: [nginxPod()],
      },
      status: "skipped",
    },
    {
      name: "a controller outside the cluster",
      given: {
        ...base,
        ingressClasses: [ingressClass({ controller: "ingress.k8s.aws/alb" })],
        controllerPods: [
          pod({ metadata: { name: "alb", labels: { "app.kubernetes.io/name": "aws-load-balancer-controller" } } }),
        ],
      },
    },
    {
      name: "GKE",
      given: { ...base, ingressClasses: [ingressClass({ controller: "k8s.io/gce" })], controllerPods: [] },
      status: "skipped",
    },
    { name: "pods may not be read", given: { ...base, controllerPods: FORBIDDEN }, status: "unknown" },
    {
      name: "classes may not be read",
      given: { ...base, ingressClasses: FORBIDDEN, controllerPods: [nginxPod()] },
      status: "unknown",
    },
    {
      name: "another kind, ready",
      given: {
        ingressClasses: [ingressClass({ controller: "traefik.io/ingress-controller" })],
        controllerPods: [traefikPod()],
        ingresses: [ingress()],
      },
    },
  ],
});
