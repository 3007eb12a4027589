import { type Resource, resourceName } from "../../model/resources.ts";
import { isRecord } from "../decode.ts";
import type { Document } from "./documents.ts";
import type { Holdings } from "./holdings.ts";
import type { Place } from "./layout.ts";
import { type KindKey, kindKey, resourceNamed } from "./versions.ts";

type Objects = Extract<Place, { role: "objects" }>;

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `kubectl cluster-info dump` writes these lists for each namespace in this order. Source: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go */
const CLUSTER_INFO_ORDER = [
  "EventList",
  "ReplicationControllerList",
  "ServiceList",
  "DaemonSetList",
  "DeploymentList",
  "ReplicaSetList",
  "PodList",
];

interface TypedList {
  readonly kind: string;
  readonly key: KindKey | undefined;
  readonly namespaces: ReadonlySet<string>;
  readonly empty: boolean;
}

/** Reads the documents of one file into the holdings, and finds out what each of them lists as a whole. */
export class Ingest {
  readonly #holdings: Holdings;
  /** Typed lists whose namespace nothing tells, until all is read. */
  readonly #empty = new Map<KindKey, number>();
  readonly #typed = new Map<KindKey, number>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** Returns how many documents were Kubernetes. `where` names the file. */
  file(documents: readonly Document[], place: Objects, where: string): number {
    let used = 0;
    const lists: (TypedList | undefined)[] = [];
    for (const document of documents) {
      const at = documents.length === 1 && document.line === 1 ? where : `${where}:${document.line}`;
      const named = documents.length === 1 ? at : `${at} (document ${document.number})`;
      if ("problem" in document) {
        if (!document.kubernetes) continue;
        used += 1;
        this.#holdings.issues.push({ where: named, problem: `${document.problem}; this document is not used` });
        this.#lost(place, document.kinds, `${named}: ${document.problem}`);
        continue;
      }
      const list = this.#document(document.value, place, named);
      if (list === false) continue;
      used += 1;
      if (list !== true) lists.push(list);
    }
    this.#inferEmpty(lists);
    return used;
  }

  /** What a broken document named is not absent but unread; so is the list that its file should have held. */
  #lost(place: Objects, kinds: readonly string[], problem: string): void {
    for (const kind of kinds) {
      const resource = resourceNamed({ kind: kind.replace(/List$/, "") });
      if (resource !== undefined) this.#holdings.of(kindKey(resource)).broken.push({ namespace: "", text: problem });
    }
    if (place.resource === undefined || !place.complete) return;
    const { refused } = this.#holdings.of(kindKey(place.resource));
    const namespace = place.resource.namespaced ? (place.namespace ?? "") : "";
    if (!refused.has(namespace)) refused.set(namespace, { reason: "failed", detail: problem });
  }

  #document(value: unknown, place: Objects, where: string): TypedList | boolean {
    if (Array.isArray(value)) return this.#bare(value, place, where);
    if (!isRecord(value)) return false;
    const kind = text(value["kind"]);
    if (kind === "Status") return this.#status(value, where);
    const items = value["items"];
    const isList = kind === "List" || kind.endsWith("List");
    if (isList && (items === undefined || items === null || Array.isArray(items)))
      return this.#list(value, Array.isArray(items) ? items : [], place, where);
    if (kind === "" && Array.isArray(items)) {
      // Some writers leave the kind of a list out; kubectl writes it last, so that a list without one was probably cut off.
      if (place.resource !== undefined) return this.#list(value, items, place, where);
      const known = items.some((item: unknown) => isRecord(item) && text(item["kind"]) !== "");
      if (!known) return false;
      this.#holdings.issues.push({ where, problem: "a list without kind: it looks cut off, objects may be missing" });
      for (const key of this.#items(items, place, where, "", "").keys()) this.#partial(key, where);
      return true;
    }
    // A file whose place tells its kind may leave it out.
    const own = kind === "" ? (place.resource?.kind ?? "") : kind;
    if (own === "") return false;
    if (!isRecord(value["metadata"])) return this.#headless(value, own, where);
    const added = this.#holdings.add({ value, kind: own, apiVersion: "", namespace: place.namespace, where });
    if (added === undefined) return text(value["apiVersion"]) !== "";
    this.#holdings.of(added.key).touched.add(added.namespace);
    return true;
  }

  /** An object without metadata: worth a word only when it is of a kind we would have read. */
  #headless(value: Readonly<Record<string, unknown>>, kind: string, where: string): boolean {
    const known = resourceNamed({ kind }) !== undefined && text(value["apiVersion"]) !== "";
    if (known) this.#holdings.add({ value, kind, apiVersion: "", namespace: undefined, where });
    return known;
  }

  #partial(key: KindKey, where: string): void {
    this.#holdings.of(key).broken.push({ namespace: "", text: `${where}: the list looks cut off` });
  }

  /** A bare array: what old support bundles write, and `jq .items`. */
  #bare(items: readonly unknown[], place: Objects, where: string): boolean {
    const looks = items.some((item) => isRecord(item) && isRecord(item["metadata"]));
    if (place.resource === undefined && !looks) return false;
    this.#items(items, place, where, place.resource?.kind ?? "", "");
    if (place.resource !== undefined && place.complete) this.#coverPlace(place, kindKey(place.resource));
    return looks || place.resource !== undefined;
  }

  /** Adds items; returns their kinds with the namespaces they were in. */
  #items(
    items: readonly unknown[],
    place: Objects,
    where: string,
    kind: string,
    apiVersion: string,
  ): Map<KindKey, Set<string>> {
    const seen = new Map<KindKey, Set<string>>();
    for (const [index, item] of items.entries()) {
      const at = `${where}: items[${index}]`;
      if (isRecord(item) && Array.isArray(item["items"])) {
        this.#list(item, item["items"], place, at);
        continue;
      }
      const added = this.#holdings.add({ value: item, kind, apiVersion, namespace: place.namespace, where: at });
      if (added === undefined) continue;
      const namespaces = seen.get(added.key) ?? new Set();
      seen.set(added.key, namespaces.add(added.namespace));
      this.#holdings.of(added.key).touched.add(added.namespace);
    }
    return seen;
  }

  #list(
    value: Readonly<Record<string, unknown>>,
    items: readonly unknown[],
    place: Objects,
    where: string,
  ): TypedList | boolean {
    const kind = text(value["kind"]);
    const typed = kind !== "List" && kind !== "";
    const itemKind = typed ? kind.slice(0, -"List".length) : (place.resource?.kind ?? "");
    const seen = this.#items(items, place, where, itemKind, typed ? text(value["apiVersion"]) : "");
    const namespaces = new Set([...seen.values()].flatMap((set) => [...set]).filter((namespace) => namespace !== ""));
    // One list with objects of two namespaces was taken with --all-namespaces: no other request returns that.
    for (const [key, own] of seen) {
      if (namespaces.size > 1 || own.has("")) this.#holdings.cover(key, "");
      else for (const namespace of own) this.#holdings.cover(key, namespace);
    }
    const resource = typed ? resourceNamed({ kind: itemKind }) : place.resource;
    const fits = !place.typed || (typed && place.resource?.kind === itemKind);
    const inside = [...namespaces].every((namespace) => namespace === place.namespace);
    if (place.complete && fits && inside && place.resource !== undefined) {
      this.#coverPlace(place, kindKey(place.resource));
      return true;
    }
    if (!typed) return true;
    // Also a list of a kind that nobody asks for has its place in a cluster-info dump.
    if (resource === undefined) return { kind, key: undefined, namespaces, empty: items.length === 0 };
    const key = kindKey(resource);
    this.#typed.set(key, (this.#typed.get(key) ?? 0) + 1);
    if (items.length === 0 && !resource.namespaced) this.#holdings.cover(key, "");
    return { kind, key, namespaces, empty: items.length === 0 && resource.namespaced };
  }

  #coverPlace(place: Objects, key: KindKey): void {
    if (place.resource === undefined || kindKey(place.resource) !== key) return;
    this.#holdings.cover(key, place.resource.namespaced ? (place.namespace ?? "") : "");
  }

  /** kubectl's own error, in place of the answer: `{"kind":"Status","reason":"Forbidden",…}`. */
  #status(value: Readonly<Record<string, unknown>>, where: string): boolean {
    const details = isRecord(value["details"]) ? value["details"] : {};
    const message = text(value["message"]);
    const resource = resourceNamed({ plural: text(details["kind"]), group: text(details["group"]) });
    this.#holdings.issues.push({ where, problem: `an error instead of objects: ${message}` });
    if (resource !== undefined) this.refuse(resource, "", message);
    return true;
  }

  /** Records that a kind could not be listed in `namespace` ("" for all), with the server's message. */
  refuse(resource: Resource, namespace: string, message: string): void {
    const forbidden = /forbidden|cannot list|cannot get|unauthorized/i.test(message);
    const absent = /could not find the requested resource|no matches for kind/i.test(message);
    const reason = forbidden ? "forbidden" : absent ? "not-served" : "failed";
    this.#holdings
      .of(kindKey(resource))
      .refused.set(namespace, { reason, detail: `${resourceName(resource)}: ${message}` });
  }

  /** `<kind>-errors.json` of a support bundle: a message per namespace, or a list of messages. */
  errors(value: unknown, resource: Resource): void {
    if (Array.isArray(value) && value.length > 0) this.refuse(resource, "", value.map(String).join("; "));
    else if (isRecord(value))
      for (const [namespace, message] of Object.entries(value)) this.refuse(resource, namespace, String(message));
  }

  /** In the stream of a cluster-info dump, an empty list is of the namespace of its group; elsewhere its namespace stays open. */
  #inferEmpty(lists: readonly (TypedList | undefined)[]): void {
    const settled = new Set<TypedList>();
    for (let start = 0; start + CLUSTER_INFO_ORDER.length <= lists.length; start += 1) {
      const group = lists.slice(start, start + CLUSTER_INFO_ORDER.length);
      if (!group.every((list, index) => list?.kind === CLUSTER_INFO_ORDER[index])) continue;
      const namespaces = new Set(group.flatMap((list) => [...(list?.namespaces ?? [])]));
      const [namespace] = namespaces;
      for (const list of group) {
        if (list === undefined || !list.empty || list.key === undefined) continue;
        settled.add(list);
        if (namespaces.size === 1 && namespace !== undefined) this.#holdings.cover(list.key, namespace);
      }
    }
    for (const list of lists) {
      if (list?.empty === true && list.key !== undefined && !settled.has(list))
        this.#empty.set(list.key, (this.#empty.get(list.key) ?? 0) + 1);
    }
  }

  /**
   * Settles the empty lists whose namespace nothing told. When the dump is about one namespace at most and holds no other list of that kind, the list was
   * taken for that namespace. Else it stays open: "no pods in kube-system" must not become "no pods in shop".
   */
  finish(): void {
    for (const [key] of this.#empty) {
      const [only] = this.#holdings.namespaces;
      if (this.#typed.get(key) !== 1 || this.#holdings.namespaces.size > 1) continue;
      this.#holdings.cover(key, only ?? "");
    }
  }
}
