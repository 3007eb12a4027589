import { check } from "../../../src/checks/ingress/class.ts";
import { checkCases } from "../../support/checks.ts";
import { event, node } from "../../support/objects.ts";
import { FORBIDDEN, ingress, ingressClass, nginxPod, traefikPod } from "./_objects.ts";

const ANNOTATION = "kubernetes.io/ingress.class";
const annotated = (value: string, more: object = {}) =>
  ingress({ className: null, annotations: { [ANNOTATION]: value }, ...more });
const taken = event(ingress(), { reason: "Sync", type: "Normal", source: "nginx-ingress-controller" });
const nginx = { ingressClasses: [ingressClass()], controllerPods: [nginxPod()] };

checkCases(check, {
  fires: [
    {
      name: "a class that does not exist",
      given: { ...nginx, ingresses: [ingress({ className: "nginxx", address: null })] },
      expect: ["ingress/class-not-found error"],
    },
    {
      name: "an address alone does not prove that someone takes it now",
      given: { ...nginx, ingresses: [ingress({ className: "nginxx" })] },
      expect: ["ingress/class-not-found error"],
    },
    {
      name: "an address and a fresh event of a controller: it compares the name only",
      given: { ...nginx, ingresses: [ingress({ className: "contour" })], events: [taken] },
      expect: ["ingress/class-not-found warning"],
    },
    {
      name: "a controller that matches by name is there",
      given: {
        ingressClasses: [],
        controllerPods: [traefikPod()],
        ingresses: [ingress({ className: "traefik", address: null })],
      },
      expect: ["ingress/class-not-found warning"],
    },
    {
      name: "a class that does not exist, beside a Traefik that takes its own only",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod(), traefikPod(["--providers.kubernetesingress.ingressclass=traefik"])],
        ingresses: [ingress({ className: "nginxx", address: null })],
      },
      expect: ["ingress/class-not-found error"],
    },
    {
      name: "no class, beside a Traefik that takes its own only",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod(), traefikPod(["--providers.kubernetesingress.ingressclass=traefik"])],
        ingresses: [ingress({ className: null, address: null })],
      },
      expect: ["ingress/class-missing error"],
    },
    {
      name: "no class at all",
      given: { ...nginx, ingresses: [ingress({ className: null, address: null })] },
      expect: ["ingress/class-missing error"],
    },
    {
      name: "no class, and a default class that is younger than the Ingress",
      given: {
        ingressClasses: [ingressClass({ isDefault: true, age: 60 })],
        controllerPods: [nginxPod()],
        ingresses: [ingress({ className: null, address: null })],
      },
      expect: ["ingress/class-missing error"],
    },
    {
      name: "no class, but an address: someone took it",
      given: { ...nginx, ingresses: [ingress({ className: null })] },
      expect: ["ingress/class-missing warning"],
    },
    {
      name: "no class, and a controller of which it is not known whether it takes such Ingresses",
      given: {
        ingressClasses: [],
        controllerPods: [traefikPod()],
        ingresses: [ingress({ className: null, address: null })],
      },
      expect: ["ingress/class-missing warning"],
    },
    {
      name: "no class, and the controllers may not be read",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: FORBIDDEN,
        ingresses: [ingress({ className: null, address: null })],
      },
      expect: ["ingress/class-missing warning"],
    },
    {
      name: "an annotation that no controller listens to",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod(["--ingress-class=internal"])],
        ingresses: [annotated("nginx", { address: null })],
      },
      expect: ["ingress/class-annotation-unmatched error"],
    },
    {
      name: "the same, with a controller whose flags are not known",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod(["--ingress-class=internal"]), traefikPod()],
        ingresses: [annotated("edge", { address: null })],
      },
      expect: ["ingress/class-annotation-unmatched warning"],
    },
    {
      name: "field and annotation lead to different controllers",
      given: {
        ingressClasses: [ingressClass()],
        controllerPods: [
          nginxPod(["--ingress-class=public"]),
          nginxPod(["--ingress-class=internal", "--controller-class=k8s.io/internal"], { deployment: "internal" }),
        ],
        ingresses: [ingress({ annotations: { [ANNOTATION]: "internal" } })],
      },
      expect: ["ingress/class-both-set warning"],
    },
    {
      name: "field and annotation lead to the same controller",
      given: { ...nginx, ingresses: [ingress({ annotations: { [ANNOTATION]: "nginx" } })] },
      expect: ["ingress/class-both-set info"],
    },
  ],
  silent: [
    {
      name: "Traefik takes Ingresses without a class unless it is told one",
      given: {
        ingressClasses: [],
        controllerPods: [traefikPod(["--providers.kubernetesingress"])],
        ingresses: [ingress({ className: null })],
      },
    },
    {
      name: "the annotation equals Traefik's class",
      given: {
        ingressClasses: [],
        controllerPods: [traefikPod(["--providers.kubernetesingress.ingressclass=edge"])],
        ingresses: [annotated("edge")],
      },
    },
    { name: "the class exists", given: { ...nginx, ingresses: [ingress()] } },
    {
      name: "the annotation needs no IngressClass object",
      given: { ingressClasses: [], controllerPods: [nginxPod()], ingresses: [annotated("nginx")] },
    },
    {
      name: "the annotation equals the flag",
      given: {
        ingressClasses: [],
        controllerPods: [nginxPod(["--ingress-class", "edge"])],
        ingresses: [annotated("edge")],
      },
    },
    {
      name: "no class, but the controller watches such Ingresses",
      given: {
        ingressClasses: [],
        controllerPods: [nginxPod(["--watch-ingress-without-class=true"])],
        ingresses: [ingress({ className: null })],
      },
    },
    {
      name: "no class on GKE",
      given: {
        ingressClasses: [],
        controllerPods: [],
        nodes: [node({ spec: { providerID: "gce://p/z/n" } })],
        ingresses: [ingress({ className: null, address: null })],
      },
    },
    {
      name: "annotation gce: the controller is outside the cluster and has no IngressClass",
      given: { ingressClasses: [], ingresses: [annotated("gce", { address: null })] },
    },
    {
      name: "annotation of a controller that is not there at all: ingress/controller says so",
      given: { ingressClasses: [], controllerPods: [], ingresses: [annotated("nginx", { address: null })] },
    },
    {
      name: "classes may not be read, but an address shows that a controller took it",
      given: { ingressClasses: FORBIDDEN, ingresses: [ingress()] },
    },
    {
      name: "classes may not be read, and nothing shows it",
      given: { ingressClasses: FORBIDDEN, ingresses: [ingress({ address: null })] },
      status: "unknown",
    },
    {
      name: "no class, and classes may not be read",
      given: { ingressClasses: FORBIDDEN, ingresses: [ingress({ className: null, address: null })] },
      status: "unknown",
    },
    {
      name: "no class in a manifest",
      given: {
        ingressClasses: [],
        controllerPods: { state: "unavailable", reason: "not-in-dump", detail: "no pods" },
        ingresses: [ingress({ className: null, address: null })],
      },
      status: "unknown",
    },
    {
      name: "an annotation that nobody is known for, and the controllers may not be read",
      given: { ingressClasses: [], controllerPods: FORBIDDEN, ingresses: [annotated("edge", { address: null })] },
      status: "unknown",
    },
  ],
});
