import type { Scope } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { routesOf } from "../model/ingress/routes.ts";
import { isViaController } from "../model/ingress/via.ts";
import { refKey, refOf, type Service } from "../model/kube.ts";
import { isReady, isTerminal, isTerminating } from "../model/pods.ts";
import { selects } from "../model/selectors.ts";

/** What a rule may look at: everything that fired, and the judged objects. */
export interface Surroundings {
  readonly scope: Scope;
  readonly findings: readonly Finding[];
}

type Holds = (cause: Finding, effect: Finding, around: Surroundings) => boolean;

/** One row of "root cause before symptom": any of `causes` explains any of `effects`, when `holds`. */
export interface Consequence {
  /** Finding ids; `pod/*` any of a layer, `azure/event-*` any with that beginning. */
  readonly causes: readonly string[];
  readonly effects: readonly string[];
  readonly holds: Holds;
  /**
   * A warning may explain an error here, because its check judged the whole already (a workload that an autoscaler put to zero, one of
   * several nodes). Elsewhere a weaker finding never explains a stronger one: the verdict would then hide an error.
   */
  readonly weaker?: boolean;
}

const everywhere: Holds = () => true;

/** The Service behind the route that a finding about an Ingress points at; undefined when it points at none. */
function backendOf(finding: Finding, scope: Scope): string | undefined {
  const { kind, namespace, name, path } = finding.object;
  if (kind !== "Ingress" || path === undefined) return undefined;
  const ingress = scope.ingresses.find((one) => one.metadata.name === name && one.metadata.namespace === namespace);
  return ingress === undefined ? undefined : routesOf(ingress).find((route) => route.at === path)?.backend.service;
}

/**
 * The same object, or two objects of different kinds of the one target that is judged: an Ingress and its Service, or a Service and its pod, but
 * of several backends only the one behind the route in question.
 */
const sameOrDownstream: Holds = (cause, effect, { scope }) => {
  if (cause.object.kind === effect.object.kind) return refKey(cause.object) === refKey(effect.object);
  const backend = backendOf(effect, scope);
  const pod = scope.pods.find((one) => refKey(refOf(one)) === refKey(cause.object));
  if (cause.object.kind === "Pod" && pod !== undefined && (backend !== undefined || effect.object.kind === "Service"))
    return servicesOf(effect, scope).some((service) => selects(service, pod));
  return backend === undefined || cause.object.kind !== "Service" || cause.object.name === backend;
};

const sameObject: Holds = (cause, effect) => refKey(cause.object) === refKey(effect.object);

/** A node explains only what happens on it: findings about itself, and about pods bound to it. */
const onThatNode: Holds = (cause, effect, { scope }) => {
  if (effect.object.kind === "Node") return effect.object.name === cause.object.name;
  const pod = scope.pods.find((candidate) => refKey(refOf(candidate)) === refKey(effect.object));
  return pod?.spec?.nodeName === cause.object.name;
};

/** The name of the container that a finding's path is in: `spec.containers[web].livenessProbe`, or `status.containerStatuses[0].state`. */
function containerOf({ object }: Finding, scope: Scope): string | undefined {
  const [, list, at = ""] = /^(?:spec|status)\.(\w+)\[([^\]]*)\]/.exec(object.path ?? "") ?? [];
  if (list === undefined) return undefined;
  const pod = scope.pods.find((candidate) => refKey(refOf(candidate)) === refKey(object));
  const { spec = {}, status = {} } = pod ?? {};
  const lists: Readonly<Record<string, readonly { readonly name?: string | undefined }[] | undefined>> = {
    containers: spec.containers,
    initContainers: spec.initContainers,
    containerStatuses: status.containerStatuses,
    initContainerStatuses: status.initContainerStatuses,
  };
  return /^\d+$/.test(at) ? lists[list]?.[Number(at)]?.name : at;
}

const sameContainer: Holds = (cause, effect, { scope }) => {
  const container = containerOf(cause, scope);
  return (
    container !== undefined &&
    refKey(cause.object) === refKey(effect.object) &&
    container === containerOf(effect, scope)
  );
};

/** What ended the runs of a loop, for sure: a probe only when the kubelet says that it killed for it, else the app may crash by itself. */
const endsTheRuns: Holds = (cause, effect, around) =>
  cause.confidence === "certain" &&
  (cause.id !== "pod/liveness-kills" || cause.evidence.some(({ k }) => k === "Killing")) &&
  sameContainer(cause, effect, around);

/** The pods with a finding of their own. A warning is enough where a Service still has other pods that serve. */
function faultyPods(findings: readonly Finding[], severities: readonly Finding["severity"][]): ReadonlySet<string> {
  const faults = findings.filter(({ id, severity }) => severities.includes(severity) && id.startsWith("pod/"));
  return new Set(faults.filter((finding) => finding.object.kind === "Pod").map((finding) => refKey(finding.object)));
}

/** The judged Services an effect is about: the one it names or leads to, else all. */
function servicesOf(effect: Finding, scope: Scope): readonly Service[] {
  const backend = backendOf(effect, scope);
  if (backend !== undefined) return scope.services.filter((service) => service.metadata.name === backend);
  if (effect.object.kind !== "Service") return scope.services;
  return scope.services.filter((service) => refKey(refOf(service)) === refKey(effect.object));
}

/** Of several judged Services a workload explains only those that wait for its pods; its finding names them. */
const ofItsServices: Holds = (cause, effect, { scope }) => {
  const waiting = cause.evidence.flatMap(({ k, v }) => (k === "Service" ? [v] : []));
  return (
    scope.services.length < 2 || servicesOf(effect, scope).every(({ metadata }) => waiting.includes(metadata.name))
  );
};

/** Every selected pod that is not finished has an error of its own. One pod without one, and the pods do not explain the Service. */
const everyPodFails: Holds = (cause, effect, { scope, findings }) => {
  const failing = faultyPods(findings, ["error"]);
  const services = servicesOf(effect, scope);
  const perService = services.map((service) => scope.pods.filter((pod) => selects(service, pod) && !isTerminal(pod)));
  const explained = perService.every((pods) => pods.length > 0 && pods.every((pod) => failing.has(refKey(refOf(pod)))));
  const mine = perService.some((pods) => pods.some((pod) => refKey(refOf(pod)) === refKey(cause.object)));
  return services.length > 0 && explained && mine;
};

/** The same for a Service whose pods have all ended: each for a reason of its own. */
const everyEndedPodFails: Holds = (_cause, effect, { scope, findings }) => {
  const failing = faultyPods(findings, ["error"]);
  const pods = servicesOf(effect, scope).flatMap((service) => scope.pods.filter((pod) => selects(service, pod)));
  return pods.length > 0 && pods.every((pod) => failing.has(refKey(refOf(pod))));
};

/** Every judged pod that is not ready has a fault of its own: then "some are not ready" says nothing new. */
const everyUnreadyPodFails: Holds = (cause, _effect, { scope, findings }) => {
  const failing = faultyPods(findings, ["error", "warning"]);
  const unready = scope.pods.filter((pod) => !isReady(pod) && !isTerminal(pod) && !isTerminating(pod));
  const keys = unready.map((pod) => refKey(refOf(pod)));
  return keys.includes(refKey(cause.object)) && keys.every((key) => failing.has(key));
};

/** Either end is about the controller itself or the Ingress that it takes, not about the app behind it. */
const ofController: Holds = (cause, effect) =>
  (cause.id.startsWith("ingress/") || isViaController(cause)) &&
  (effect.id.startsWith("ingress/") || isViaController(effect));

/** A Service or pod explains only what is sent to it: of several backends the one behind the URL that was tried. */
const ofThatBackend: Holds = (cause, effect, { scope }) => {
  const backend = backendOf(effect, scope);
  if (backend === undefined || isViaController(cause)) return true;
  if (cause.object.kind === "Service") return cause.object.name === backend;
  if (cause.object.kind === "Ingress")
    return (
      !/^spec\.(rules|defaultBackend)/.test(cause.object.path ?? "") ||
      cause.object.path?.startsWith(effect.object.path ?? "") === true
    );
  const pod = scope.pods.find((candidate) => refKey(refOf(candidate)) === refKey(cause.object));
  const service = scope.services.find(({ metadata }) => metadata.name === backend);
  return pod === undefined || service === undefined || selects(service, pod);
};

/** The effect is about requests by the host's name, not about the load balancer's own address: of the Ingress, not of the controller's Service. */
const byThatName: Holds = (_cause, effect) => effect.object.kind === "Ingress";

/** What hangs on a Service having usable endpoints. */
const NEEDS_ENDPOINTS = [
  "svc/no-ready-endpoints",
  "svc/external-local-no-endpoint",
  "svc/internal-local-no-endpoint",
  "ingress/backend-no-endpoints",
  "httproute/backend-no-endpoints",
  "probe/clusterip-refused",
  "azure/lb-probe-down",
];

/**
 * The table, from causes to what they explain. A finding that is explained is a consequence: it is printed under its cause and adds
 * nothing to the verdict. Chains resolve to their root.
 */
export const CONSEQUENCES: readonly Consequence[] = [
  {
    causes: ["node/not-ready"],
    effects: ["pod/not-ready", "pod/terminating-stuck", "node/agent-not-ready"],
    holds: onThatNode,
    weaker: true,
  },
  {
    causes: [
      "pod/container-create-error",
      "pod/container-oom-killed",
      "pod/liveness-kills",
      "pod/startup-probe-failing",
    ],
    effects: ["pod/container-crash-loop", "pod/init-failed"],
    holds: endsTheRuns,
  },
  {
    causes: ["pod/probe-port-name-missing"],
    effects: ["pod/readiness-probe-failing", "pod/startup-probe-failing", "pod/liveness-kills"],
    holds: sameContainer,
  },
  { causes: ["pod/*"], effects: [...NEEDS_ENDPOINTS, "svc/only-terminating-endpoints"], holds: everyPodFails },
  { causes: ["pod/*"], effects: ["svc/selector-only-terminal"], holds: everyEndedPodFails },
  {
    causes: ["pod/*"],
    effects: [
      "svc/some-endpoints-not-ready",
      "svc/selector-no-pod-ip",
      "svc/node-missing-for-pod",
      "workload/unavailable",
      "workload/rollout-stuck",
    ],
    holds: everyUnreadyPodFails,
  },
  {
    causes: ["workload/scaled-to-zero", "workload/replica-failure"],
    effects: ["svc/selector-matches-nothing", ...NEEDS_ENDPOINTS],
    holds: ofItsServices,
    weaker: true,
  },
  {
    causes: ["workload/unavailable"],
    effects: ["svc/selector-matches-nothing", ...NEEDS_ENDPOINTS],
    holds: ofItsServices,
  },
  {
    causes: ["workload/replica-failure"],
    effects: ["workload/unavailable", "workload/rollout-stuck"],
    holds: sameObject,
  },
  { causes: ["svc/selector-matches-nothing"], effects: [...NEEDS_ENDPOINTS, "probe/*"], holds: sameOrDownstream },
  {
    causes: ["svc/target-port-name-unresolved"],
    effects: ["svc/port-has-no-endpoints", ...NEEDS_ENDPOINTS],
    holds: sameOrDownstream,
  },
  {
    causes: [
      "svc/node-missing-for-pod",
      "svc/endpoint-ip-family-missing",
      "svc/endpoint-missing",
      "svc/selector-no-pod-ip",
    ],
    effects: NEEDS_ENDPOINTS,
    holds: sameOrDownstream,
  },
  {
    causes: ["svc/no-ready-endpoints", "svc/no-selector-no-endpoints"],
    effects: NEEDS_ENDPOINTS.filter((id) => id !== "svc/no-ready-endpoints"),
    holds: sameOrDownstream,
  },
  {
    causes: ["pod/listens-on-loopback", "net/policy-denies-ingress"],
    effects: ["probe/only-on-loopback"],
    holds: everywhere,
  },
  {
    causes: ["pod/port-not-listening", "pod/listens-on-loopback", "probe/only-on-loopback"],
    effects: ["probe/pod-refused", "probe/clusterip-refused", "ingress/log-upstream-refused"],
    holds: everywhere,
  },
  // The controller meets what our own requests to the pods meet.
  { causes: ["probe/pod-refused"], effects: ["ingress/log-upstream-refused"], holds: everywhere },
  { causes: ["probe/pod-timeout"], effects: ["ingress/log-upstream-timeout"], holds: everywhere },
  { causes: ["probe/pod-silent"], effects: ["ingress/log-upstream-slow"], holds: everywhere },
  { causes: ["probe/pod-reset"], effects: ["ingress/log-upstream-closed"], holds: everywhere },
  {
    // It refuses what policies deny; the others drop, and a refusal is then the pod's own.
    causes: ["net/policy-denies-ingress", "net/policy-denies-egress"],
    effects: ["probe/pod-refused", "probe/clusterip-refused", "probe/only-on-loopback"],
    holds: (cause) => cause.evidence.some(({ k, v }) => k === "engine" && v === "kube-router"),
  },
  {
    causes: ["net/policy-denies-ingress", "net/policy-denies-egress"],
    effects: ["probe/pod-timeout", "probe/clusterip-timeout", "probe/intermittent", "ingress/log-upstream-timeout"],
    holds: everywhere,
  },
  {
    causes: ["probe/pod-refused", "probe/pod-timeout", "probe/pod-silent", "probe/pod-reset", "pod/app-http-5xx"],
    effects: ["probe/clusterip-*", "probe/external-*", "probe/node-port-fails"],
    holds: everywhere,
  },
  { causes: ["probe/clusterip-*"], effects: ["probe/external-*"], holds: everywhere },
  { causes: ["node/cross-node-broken"], effects: ["probe/pod-timeout", "probe/clusterip-*"], holds: everywhere },
  { causes: ["node/clusterip-broken-here"], effects: ["probe/clusterip-*"], holds: everywhere },
  // A declaration is only documentation: the refusal itself is the fact.
  {
    causes: ["probe/pod-refused", "pod/port-not-listening"],
    effects: ["svc/target-port-undeclared"],
    holds: everywhere,
  },
  {
    causes: ["azure/event-*"],
    effects: ["svc/lb-sync-failed", "svc/lb-pending", "ingress/address-empty"],
    holds: sameOrDownstream,
  },
  {
    causes: [
      "svc/lb-sync-failed",
      "svc/lb-no-provider",
      "svc/lb-class-unclaimed",
      "svc/lb-no-nodes",
      "svc/lb-port-error",
    ],
    effects: ["svc/lb-pending", "ingress/address-empty"],
    holds: sameOrDownstream,
  },
  {
    causes: [
      "azure/nsg-denies-inbound",
      "azure/nsg-no-allow-rule",
      "azure/nsg-allows-only-probe",
      "azure/nsg-destination-private",
      "azure/nsg-cluster-rule-*",
      "azure/no-nsg",
      "azure/source-ranges-invalid",
      "azure/asymmetric-route",
    ],
    effects: ["probe/external-timeout", "ingress/request-not-in-log"],
    holds: everywhere,
  },
  // DNS leads elsewhere, and it is proven that nothing arrives: then that is why.
  {
    causes: ["ingress/host-dns-elsewhere"],
    effects: ["ingress/request-not-in-log", "probe/external-*", "probe/host-*"],
    holds: byThatName,
  },
  { causes: ["ingress/request-not-in-log"], effects: ["probe/external-*"], holds: everywhere },
  {
    causes: [
      "ingress/log-*",
      "ingress/backend-*",
      "ingress/annotation-rejected",
      "ingress/class-*",
      "ingress/controller-*",
      "svc/*",
      "pod/*",
      "workload/*",
      "net/policy-*",
      "probe/pod-*",
    ],
    effects: ["probe/host-5xx"],
    holds: ofThatBackend,
  },
  {
    causes: [
      "ingress/class-*",
      "ingress/namespace-not-watched",
      "ingress/annotation-rejected",
      "ingress/log-ignored",
      "ingress/no-rule-for-*",
      "ingress/route-taken-elsewhere",
    ],
    effects: ["ingress/log-host-unmatched", "probe/host-404"],
    holds: everywhere,
  },
  // Traefik has no route for a Service without endpoints.
  {
    causes: ["svc/*", "pod/*", "workload/*", "ingress/backend-*"],
    effects: ["ingress/log-host-unmatched", "probe/host-404"],
    holds: ofThatBackend,
  },
  { causes: ["ingress/tls-*"], effects: ["probe/tls-invalid"], holds: everywhere },
  {
    causes: ["azure/appgw-stopped"],
    effects: ["ingress/agic-event", "ingress/address-empty", "azure/appgw-*"],
    holds: sameObject,
  },
  { causes: ["azure/pod-ip-exhausted"], effects: ["pod/sandbox-failed"], holds: sameObject },
  { causes: ["azure/source-ranges-invalid"], effects: ["svc/source-ranges-block-client"], holds: sameObject },
  {
    causes: ["azure/probe-http-default-path", "azure/probe-path-not-200", "azure/nsg-denies-probe"],
    effects: ["azure/lb-probe-down", "probe/external-timeout"],
    holds: sameOrDownstream,
  },
  {
    causes: ["dns/coredns-down", "net/policy-denies-dns", "net/policy-denies-egress"],
    effects: ["dns/name-not-resolved", "dns/upstream-broken"],
    holds: everywhere,
  },
  {
    causes: ["ingress/class-*", "ingress/namespace-not-watched"],
    effects: ["ingress/address-empty", "ingress/request-not-in-log", "ingress/log-ignored"],
    holds: sameObject,
  },
  {
    causes: ["ingress/controller-not-ready"],
    effects: ["ingress/address-empty", "svc/no-ready-endpoints"],
    holds: ofController,
  },
  { causes: ["pod/*", "node/*", "workload/*"], effects: ["ingress/controller-not-ready"], holds: ofController },
  {
    causes: ["ingress/backend-service-missing"],
    effects: ["ingress/backend-cross-namespace", "ingress/log-service-missing", "ingress/log-no-endpoint"],
    holds: everywhere,
  },
  { causes: ["ingress/backend-port-*"], effects: ["ingress/log-no-endpoint"], holds: everywhere },
  {
    causes: ["svc/*", "workload/*"],
    effects: ["ingress/log-no-endpoint", "ingress/log-service-missing"],
    holds: everywhere,
  },
  { causes: ["ingress/tls-*"], effects: ["ingress/log-cert-default"], holds: everywhere },
  { causes: ["ingress/controller-reload-failing"], effects: ["ingress/log-reload-failed"], holds: everywhere },
  { causes: ["net/policy-*"], effects: ["ingress/log-upstream-timeout"], holds: everywhere, weaker: true },
  {
    causes: ["ingress/backend-protocol-suspect"],
    effects: ["ingress/log-upstream-tls", "ingress/log-upstream-protocol", "ingress/log-upstream-closed"],
    holds: everywhere,
  },
  { causes: ["gateway/*"], effects: ["httproute/*"], holds: everywhere },
];

/** Whether `id` is what `pattern` names: an id, or everything that begins as the pattern does before its star. */
export function matchesId(pattern: string, id: string): boolean {
  return pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : pattern === id;
}

const RANK = { info: 0, warning: 1, error: 2 } as const;

/** The index in `findings` of the first finding that explains `effect`. An info never explains anything, and nothing explains itself. */
export function causeOf(effect: Finding, around: Surroundings): number | undefined {
  const rules = CONSEQUENCES.filter((rule) => rule.effects.some((pattern) => matchesId(pattern, effect.id)));
  if (rules.length === 0) return undefined;
  const at = around.findings.findIndex(
    (cause) =>
      cause !== effect &&
      cause.severity !== "info" &&
      rules.some(
        (rule) =>
          rule.causes.some((pattern) => matchesId(pattern, cause.id)) &&
          (rule.weaker === true || RANK[cause.severity] >= RANK[effect.severity]) &&
          rule.holds(cause, effect, around),
      ),
  );
  return at < 0 ? undefined : at;
}
