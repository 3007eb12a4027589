/** What people write for the ends of a flow, resolved against what was read. A text instead of ends says what is wrong. */
import type { Pod, Service } from "../../model/kube.ts";
import { isTerminal, topOwner } from "../../model/pods.ts";
import { describePort, findPort, matchesPortArgument, protocolOf } from "../../model/ports.ts";
import { matchesSelector, selects } from "../../model/selectors.ts";
import type { Resolved, Resolver, Target, Unread } from "../../policy/batch.ts";
import { type EndpointRef, parseEndpoint, portsToTest } from "../../policy/endpoints.ts";
import { podEnd } from "../../policy/ends.ts";
import type { End } from "../../policy/types.ts";
import { endOfIp } from "../../policy/world.ts";
import { type Found, keyOf, type Workload } from "./objects.ts";
import type { FlowWorld } from "./read.ts";

/** The reference that `text` stands for, or what to write instead. A single address may carry its prefix length. */
export function refOfText(text: string, namespace: string): EndpointRef | string {
  const address = text.replace(/^([^/]+)\/(32|128)$/, "$1");
  return (
    parseEndpoint(address, namespace) ??
    `"${text}" names no end of a flow: write POD, NS/POD, TYPE/NAME, NS/TYPE/NAME or an IP address`
  );
}

export type Owner = Extract<EndpointRef, { kind: "owner" }>;

/** Finds ends among what was read; names without a namespace are of `namespace`. */
export class Ends implements Resolver {
  readonly #read: FlowWorld;
  readonly #namespace: string;

  constructor(read: FlowWorld, namespace: string) {
    this.#read = read;
    this.#namespace = namespace;
  }

  /** The pods, node or address that a flow comes from. */
  sources(text: string): Resolved<End> {
    const ref = refOfText(text, this.#namespace);
    if (typeof ref === "string") return ref;
    if (ref.kind === "ip") return this.#address(ref.ip);
    if (ref.kind === "pod") return this.#pod(ref);
    return this.#owned(ref);
  }

  /** Where a flow arrives. `port` is a number or name; behind a Service it is the Service's, and the pods' own port is given. */
  targets(text: string, port: string | number | undefined, protocol: string): Resolved<Target> {
    const argument = port === undefined ? undefined : String(port);
    const ref = refOfText(text, this.#namespace);
    if (typeof ref === "string") return ref;
    const { services, serviceAt } = this.#read.found;
    const service = ref.kind === "ip" ? serviceAt.get(ref.ip) : services.get(refKey(ref));
    if (service !== undefined) return this.#behind(service, argument, protocol);
    const ends = this.sources(text);
    if (typeof ends === "string" || "unread" in ends) return ends;
    const targets = ends.flatMap((end) =>
      portsToTest(end, argument, protocol).map((found) => ({ end, port: found.port })),
    );
    if (targets.length > 0) return targets;
    const wanted = argument === undefined ? `no ${protocol} port` : `no ${protocol} port named "${argument}"`;
    return `${text} declares ${wanted}: name the port by its number`;
  }

  #address(ip: string): Resolved<End> {
    const end = endOfIp(this.#read.world, ip);
    return end === undefined ? `${ip} is no IP address` : [end];
  }

  #pod(ref: { readonly namespace: string; readonly name: string }): Resolved<End> {
    const pod = this.#read.found.pods.get(`${ref.namespace}/${ref.name}`);
    if (pod !== undefined) return [podEnd(pod)];
    const why = this.#read.found.unread.get(keyOf("Pod", ref)) ?? this.#read.found.unread.get(`pods ${ref.namespace}`);
    return why === undefined ? `pod "${ref.name}" not found in namespace "${ref.namespace}"` : cannotRead(why);
  }

  #owned(ref: Owner): Resolved<End> {
    const { found, world } = this.#read;
    if (ref.type === "Node") {
      const node = world.nodes.get(ref.name);
      return node === undefined ? `node "${ref.name}" not found` : [node];
    }
    const own = livePodsOf(found, ref);
    if (own.length > 0 || found.services.has(refKey(ref))) return own.map(podEnd);
    const workload = found.workloads.get(refKey(ref));
    const made = workload === undefined ? [] : templatePod(ref, workload);
    if (made.length > 0) return made.map(podEnd);
    const why = unreadOf(found, ref);
    return why === undefined ? `${ref.type} "${ref.name}" not found in namespace "${ref.namespace}"` : cannotRead(why);
  }

  #behind(service: Service, argument: string | undefined, protocol: string): Resolved<Target> {
    const { namespace, name } = service.metadata;
    const why = this.#read.found.unread.get(`pods ${namespace}`);
    if (why !== undefined) return cannotRead(why);
    const pods = selectedBy(service, this.#read.found);
    if (pods.length === 0)
      return `Service ${namespace}/${name} leads to no pod that is known: name a pod or an address`;
    // A headless Service translates nothing: clients speak to the pod's own port.
    if (service.spec?.clusterIP === "None" && argument !== undefined && /^\d+$/.test(argument)) {
      return pods.map((pod) => ({ end: podEnd(pod), port: Number(argument) }));
    }
    const ports = (service.spec?.ports ?? []).filter(
      (port) => protocolOf(port) === protocol && (argument === undefined || matchesPortArgument(port, argument)),
    );
    if (ports.length === 0) {
      const has = (service.spec?.ports ?? []).map(describePort).join(", ");
      return `Service ${namespace}/${name} has no port ${argument ?? ""}${argument === undefined ? "" : "/"}${protocol}; it has ${has === "" ? "none" : has}`;
    }
    const targets = pods.flatMap((pod) =>
      ports.flatMap((port) => {
        const number = findPort(pod, port);
        return number === undefined ? [] : [{ end: podEnd(pod), port: number }];
      }),
    );
    return targets.length > 0 ? targets : `no pod of Service ${namespace}/${name} declares the port that it sends to`;
  }
}

const refKey = (ref: EndpointRef): string => (ref.kind === "owner" ? keyOf(ref.type, ref) : "");

/** The pods of a Service or workload that have not ended, as far as they were read. */
export function livePodsOf(found: Found, ref: Owner): readonly Pod[] {
  const service = found.services.get(refKey(ref));
  if (service !== undefined) return selectedBy(service, found);
  const workload = found.workloads.get(refKey(ref));
  return live(found).filter((pod) => isOf(pod, ref, workload));
}

/** Why the pods of a Service or workload are not all known; undefined when they were read. */
export function unreadOf({ unread }: Found, ref: Owner): string | undefined {
  return unread.get(refKey(ref)) ?? unread.get(`pods ${ref.namespace}`);
}

function live({ pods }: Found): readonly Pod[] {
  return [...pods.values()].filter((pod) => !isTerminal(pod));
}

function selectedBy(service: Service, found: Found): readonly Pod[] {
  return live(found).filter((pod) => selects(service, pod));
}

const cannotRead = (why: string): Unread => ({ unread: why });

/** By the workload's selector; where the workload itself was not read, by the owner that the pod names. */
function isOf(pod: Pod, { type, namespace, name }: Owner, workload: Workload | undefined): boolean {
  if (pod.metadata.namespace !== namespace) return false;
  const selector = workload?.spec?.selector;
  if (selector !== undefined) return matchesSelector(selector, pod.metadata.labels ?? {});
  const owners = (pod.metadata.ownerReferences ?? []).map((owner) => `${owner.kind}/${owner.name}`);
  return [...owners, topOwner(pod)].includes(`${type}/${name}`);
}

/** The pod that a workload without pods would make: labels and ports are in its template, an address it has none. */
function templatePod(ref: Owner, workload: Workload): readonly Pod[] {
  const template = workload.spec?.template;
  if (template === undefined) return [];
  const metadata = { ...template.metadata, name: ref.name, namespace: ref.namespace };
  return [{ kind: "Pod", metadata, ...(template.spec === undefined ? {} : { spec: template.spec }) }];
}
