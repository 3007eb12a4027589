import { WORKLOAD_RESOURCES } from "../collect/plan/pod.ts";
import type { Scope } from "../model/check.ts";
import { askedOf, routesAsked } from "../model/ingress/asked.ts";
import { peersOf, readingOf, resolve } from "../model/ingress/resolve.ts";
import type { Ingress, Service } from "../model/kube.ts";
import { refOf } from "../model/kube.ts";
import type { ReportTarget } from "../model/report.ts";
import { selects } from "../model/selectors.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import { selectionText, type TargetRequest } from "../model/target.ts";

/** One thing to judge: its scope and how the report names it. */
export interface Judged {
  readonly scope: Scope;
  readonly target: ReportTarget;
  readonly snapshot: Snapshot;
}

/** The runs that a request makes over its snapshot: one for a named target or a selection, one for each Service of a list. */
export function judgedOf(request: TargetRequest, snapshot: Snapshot): readonly Judged[] {
  switch (request.kind) {
    case "pod":
      return [podRun(request, snapshot)];
    case "svc":
      return itemsOr(snapshot.collections.services)
        .filter((service) => request.selection.by !== "name" || service.metadata.name === request.selection.name)
        .map((service) => svcRun(request, service, snapshot));
    case "ingress":
      return itemsOr(snapshot.collections.ingresses)
        .filter((ingress) => request.selection.by !== "name" || ingress.metadata.name === request.selection.name)
        .map((ingress) => ingressRun(request, ingress, snapshot));
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
  };
  const name = selectionText(request.selection, WORKLOAD_RESOURCES);
  return { scope, target: { kind: "pod", namespace: request.namespace, name }, snapshot };
}

function namedWorkload({ selection, namespace }: TargetRequest): Pick<Scope, "workload"> {
  if (selection.by !== "workload") return {};
  return { workload: { kind: WORKLOAD_RESOURCES[selection.workload].kind, namespace, name: selection.name } };
}

function svcRun(request: TargetRequest, service: Service, whole: Snapshot): Judged {
  const { namespace, name } = refOf(service);
  const snapshot = request.namespace === "" ? narrowed(whole, namespace) : whole;
  const scope: Scope = {
    target: "svc",
    namespace,
    pods: itemsOr(snapshot.collections.pods).filter((pod) => selects(service, pod)),
    services: [service],
    ingresses: [],
    group: true,
    ...(request.port === undefined ? {} : { port: request.port }),
  };
  return { scope, target: { kind: "svc", namespace, name }, snapshot };
}

function ingressRun(request: TargetRequest, ingress: Ingress, whole: Snapshot): Judged {
  const { namespace, name } = refOf(ingress);
  const snapshot = request.namespace === "" ? narrowed(whole, namespace) : whole;
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
  return { scope, target: { kind: "ingress", namespace, name }, snapshot };
}

/** Collections that stay whole: cluster-scoped kinds, and near misses, which look across namespaces by design. */
const ACROSS = new Set([
  "nodes",
  "namespaces",
  "ingressClasses",
  "podLabels",
  "allIngresses",
  "agentPods",
  "controllerPods",
  "controllerServices",
  "controllerSlices",
  "controllerEvents",
  "sourcePolicies",
  "clusterPolicies",
  "otherPolicies",
  "systemDaemonSets",
  "dnsPods",
  "controllerDeployments",
  "configMaps",
  "logs",
  "probes",
  "vantages",
  "sockets",
]);

/** The snapshot as it would have been collected for one namespace. */
export function narrowed(snapshot: Snapshot, namespace: string): Snapshot {
  const entries = Object.entries(snapshot.collections).map(([name, gathered]) => {
    if (gathered.state !== "ok" || ACROSS.has(name)) return [name, gathered] as const;
    const items = (gathered.items as readonly { readonly metadata?: { readonly namespace: string } }[]).filter(
      (item) => item.metadata?.namespace === namespace,
    );
    return [name, { ...gathered, items }] as const;
  });
  // Object.fromEntries forgets which name holds which type; the entries came from a snapshot.
  return { ...snapshot, collections: Object.fromEntries(entries) as unknown as Snapshot["collections"] };
}
