import type { Workload } from "../model/groups.ts";
import type { KubeEvent, Labels, PartialObject, Pod, Service } from "../model/kube.ts";
import { byKey, LabelIndex } from "../model/labelindex.ts";
import { ownerOf, topOwner } from "../model/pods.ts";
import { isLoadBalancer } from "../model/services.ts";
import { type CollectionName, type Gathered, itemsOr, type Snapshot } from "../model/snapshot.ts";

type Collections = Snapshot["collections"];
type Named = { readonly metadata: { readonly namespace: string; readonly name: string } };

const SETS = ["deployments", "statefulSets", "daemonSets", "replicaSets"] as const;
/** Kinds whose events belong to one target of a list and to no other. */
const OWN_EVENTS = new Set(["Pod", "Service", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]);

const keyOf = ({ metadata }: Named): string => `${metadata.namespace}/${metadata.name}`;

/** The labels that a workload gives its pods. */
function templateLabels(workload: Workload): Labels {
  const spec = workload.spec as
    | { readonly template?: { readonly metadata?: { readonly labels?: Labels } } }
    | undefined;
  return spec?.template?.metadata?.labels ?? {};
}

/**
 * A snapshot of many objects, cut to what one of them needs: what `netcheck svc web` alone would have asked for. So a row of a list says
 * what the command for that one object says, and a thousand rows do not each look through ten thousand pods.
 */
export class Around {
  readonly #whole: Snapshot;
  readonly #everywhere: boolean;
  readonly #inNamespace: (namespace: string) => Snapshot;
  readonly #namespaces = new Map<string, Snapshot>();
  readonly #pods: LabelIndex<Pod>;
  readonly #podsOf: ReadonlyMap<string, readonly Pod[]>;
  readonly #slices: ReadonlyMap<string, Collections["endpointSlices"] extends Gathered<infer T> ? readonly T[] : never>;
  readonly #templates: { readonly [K in (typeof SETS)[number]]: LabelIndex<Workload> };
  readonly #workloads: ReadonlyMap<string, readonly Workload[]>;
  readonly #revisions: ReadonlyMap<string, readonly Workload[]>;
  readonly #events: ReadonlyMap<string, readonly KubeEvent[]>;

  /** `everywhere`: the snapshot is of all namespaces, and `inNamespace` cuts it to one; it is asked once for each. */
  constructor(whole: Snapshot, everywhere: boolean, inNamespace: (namespace: string) => Snapshot) {
    this.#whole = whole;
    this.#everywhere = everywhere;
    this.#inNamespace = everywhere ? inNamespace : () => whole;
    const { collections } = whole;
    const pods = itemsOr(collections.pods);
    this.#pods = new LabelIndex(pods, (pod) => pod.metadata.labels ?? {});
    this.#podsOf = byKey(pods, (pod) => pod.metadata.namespace);
    this.#slices = byKey(
      itemsOr(collections.endpointSlices),
      ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
    );
    const index = (name: (typeof SETS)[number]) =>
      new LabelIndex<Workload>(itemsOr<Workload>(collections[name]), templateLabels);
    this.#templates = {
      deployments: index("deployments"),
      statefulSets: index("statefulSets"),
      daemonSets: index("daemonSets"),
      replicaSets: index("replicaSets"),
    };
    const sets = SETS.flatMap((name): readonly Workload[] => itemsOr<Workload>(collections[name]));
    this.#workloads = byKey(sets, (set) => `${set.metadata.namespace}/${set.kind}/${set.metadata.name}`);
    this.#revisions = byKey(itemsOr<Workload>(collections.replicaSets), (set) => {
      const owner = ownerOf(set);
      return `${set.metadata.namespace}/${owner?.kind}/${owner?.name}`;
    });
    this.#events = byKey(itemsOr(collections.events), ({ metadata, involvedObject }) =>
      OWN_EVENTS.has(involvedObject?.kind ?? "")
        ? `${metadata.namespace}/${involvedObject?.kind}/${involvedObject?.name}`
        : `${metadata.namespace}//`,
    );
  }

  /** The snapshot as it would have been collected for one namespace. */
  namespace(namespace: string): Snapshot {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const made = this.#inNamespace(namespace);
    this.#namespaces.set(namespace, made);
    return made;
  }

  /** The pods that a Service selects. */
  selected(service: Service): readonly Pod[] {
    if (service.spec?.type === "ExternalName") return [];
    return this.#pods.matching(service.metadata.namespace, service.spec?.selector ?? {});
  }

  service(service: Service): Snapshot {
    const { namespace } = service.metadata;
    const pods = this.selected(service);
    const selector = service.spec?.selector ?? {};
    const makers = SETS.flatMap((name) => this.#templates[name].matching(namespace, selector));
    const { snapshot, events } = this.#with(namespace, pods, makers);
    return {
      ...snapshot,
      collections: {
        ...snapshot.collections,
        endpointSlices: this.#cut("endpointSlices", this.#slices.get(keyOf(service)) ?? []),
        events: this.#cut("events", [
          ...events,
          ...(this.#events.get(`${namespace}/Service/${keyOf(service).slice(namespace.length + 1)}`) ?? []),
        ]),
        podLabels: this.#podLabels(service, pods),
        allServices: this.#allServices(),
      },
    };
  }

  /** The pods of one workload, or one pod; `owner` as `Deployment/web`. */
  group(namespace: string, owner: string, pods: readonly Pod[]): Snapshot {
    const { snapshot } = this.#with(namespace, pods, this.#workloads.get(`${namespace}/${owner}`) ?? []);
    return snapshot;
  }

  #with(
    namespace: string,
    pods: readonly Pod[],
    makers: readonly Workload[],
  ): { readonly snapshot: Snapshot; readonly events: readonly KubeEvent[] } {
    const owners = [...new Set(pods.map(topOwner))].flatMap(
      (owner) => this.#workloads.get(`${namespace}/${owner}`) ?? [],
    );
    const above = [...new Set([...makers, ...owners])];
    const revisions = above.flatMap(
      (set) => this.#revisions.get(`${namespace}/${set.kind}/${set.metadata.name}`) ?? [],
    );
    const sets = [...new Set([...above, ...revisions])];
    const about = [...pods, ...sets].map((object) => `${namespace}/${object.kind}/${object.metadata.name}`);
    const events = [...about, `${namespace}//`].flatMap((key) => this.#events.get(key) ?? []);
    const base = this.namespace(namespace);
    const of = (kind: string): readonly Workload[] => sets.filter((set) => set.kind === kind);
    const cut = {
      pods: this.#cut("pods", pods),
      deployments: this.#cut("deployments", of("Deployment")),
      statefulSets: this.#cut("statefulSets", of("StatefulSet")),
      daemonSets: this.#cut("daemonSets", of("DaemonSet")),
      replicaSets: this.#cut("replicaSets", of("ReplicaSet")),
      events: this.#cut("events", events),
    };
    // Each list holds the kind that its name says; the union type of workloads forgets which.
    const collections = { ...base.collections, ...cut } as Collections;
    return { snapshot: { ...base, collections }, events };
  }

  /** The items in place of a collection's own; what could not be read stays so, and its gaps remain. */
  #cut<T>(name: CollectionName, items: readonly T[]): Gathered<T> {
    const gathered = this.#whole.collections[name];
    return gathered.state === "ok" ? { ...(gathered as Gathered<T> & { state: "ok" }), items } : gathered;
  }

  /** A list of all namespaces holds them already. */
  #allServices(): Gathered<Service> {
    const { allServices, services } = this.#whole.collections;
    return this.#everywhere ? services : allServices;
  }

  /** What a single Service would ask the labels of all pods for: a selector that matches nothing, and who may give addresses. */
  #podLabels(service: Service, selected: readonly Pod[]): Gathered<PartialObject> {
    const { podLabels, pods } = this.#whole.collections;
    if (podLabels.state === "ok" || pods.state !== "ok") return podLabels;
    const { namespace } = service.metadata;
    const pending = isLoadBalancer(service) && (service.status?.loadBalancer?.ingress ?? []).length === 0;
    if (pending) return pods;
    if (selected.length > 0) return podLabels;
    const here = this.#podsOf.get(namespace) ?? [];
    const elsewhere = this.#pods.elsewhere(namespace, service.spec?.selector ?? {});
    // The very same list for every such Service: what near misses make of it is then made once.
    return { ...pods, items: elsewhere.length === 0 ? here : [...here, ...elsewhere] };
  }
}
