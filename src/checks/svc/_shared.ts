/** What the Service checks share: the loop over the judged Services, times, and words for pods and ports. */
import type { CheckAnswer, Scope } from "../../model/check.ts";
import type { Evidence, Finding } from "../../model/finding.ts";
import type { Pod, Service } from "../../model/kube.ts";
import {
  conditionOf,
  hasStatus,
  ipsOf,
  isReady,
  isTerminal,
  isTerminating,
  longRunning,
  statusOf,
} from "../../model/pods.ts";
import { declaredPorts } from "../../model/ports.ts";
import { isExternalName } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import type { Gathered } from "../../model/snapshot.ts";

export const DEBUG_SERVICE = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/";
export const ENDPOINT_SLICES = "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/";
export const SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/";
export const VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/";

/**
 * Asks `judge` about each Service and joins the answers: what is unknown of one stays unknown beside the findings of another (a note about one
 * Service is no answer for the other); skipped only when the question applied to none.
 */
export function forEachService(services: readonly Service[], judge: (service: Service) => CheckAnswer): CheckAnswer {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  const skipped: string[] = [];
  for (const service of services) {
    const answer = judge(service);
    if ("skipped" in answer) skipped.push(answer.skipped);
    else if ("unknown" in answer) {
      unknown.push(answer.unknown);
      findings.push(...(answer.findings ?? []));
    } else findings.push(...answer);
  }
  if (unknown.length > 0) return { unknown: [...new Set(unknown)].join("; "), findings };
  if (findings.length > 0) return findings;
  if (services.length === 0) return { skipped: "no Service to judge" };
  return skipped.length === services.length ? { skipped: [...new Set(skipped)].join("; ") } : [];
}

/** For `notFor` of what concerns endpoints: ExternalName Services have none, so that unread pods or slices are nothing they lack. */
export function onlyExternalNames(scope: Scope): string | undefined {
  const { services } = scope;
  return services.length > 0 && services.every(isExternalName) ? "ExternalName has no endpoints" : undefined;
}

/** Why a wanted collection is not there, in a phrase; undefined when it is there or was not needed. */
export function unreadable<T>(what: string, gathered: Gathered<T>): string | undefined {
  if (gathered.state === "ok") {
    const gaps = gathered.gaps ?? [];
    return gaps.length > 0 ? `${what} could not be read in full` : undefined;
  }
  return gathered.reason === "not-requested" ? undefined : `${what} could not be read (${gathered.reason})`;
}

/**
 * What to add to a finding that youth would excuse, when a dump does not say when it was taken: it is then said as possible (a warning at
 * most), never passed over as healthy.
 */
export const YOUTH_UNPROVEN: Evidence = {
  k: "clock",
  v: "the dump does not say when it was taken: this may merely have been starting",
};

/** `{"op":"replace",…}` patches as a pasteable command. */
export function patchService(service: Service, operations: readonly Readonly<Record<string, unknown>>[]): string {
  const { namespace, name } = service.metadata;
  return kubectl(namespace, "patch", "service", name, "--type=json", "-p", JSON.stringify(operations));
}

/** Why a selected pod is no ready endpoint, in words; undefined when it should be one. */
export function whyNotReady(pod: Pod): string | undefined {
  if (!hasStatus(pod)) return "no status";
  if (isTerminal(pod)) return `finished (${pod.status?.phase}${pod.status?.reason ? `, ${pod.status.reason}` : ""})`;
  if (isTerminating(pod)) return "being deleted";
  if (!isReady(pod)) {
    const waiting = longRunning(pod)
      .concat(pod.spec?.initContainers ?? [])
      .flatMap((container) => statusOf(pod, container.name ?? "")?.state?.waiting?.reason ?? []);
    const scheduled = conditionOf(pod, "PodScheduled");
    const ready = conditionOf(pod, "Ready");
    const reason =
      waiting.find((text) => text !== "ContainerCreating" && text !== "PodInitializing") ??
      (scheduled?.status === "False" ? scheduled.reason : undefined) ??
      waiting[0] ??
      ready?.reason ??
      pod.status?.phase;
    return ipsOf(pod).length === 0 ? `no address yet (${reason})` : `not ready (${reason})`;
  }
  return ipsOf(pod).length === 0 ? "no address" : undefined;
}

/** `http=8080/TCP, 9090/TCP`, or `none declared`. */
export function describeDeclared(pod: Pod): string {
  const ports = declaredPorts(pod).map(
    ({ name, number, protocol }) => `${name ? `${name}=` : ""}${number}/${protocol}`,
  );
  return ports.length === 0 ? "none declared" : ports.join(", ");
}

/** The first items, and how many more there are: evidence of a Service with a thousand pods stays readable. */
export function firstOf<T>(
  items: readonly T[],
  count: number,
): { readonly shown: readonly T[]; readonly more: number } {
  return { shown: items.slice(0, count), more: Math.max(0, items.length - count) };
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], count = 5): string {
  const { shown, more } = firstOf(names, count);
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

/** By name: the order in which objects were listed never shows in an answer. */
export function sortedByName<T extends { readonly metadata: { readonly name: string } }>(
  objects: readonly T[],
): readonly T[] {
  return objects.toSorted((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0,
  );
}
