/** A ClusterSource over plain objects, that remembers what it was asked: for tests of the plan and of whole commands. */
import { fieldMatcher, labelMatcher } from "../../src/collect/dump/match.ts";
import type { AnyObject, ClusterSource } from "../../src/collect/source.ts";
import type { KubeObject } from "../../src/model/kube.ts";
import { type ListQuery, type Query, queryKey, type Resource } from "../../src/model/resources.ts";
import type { Gathered } from "../../src/model/snapshot.ts";
import { NOW } from "./objects.ts";

export interface MemorySource extends ClusterSource {
  readonly asked: readonly Query[];
}

type Some = Pick<KubeObject<object>, "kind" | "metadata">;

function isSelected(query: ListQuery, object: AnyObject): boolean {
  const [labels, fields] = [labelMatcher(query.labelSelector ?? ""), fieldMatcher(query.fieldSelector ?? "")];
  return "matches" in labels && "matches" in fields && labels.matches(object) && fields.matches(object);
}

/** Answers from `objects`; resources whose plural is in `forbidden` answer 403. */
export function memorySource(objects: readonly Some[], forbidden: readonly string[] = []): MemorySource {
  const asked: Query[] = [];
  const of = (resource: Resource, namespace: string): AnyObject[] =>
    objects
      .filter((object) => object.kind === resource.kind)
      .filter(
        (object) => namespace === "" || !resource.namespaced || object.metadata.namespace === namespace,
      ) as unknown as AnyObject[];
  const answer = (query: Query, items: () => AnyObject[]): Gathered<AnyObject> => {
    asked.push(query);
    if (query.type !== "log" && forbidden.includes(query.resource.plural)) {
      return { state: "unavailable", reason: "forbidden", detail: `${query.resource.plural} is forbidden` };
    }
    return { state: "ok", items: items() };
  };
  return {
    asked,
    source: { kind: "live", from: "memory" },
    takenAt: () => NOW,
    get: async (query) =>
      answer(query, () => of(query.resource, query.namespace).filter((object) => object.metadata.name === query.name)),
    list: async (query) =>
      answer(query, () => of(query.resource, query.namespace).filter((object) => isSelected(query, object))),
    log: async (query) => {
      asked.push(query);
      const { namespace, pod, container, previous } = query;
      return { namespace, pod, container, previous, lines: [`log of ${queryKey(query)}`] };
    },
  };
}
