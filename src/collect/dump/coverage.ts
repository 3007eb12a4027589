/**
 * What a dump may be asked. Nobody tells a foreign dump's scope, so it is inferred, and where two readings are possible, the one is taken that cannot
 * make a false verdict. For a kind and a namespace:
 *
 * - listed: the whole list is there. By its place (`cluster-resources/pods/shop.json`, `namespaces/shop/core/pods.yaml`, the files of a cluster-info
 *   dump), or as a list document: with objects of one namespace it covers that one, with objects of two it was taken with --all-namespaces and covers
 *   all. Then an absent object does not exist.
 * - touched: there are single objects, outside any list (`kubectl get pod web-1 -o yaml`, manifests). They count as read. But where another object of the
 *   dump names one that is missing (a slice its pod, a pod its node), the answer has a gap. And for Secrets and ConfigMaps, which are made
 *   elsewhere so often, and for cluster-scoped kinds, a missing object is "not in the dump", not "does not exist".
 * - nothing, though other namespaces have objects of that kind: not in the dump. There may be none, or nobody asked.
 * - refused: the dump says itself that it could not be read.
 */
import { type GetQuery, type ListQuery, type Resource, resourceName } from "../../model/resources.ts";
import type { Gathered, Unavailable, UnavailableReason } from "../../model/snapshot.ts";
import type { AnyObject } from "../source.ts";
import type { Holding, Holdings } from "./holdings.ts";
import { fieldMatcher, labelMatcher } from "./match.ts";
import { missingReferences, type References, referencesIn } from "./references.ts";
import { kindKey, sameSchema } from "./versions.ts";

const MADE_ELSEWHERE = new Set(["/Secret", "/ConfigMap"]);

function unavailable(reason: UnavailableReason, detail: string): Unavailable {
  return { state: "unavailable", reason, detail };
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...names].toSorted();
}

/** Answers list and get queries from what the files hold. */
export class Coverage {
  readonly #holdings: Holdings;
  readonly #from: string;
  #references: References | undefined;

  constructor(holdings: Holdings, from: string) {
    this.#holdings = holdings;
    this.#from = from;
  }

  list(query: ListQuery): Gathered<AnyObject> {
    const label = labelMatcher(query.labelSelector ?? "");
    if ("refused" in label) return unavailable("failed", label.refused);
    const field = fieldMatcher(query.fieldSelector ?? "");
    if ("refused" in field) return unavailable("failed", field.refused);
    const read = this.#read(query.resource, query.resource.namespaced ? query.namespace : "");
    if (read.state === "unavailable") return read;
    const items = read.items.filter((object) => label.matches(object) && field.matches(object));
    return { ...read, items: query.metadataOnly === true ? items.map(metadataOnly) : items };
  }

  get(query: GetQuery): Gathered<AnyObject> {
    const namespace = query.resource.namespaced ? query.namespace : "";
    const read = this.#read(query.resource, namespace);
    if (read.state === "unavailable") return read;
    const found = read.items.find((object) => object.metadata.name === query.name);
    if (found !== undefined) return { state: "ok", items: [found] };
    const holding = this.#holdings.holds(query.resource);
    const gap = read.gaps?.[0];
    if (gap !== undefined) return unavailable("not-in-dump", gap);
    const key = kindKey(query.resource);
    const listed = holding !== undefined && this.#isListed(holding, namespace);
    if (!listed && (MADE_ELSEWHERE.has(key) || !query.resource.namespaced))
      return unavailable(
        "not-in-dump",
        `${this.#from} holds single ${query.resource.plural}, but not ${query.name}, and no list that says there is none`,
      );
    return { state: "ok", items: [] };
  }

  #isListed(holding: Holding, namespace: string): boolean {
    if (holding.everywhere || holding.listed.has(namespace)) return true;
    if (namespace !== "") return false;
    const all = this.#holdings.holds({ group: "", kind: "Namespace" });
    if (all?.everywhere !== true || all.objects.size === 0) return false;
    return [...all.objects.values()].every((object) => holding.listed.has(object.metadata.name));
  }

  /** All objects of a kind in a namespace ("": in all, or of a cluster-scoped kind), with what is known to be missing. */
  #read(resource: Resource, namespace: string): Gathered<AnyObject> {
    const name = resourceName(resource);
    const holding = this.#holdings.holds(resource);
    if (holding === undefined) return this.#absent(resource, namespace);
    const allNamespaces = resource.namespaced && namespace === "";
    const listed = this.#isListed(holding, namespace);
    const refused = holding.refused.get(namespace) ?? (listed ? undefined : holding.refused.get(""));
    const touched = allNamespaces
      ? holding.objects.size > 0 || holding.listed.size > 0
      : holding.touched.has(namespace) || (!resource.namespaced && holding.objects.size > 0);
    if (!listed && refused !== undefined && !(allNamespaces && touched))
      return unavailable(refused.reason, refused.detail);
    const broken = holding.broken.filter(
      (item) => allNamespaces || item.namespace === "" || item.namespace === namespace,
    );
    if (!listed && !touched) return this.#absent(resource, namespace);
    const gaps = broken.map((item) => item.text);
    if (!listed && allNamespaces)
      gaps.push(
        `${this.#from} holds ${name} of ${sorted(new Set([...holding.touched, ...holding.listed])).join(", ")} only`,
      );
    else if (!listed) {
      this.#references ??= referencesIn(this.#holdings);
      gaps.push(...missingReferences(this.#references, resource, namespace, holding));
    }
    if (refused !== undefined) gaps.push(refused.detail);
    const items: AnyObject[] = [];
    for (const object of holding.objects.values()) {
      const own = resource.namespaced ? object.metadata.namespace || "default" : "";
      if (!allNamespaces && own !== namespace) continue;
      if (!sameSchema(object, resource)) {
        gaps.push(`${resource.kind} ${object.metadata.name} is of a version that cannot be read here`);
        continue;
      }
      items.push(
        own === object.metadata.namespace ? object : { ...object, metadata: { ...object.metadata, namespace: own } },
      );
    }
    return { state: "ok", items, ...(gaps.length === 0 ? {} : { gaps }) };
  }

  #absent(resource: Resource, namespace: string): Unavailable {
    const name = resourceName(resource);
    const holding = this.#holdings.holds(resource);
    const broken = holding?.broken.find((item) => item.namespace === "" || item.namespace === namespace);
    if (broken !== undefined) return unavailable("failed", broken.text);
    const elsewhere = sorted(new Set([...(holding?.touched ?? []), ...(holding?.listed ?? [])]));
    if (elsewhere.length > 0 && namespace !== "")
      return unavailable(
        "not-in-dump",
        `${this.#from} holds ${name} of ${elsewhere.slice(0, 5).join(", ")}${elsewhere.length > 5 ? ", …" : ""}, none of ${namespace}: ` +
          "whether there are none or they were not taken is not known",
      );
    return unavailable("not-in-dump", `${this.#from} holds no ${name}`);
  }
}

function metadataOnly(object: AnyObject): AnyObject {
  return { kind: object.kind, metadata: object.metadata };
}
