/** The objects that stand at the ends of flows: pods, and what leads to pods. */
import { labelSelectorText } from "../../collect/plan/pod.ts";
import { selectorText } from "../../collect/plan/queries.ts";
import { parseAddress } from "../../model/cidr.ts";
import type { KubeObject, LabelSelector, ObjectMeta, Pod, Service } from "../../model/kube.ts";
import { itemsOr } from "../../model/snapshot.ts";
import type { EndpointRef } from "../../policy/endpoints.ts";
import { type Asker, joined } from "./asker.ts";

/** A Deployment, StatefulSet, DaemonSet, ReplicaSet or Job: all have a pod template, and a selector once they are stored. */
export type Workload = KubeObject<{ metadata?: object; kind?: string }> & {
  readonly spec?: {
    readonly selector?: LabelSelector;
    readonly template?: { readonly metadata?: Partial<ObjectMeta>; readonly spec?: Pod["spec"] };
  };
};

/** What was found at the ends; why something could not be read, by `kind namespace/name` or address. */
export interface Found {
  readonly pods: ReadonlyMap<string, Pod>;
  readonly services: ReadonlyMap<string, Service>;
  readonly workloads: ReadonlyMap<string, Workload>;
  /** Services by each of their addresses. */
  readonly serviceAt: ReadonlyMap<string, Service>;
  readonly unread: ReadonlyMap<string, string>;
  /** Whether the owner of every address that was asked about is known. */
  readonly addressesKnown: boolean;
}

const WORKLOADS = {
  Deployment: "deployments",
  StatefulSet: "statefulSets",
  DaemonSet: "daemonSets",
  ReplicaSet: "replicaSets",
  Job: "jobs",
} as const;

/** With more ends than this in one namespace its pods are read in one list. */
const SINGLE = 4;
/** With more addresses than this all pods are read, else each is looked up. */
const ADDRESSES = 4;

export const keyOf = (kind: string, { namespace, name }: { namespace: string; name: string }): string =>
  `${kind} ${namespace}/${name}`;

/** Reads the objects that `refs` name, and the pods behind them. Nothing else of the namespaces. */
export async function findObjects(asker: Asker, refs: readonly EndpointRef[]): Promise<Found> {
  const finder = new Finder(asker);
  const named = refs.filter((ref) => ref.kind !== "ip");
  const count = new Map<string, number>();
  for (const { namespace } of named) count.set(namespace, (count.get(namespace) ?? 0) + 1);
  const listed = new Set([...count].filter(([, many]) => many > SINGLE).map(([namespace]) => namespace));
  await Promise.all([
    ...[...listed].map((namespace) => finder.listPods(namespace)),
    ...named.map((ref) => (ref.kind === "pod" ? finder.pod(ref, listed) : finder.owner(ref, listed))),
    finder.addresses([...new Set(refs.flatMap((ref) => (ref.kind === "ip" ? [ref.ip] : [])))]),
  ]);
  return finder.found;
}

class Finder {
  readonly #asker: Asker;
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, Service>();
  readonly #workloads = new Map<string, Workload>();
  readonly #serviceAt = new Map<string, Service>();
  readonly #unread = new Map<string, string>();
  #addressesKnown = true;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  get found(): Found {
    return {
      pods: this.#pods,
      services: this.#services,
      workloads: this.#workloads,
      serviceAt: this.#serviceAt,
      unread: this.#unread,
      addressesKnown: this.#addressesKnown,
    };
  }

  #keep(pods: readonly Pod[]): void {
    for (const pod of pods) this.#pods.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod);
  }

  async listPods(namespace: string, labelSelector?: string): Promise<void> {
    const answer = await this.#asker.list("pods", namespace, labelSelector === undefined ? {} : { labelSelector });
    if (answer.state === "ok") this.#keep(answer.items);
    else this.#unread.set(`pods ${namespace}`, answer.detail);
  }

  async pod(ref: { readonly namespace: string; readonly name: string }, listed: ReadonlySet<string>): Promise<void> {
    if (listed.has(ref.namespace)) return;
    const answer = await this.#asker.get("pods", ref.namespace, ref.name);
    if (answer.state === "ok") this.#keep(answer.items);
    else this.#unread.set(keyOf("Pod", ref), answer.detail);
  }

  async owner(ref: Extract<EndpointRef, { kind: "owner" }>, listed: ReadonlySet<string>): Promise<void> {
    const { type, namespace, name } = ref;
    if (type === "Service") {
      const answer = await this.#asker.get("services", namespace, name);
      if (answer.state === "unavailable") this.#unread.set(keyOf(type, ref), answer.detail);
      for (const service of itemsOr(answer)) await this.#service(service, listed);
      return;
    }
    if (!Object.hasOwn(WORKLOADS, type)) return;
    const answer = await this.#asker.get(WORKLOADS[type as keyof typeof WORKLOADS], namespace, name);
    if (answer.state === "unavailable") this.#unread.set(keyOf(type, ref), answer.detail);
    const [workload] = itemsOr<unknown>(answer) as readonly Workload[];
    if (workload !== undefined) this.#workloads.set(keyOf(type, ref), workload);
    if (listed.has(namespace)) return;
    // Without the workload its pods still name it as their owner.
    const selector = workload === undefined ? "" : labelSelectorText(workload.spec?.selector ?? {});
    if (selector !== undefined) await this.listPods(namespace, selector === "" ? undefined : selector);
  }

  async #service(service: Service, listed: ReadonlySet<string>): Promise<void> {
    const { namespace } = service.metadata;
    this.#services.set(keyOf("Service", service.metadata), service);
    const selector = selectorText(service.spec?.selector ?? {});
    if (selector !== "" && !listed.has(namespace)) await this.listPods(namespace, selector);
  }

  /** Whose addresses these are. A Service's stands for its pods; one that is nobody's lies outside, if all could be read. */
  async addresses(ips: readonly string[]): Promise<void> {
    if (ips.length === 0) return;
    const single = ips.length <= ADDRESSES && ips.every((ip) => !ip.includes(":"));
    const [services, pods] = await Promise.all([
      this.#asker.list("services", ""),
      single
        ? Promise.all(ips.map((ip) => this.#asker.list("pods", "", { fieldSelector: `status.podIP=${ip}` }))).then(
            joined,
          )
        : this.#asker.list("pods", ""),
    ]);
    this.#keep(itemsOr(pods));
    this.#addressesKnown = pods.state === "ok" && (pods.gaps ?? []).length === 0 && services.state === "ok";
    for (const [what, answer] of Object.entries({ services, pods })) {
      if (answer.state === "unavailable") this.#unread.set(`${what} of all namespaces`, answer.detail);
    }
    for (const ip of ips) {
      const service = itemsOr(services).find((one) => addressesOf(one).some((text) => sameAddress(text, ip)));
      if (service === undefined) continue;
      this.#serviceAt.set(ip, service);
      await this.#service(service, new Set());
    }
  }
}

function addressesOf({ spec, status }: Service): readonly string[] {
  const balanced = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return [...(spec?.clusterIPs ?? []), spec?.clusterIP ?? "", ...(spec?.externalIPs ?? []), ...balanced];
}

function sameAddress(a: string, b: string): boolean {
  const [left, right] = [parseAddress(a), parseAddress(b)];
  return left !== undefined && left.family === right?.family && left.value === right.value;
}
