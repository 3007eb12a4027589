import type { KubeEvent, ObjectMeta } from "./kube.ts";
import { timeOf } from "./pods.ts";

/**
 * When an event happened last, in ms: the first non-null of series.lastObservedTime, lastTimestamp, eventTime, creationTimestamp.
 * 0 when it carries no time at all.
 */
export function eventTime(event: KubeEvent): number {
  const candidates = [
    event.series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.metadata.creationTimestamp,
  ];
  for (const text of candidates) {
    const ms = timeOf(text ?? undefined);
    if (ms !== undefined) return ms;
  }
  return 0;
}

/** How often it happened. */
export function eventCount(event: KubeEvent): number {
  return event.series?.count ?? event.count ?? 1;
}

/**
 * The events of one object, newest first. By UID, because a recreated object keeps its name; by name only for events or objects without a
 * UID (hand-made dumps) and for Nodes, whose events carry the node name as UID.
 */
export function eventsOf(
  events: readonly KubeEvent[],
  object: { readonly kind: string; readonly metadata: ObjectMeta },
): readonly KubeEvent[] {
  const { uid, name, namespace } = object.metadata;
  const mine = events.filter((event) => {
    const about = event.involvedObject;
    if (about === undefined) return false;
    const named = about.kind === object.kind && about.name === name && (about.namespace ?? "") === namespace;
    if (object.kind === "Node") return about.kind === "Node" && about.name === name;
    if (uid === undefined || about.uid === undefined || about.uid === "") return named;
    return about.uid === uid;
  });
  return mine.toSorted((a, b) => eventTime(b) - eventTime(a));
}

/** The newest event with one of the reasons, not older than `since` (ms epoch). `events` must be newest first. */
export function newest(events: readonly KubeEvent[], reasons: readonly string[], since = 0): KubeEvent | undefined {
  return events.find((event) => reasons.includes(event.reason ?? "") && eventTime(event) >= since);
}

/** The container an event is about, from `involvedObject.fieldPath` (`spec.containers{web}`); undefined when it does not say. */
export function eventContainer(event: KubeEvent): string | undefined {
  return /\{(.+)\}$/.exec(event.involvedObject?.fieldPath ?? "")?.[1];
}

/** Whether an event may be about that container: it names it, or names none. */
export function isAbout(event: KubeEvent, container: string): boolean {
  return (eventContainer(event) ?? container) === container;
}
