import { WORKLOAD_RESOURCES } from "../collect/plan/pod.ts";
import type { FlowSource, Scope } from "../model/check.ts";
import { type Workload, wantedReplicas } from "../model/groups.ts";
import { askedOf, routesAsked } from "../model/ingress/asked.ts";
import { peersOf, readingOf, resolve } from "../model/ingress/resolve.ts";
import type { Ingress, Pod, Service } from "../model/kube.ts";
import { refOf } from "../model/kube.ts";
import { byKey } from "../model/labelindex.ts";
import { topOwner } from "../model/pods.ts";
import type { ReportTarget } from "../model/report.ts";
import { selects } from "../model/selectors.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import { selectionText, type TargetRequest } from "../model/target.ts";
import { Around } from "./around.ts";

/** One thing to judge: its scope and how the report names it. */
export interface Judged {
  readonly scope: Scope;
  readonly target: ReportTarget;
  readonly snapshot: Snapshot;
  /** The client that the user asks about (`--from`). */
  readonly from?: FlowSource;
  /** RFC 3339, of the object itself; undefined when it does not say. */
  readonly created?: string;
}

/**
 * The runs that a request makes over its snapshot: one for a named target or a selection; without a name one for each Service or Ingress, and
 * for pods one for each workload and each bare pod. (Ten replicas that crash are one fault, and one alone of them is often none: whether it
 * is can only be told beside the others.)
 */
export function judgedOf(request: TargetRequest, snapshot: Snapshot): readonly Judged[] {
  const { selection, namespace } = request;
  const isAsked = ({ metadata }: Service | Ingress): boolean =>
    selection.by !== "name" || (metadata.name === selection.name && metadata.namespace === namespace);
  const around = new Around(snapshot, namespace === "", (place) => narrowed(snapshot, place));
  switch (request.kind) {
    case "pod":
      return selection.by === "all" ? podGroups(snapshot, around) : [podRun(request, snapshot)];
    case "svc":
      return itemsOr(snapshot.collections.services)
        .filter(isAsked)
        .map((service) => svcRun(request, service, around));
    case "ingress":
      return itemsOr(snapshot.collections.ingresses)
        .filter(isAsked)
        .map((ingress) => ingressRun(request, ingress, around.namespace(ingress.metadata.namespace)));
  }
}

function podRun(request: TargetRequest, snapshot: Snapshot): Judged {
  const scope: Scope = {
    target: "pod",
    namespace: request.namespace,
    pods: itemsOr(snapshot.collections.pods),
    services: [],
    ingresses: [],
    group: request.selection.by === "workload",
    ...namedWorkload(request),
    ...(request.port === undefined ? {} : { port: request.port }),
  };
  const name = selectionText(request.selection, WORKLOAD_RESOURCES);
  return { scope, target: { kind: "pod", namespace: request.namespace, name }, snapshot };
}

function namedWorkload({ selection, namespace }: TargetRequest): Pick<Scope, "workload"> {
  if (selection.by !== "workload") return {};
  return { workload: { kind: WORKLOAD_RESOURCES[selection.workload].kind, namespace, name: selection.name } };
}

/** `Deployment/web`, or `Pod/x` for a pod on its own: one without an owner, or a static pod, which its node owns. */
function ownerName(pod: Pod): string {
  const owner = topOwner(pod);
  return owner === "" || owner.startsWith("Node/") ? `Pod/${pod.metadata.name}` : owner;
}

/** One run for each owner of pods, and one for each workload that wants pods and has none: those are missed first of all. */
function podGroups(whole: Snapshot, around: Around): readonly Judged[] {
  const { pods, deployments, statefulSets, daemonSets } = whole.collections;
  const groups = byKey(itemsOr(pods), (pod) => `${pod.metadata.namespace}/${ownerName(pod)}`);
  const workloads = [...itemsOr(deployments), ...itemsOr(statefulSets), ...itemsOr(daemonSets)];
  const objects = byKey(workloads, ({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`);
  const without = workloads
    .filter((workload) => wantsPods(workload))
    .map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`)
    .filter((key) => !groups.has(key));
  return [...groups.keys(), ...without].map((key) => {
    const [namespace = "", kind = "", name = ""] = key.split("/");
    const members = groups.get(key) ?? [];
    const object = kind === "Pod" ? members[0] : (objects.get(key)?.[0] ?? members[0]);
    const scope: Scope = {
      target: "pod",
      namespace,
      pods: members,
      services: [],
      ingresses: [],
      group: kind !== "Pod",
      ...(kind === "Pod" ? {} : { workload: { kind, namespace, name } }),
    };
    const target: ReportTarget = { kind: "pod", namespace, name: `${kind.toLowerCase()}/${name}` };
    const created = object?.metadata.creationTimestamp;
    const snapshot = around.group(namespace, `${kind}/${name}`, members);
    return { scope, target, snapshot, ...(created === undefined ? {} : { created }) };
  });
}

/** Scaled to zero is mostly meant so; a DaemonSet says in its status for how many nodes it is meant. */
function wantsPods(workload: Workload): boolean {
  // A manifest wants pods that nobody has made yet.
  if (Object.keys(workload.status ?? {}).length === 0) return false;
  if (workload.kind !== "DaemonSet") return (wantedReplicas(workload) ?? 0) > 0;
  const status = workload.status as { readonly desiredNumberScheduled?: number } | undefined;
  return (status?.desiredNumberScheduled ?? 0) > 0;
}

function svcRun(request: TargetRequest, service: Service, around: Around): Judged {
  const { namespace, name } = refOf(service);
  const snapshot = request.selection.by === "name" ? around.namespace(namespace) : around.service(service);
  const scope: Scope = {
    target: "svc",
    namespace,
    pods: around.selected(service),
    services: [service],
    ingresses: [],
    group: true,
    ...(request.port === undefined ? {} : { port: request.port }),
  };
  return { scope, target: { kind: "svc", namespace, name }, snapshot, ...createdOf(service) };
}

function createdOf({ metadata }: Service | Ingress): Pick<Judged, "created"> {
  return metadata.creationTimestamp === undefined ? {} : { created: metadata.creationTimestamp };
}

function ingressRun(request: TargetRequest, ingress: Ingress, snapshot: Snapshot): Judged {
  const { namespace, name } = refOf(ingress);
  const { allIngresses, ingressClasses, controllerPods } = snapshot.collections;
  const [classes, pods] = [itemsOr(ingressClasses), itemsOr(controllerPods)];
  const peers = peersOf(ingress, itemsOr(allIngresses), classes, pods);
  const asked = askedOf(ingress, peers, request, readingOf(resolve(ingress, classes, pods)));
  const backends = new Set(routesAsked(ingress, asked).flatMap((route) => route.backend.service ?? []));
  const services = itemsOr(snapshot.collections.services).filter((service) => backends.has(service.metadata.name));
  const scope: Scope = {
    target: "ingress",
    namespace,
    pods: itemsOr(snapshot.collections.pods).filter((pod) => services.some((service) => selects(service, pod))),
    services,
    ingresses: [ingress],
    group: true,
    ...(request.host === undefined ? {} : { host: request.host }),
    ...(request.path === undefined ? {} : { path: request.path }),
  };
  return { scope, target: { kind: "ingress", namespace, name }, snapshot, ...createdOf(ingress) };
}

/** Collections that stay whole: cluster-scoped kinds, and near misses, which look across namespaces by design. */
const ACROSS = new Set([
  "nodes",
  "namespaces",
  "ingressClasses",
  "podLabels",
  "allServices",
  "allIngresses",
  "agentPods",
  "controllerPods",
  "controllerServices",
  "controllerSlices",
  "controllerEvents",
  "controllerPolicies",
  "sourcePods",
  "sourcePolicies",
  "clusterPolicies",
  "otherPolicies",
  "systemDaemonSets",
  "dnsPods",
  "clusterDnsPods",
  "dnsSlices",
  "admissionWebhooks",
  "controllerDeployments",
  "configMaps",
  "logs",
  "probes",
  "vantages",
  "sockets",
  "markedLogs",
]);

/** The snapshot as it would have been collected for one namespace. */
export function narrowed(snapshot: Snapshot, namespace: string): Snapshot {
  const entries = Object.entries(snapshot.collections).map(([name, gathered]) => {
    if (gathered.state !== "ok" || ACROSS.has(name) || name.startsWith("azure")) return [name, gathered] as const;
    const items = (gathered.items as readonly { readonly metadata?: { readonly namespace: string } }[]).filter(
      (item) => item.metadata?.namespace === namespace,
    );
    return [name, { ...gathered, items }] as const;
  });
  // Object.fromEntries forgets which name holds which type; the entries came from a snapshot.
  return { ...snapshot, collections: Object.fromEntries(entries) as unknown as Snapshot["collections"] };
}
