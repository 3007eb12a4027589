import type { Container, Deployment, Ingress, IngressClass, Namespace, Pod } from "../kube.ts";
import { isTerminal, isTerminating, timeOf, topOwner } from "../pods.ts";
import { type ClassClaim, classOf } from "./class.ts";
import { type ControllerKind, kindOfPod } from "./controllers.ts";
import { type Flags, flagOn, flagsOf } from "./flags.ts";
import { fitsText } from "./labeltext.ts";

/** One installed controller: a workload whose pods run it. */
export interface FoundController {
  readonly kind: ControllerKind;
  readonly namespace: string;
  /** `Deployment/ingress-nginx-controller`, or the pod's name. */
  readonly name: string;
  /** Its pods that have not ended. */
  readonly pods: readonly Pod[];
  /** Flags of its newest pod. */
  readonly flags: Flags;
}

/** The container that runs the controller: the one its kind names, else the first. */
export function controllerContainer(
  pod: Pod,
  kind: ControllerKind | undefined = kindOfPod(pod),
): Container | undefined {
  const containers = pod.spec?.containers ?? [];
  return containers.find((container) => container.name === kind?.pods?.container) ?? containers[0];
}

/** The controllers among these pods, one for each workload, in the order of their names. */
export function foundControllers(pods: readonly Pod[]): readonly FoundController[] {
  const groups = new Map<string, { readonly kind: ControllerKind; readonly pods: Pod[] }>();
  for (const pod of pods) {
    const kind = kindOfPod(pod);
    if (kind === undefined || isTerminal(pod)) continue;
    const key = `${pod.metadata.namespace}/${topOwner(pod) || pod.metadata.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, pods: [pod] });
    else if (!group.pods.some((known) => known.metadata.name === pod.metadata.name)) group.pods.push(pod);
  }
  return [...groups.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => {
      const alive = group.pods.filter((pod) => !isTerminating(pod));
      const newest = (alive.length > 0 ? alive : group.pods).toSorted(
        (a, b) =>
          (timeOf(b.metadata.creationTimestamp) ?? 0) - (timeOf(a.metadata.creationTimestamp) ?? 0) ||
          (a.metadata.name < b.metadata.name ? -1 : 1),
      )[0];
      const container = newest === undefined ? undefined : controllerContainer(newest, group.kind);
      return {
        kind: group.kind,
        namespace: key.slice(0, key.indexOf("/")),
        name: key.slice(key.indexOf("/") + 1),
        pods: group.pods,
        flags: newest === undefined || container === undefined ? new Map<string, string>() : flagsOf(newest, container),
      };
    });
}

/** A controller as its Deployment would run it: to tell whose Deployment one is that has no pods. Undefined when it is no controller's. */
export function controllerOf(deployment: Deployment): FoundController | undefined {
  const { namespace, name } = deployment.metadata;
  const template = deployment.spec?.template;
  const pod: Pod = {
    kind: "Pod",
    metadata: { ...template?.metadata, name, namespace },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  };
  const kind = kindOfPod(pod);
  const container = kind === undefined ? undefined : controllerContainer(pod, kind);
  if (kind === undefined || container === undefined) return undefined;
  return { kind, namespace, name: `Deployment/${name}`, pods: [], flags: flagsOf(pod, container) };
}

/** `ingress-nginx/ingress-nginx-controller`: how a sentence names a controller. */
export function controllerName(controller: FoundController): string {
  const [kind, name] = controller.name.split("/");
  return `${controller.namespace}/${name ?? kind}`;
}

/** Whether a controller is one whose flags decide as ingress-nginx's do. */
export function isNginx(controller: FoundController): boolean {
  return controller.kind.paths === "ingress-nginx";
}

/** The value of IngressClass `spec.controller` that an ingress-nginx takes. */
export function controllerClass(controller: FoundController): string {
  const fallback = controller.kind.controllers[0] ?? "";
  return controller.flags.get("controller-class") ?? fallback;
}

/** The value of the class annotation that an ingress-nginx takes. */
export function annotationClass(controller: FoundController): string {
  return controller.flags.get("ingress-class") ?? controller.kind.annotations[0] ?? "nginx";
}

/**
 * Whether a controller takes the Ingress by its class. Undefined: that depends on settings which its pods do not show (a classless
 * Ingress and a controller other than ingress-nginx).
 * Sources: ingress-nginx store.go GetIngressClass and the filter of its IngressClass informer; networking/v1 IngressSpec.ingressClassName.
 */
export function accepts(
  controller: FoundController,
  ingress: Ingress,
  classes: readonly IngressClass[],
): boolean | undefined {
  const claim = classOf(ingress, classes);
  if (controller.kind.id === "traefik") {
    const known = acceptsTraefik(controller.flags, claim);
    if (known !== undefined) return known;
  }
  if (!isNginx(controller)) {
    if (claim.by === "nothing") return controller.kind.classless === false ? false : undefined;
    if (claim.by === "field" && claim.object === undefined) return controller.kind.byName === true ? undefined : false;
    // Many controllers can be told which annotation they take: one that is nobody's default may be theirs.
    if (claim.by === "annotation" && claim.kind === undefined) return undefined;
    return claim.kind?.id === controller.kind.id;
  }
  switch (claim.by) {
    case "field":
      if (claim.object === undefined) return false;
      return (
        claim.controller === controllerClass(controller) ||
        (flagOn(controller.flags, "ingress-class-by-name") && claim.name === annotationClass(controller))
      );
    case "annotation":
      return claim.name === annotationClass(controller);
    case "nothing":
      return flagOn(controller.flags, "watch-ingress-without-class");
  }
}

const TRAEFIK = "providers.kubernetesingress";

/**
 * Traefik's Ingress provider, as its command line sets it up: with `ingressclass` only that class, else every class of its controller, the annotation
 * `traefik`, and Ingresses without a class. Undefined when the provider is not on the command line: it may be configured in a file.
 * Source: traefik pkg/provider/kubernetes/ingress/kubernetes.go shouldProcessIngress.
 */
function acceptsTraefik(flags: Flags, claim: ClassClaim): boolean | undefined {
  const set = [...flags.keys()].some((flag) => flag === TRAEFIK || flag.startsWith(`${TRAEFIK}.`));
  if (!set) return undefined;
  const only = flags.get(`${TRAEFIK}.ingressclass`) ?? "";
  switch (claim.by) {
    case "field":
      return claim.controller === "traefik.io/ingress-controller" && (only === "" || claim.name === only);
    case "annotation":
      return claim.name === (only === "" ? "traefik" : only);
    case "nothing":
      return only === "";
  }
}

/**
 * Whether a controller looks into a namespace: `--watch-namespace` names one, `--watch-namespace-selector` picks by labels. Undefined when
 * the labels are not known or the selector does not parse.
 */
export function watches(
  controller: FoundController,
  namespace: string,
  namespaces: readonly Namespace[] | undefined,
): boolean | undefined {
  const only = controller.flags.get("watch-namespace") ?? "";
  if (only !== "" && only !== "true") return only.split(",").includes(namespace);
  const selector = controller.flags.get("watch-namespace-selector") ?? "";
  if (selector === "") return true;
  const object = namespaces?.find((one) => one.metadata.name === namespace);
  return object === undefined ? undefined : fitsText(selector, object.metadata.labels ?? {});
}
