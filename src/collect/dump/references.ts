import type { EndpointSlice, Ingress, Pod } from "../../model/kube.ts";
import type { Resource } from "../../model/resources.ts";
import type { AnyObject } from "../source.ts";
import type { Holding, Holdings } from "./holdings.ts";
import { type KindKey, kindKey, knownResource } from "./versions.ts";

/** Objects that others name, by kind: `namespace/name` → who names it. */
export type References = ReadonlyMap<KindKey, ReadonlyMap<string, string>>;

const POD = "/Pod";
const NODE = "/Node";

/** The objects that one object takes for existing: its node, its owner, its class, the pods behind a slice. */
function namedBy(key: KindKey, object: AnyObject): readonly (readonly [KindKey, string, string])[] {
  const { namespace } = object.metadata;
  const named: (readonly [KindKey, string, string])[] = [];
  for (const owner of object.metadata.ownerReferences ?? []) {
    const group = owner.apiVersion?.includes("/") === true ? (owner.apiVersion.split("/")[0] ?? "") : "";
    const resource = knownResource(kindKey({ group, kind: owner.kind ?? "" }));
    if (resource !== undefined) named.push([kindKey(resource), resource.namespaced ? namespace : "", owner.name ?? ""]);
  }
  if (namespace !== "") named.push(["/Namespace", "", namespace]);
  if (key === POD) {
    const node = (object as Pod).spec?.nodeName;
    if (node !== undefined) named.push([NODE, "", node]);
  } else if (key === "discovery.k8s.io/EndpointSlice") {
    for (const endpoint of (object as EndpointSlice).endpoints ?? []) {
      if (endpoint.nodeName !== undefined) named.push([NODE, "", endpoint.nodeName]);
      if (endpoint.targetRef?.kind === "Pod") named.push([POD, namespace, endpoint.targetRef.name ?? ""]);
    }
  } else if (key === "networking.k8s.io/Ingress") {
    const name = (object as Ingress).spec?.ingressClassName;
    if (name !== undefined) named.push(["networking.k8s.io/IngressClass", "", name]);
  }
  return named.filter(([, , name]) => name !== "");
}

/** All that the objects of a dump name. */
export function referencesIn(holdings: Holdings): References {
  const references = new Map<KindKey, Map<string, string>>();
  for (const [key, holding] of holdings.kinds()) {
    for (const object of holding.objects.values()) {
      for (const [kind, namespace, name] of namedBy(key, object)) {
        const names = references.get(kind) ?? new Map<string, string>();
        references.set(kind, names);
        const id = `${namespace}/${name}`;
        if (!names.has(id)) names.set(id, `${object.kind} ${object.metadata.name}`);
      }
    }
  }
  return references;
}

/** One line about the objects of `resource` in `namespace` that others name and that are not held; none when all are there. */
export function missingReferences(
  references: References,
  resource: Resource,
  namespace: string,
  holding: Holding,
): readonly string[] {
  const named = references.get(kindKey(resource)) ?? new Map<string, string>();
  const missing = [...named].filter(([id]) => id.startsWith(`${namespace}/`) && !holding.objects.has(id));
  const [first] = missing;
  if (first === undefined) return [];
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
  const name = first[0].slice(namespace.length + 1);
  return [`${resource.kind} ${name}${more}, which ${first[1]} names, is not in the dump`];
}
