import type { Ran, Scope } from "../model/check.ts";
import type { Unread } from "../model/report.ts";
import { ASKED, type Asked, resourceName } from "../model/resources.ts";
import { kubectl } from "../model/shell.ts";
import {
  type CollectionName,
  type Gathered,
  isClusterCollection,
  type Snapshot,
  type Unavailable,
} from "../model/snapshot.ts";

/** `endpointslices.discovery.k8s.io in namespace shop`. */
function describe(asked: Asked, namespace: string): string {
  const name = `${resourceName(asked.resource)}${asked.subresource === undefined ? "" : `/${asked.subresource}`}`;
  if (!asked.resource.namespaced) return name;
  return asked.everywhere === true ? `${name} in all namespaces` : `${name} in namespace ${namespace}`;
}

function remedyFor(asked: Asked, namespace: string, why: Unavailable["reason"] | "gap"): string {
  const { resource, subresource } = asked;
  const name = resourceName(resource);
  const everywhere = asked.everywhere === true && resource.namespaced;
  const place = resource.namespaced && !everywhere ? namespace : "";
  const all = everywhere ? ["-A"] : [];
  const { action } = asked;
  if (action !== undefined) {
    const part = subresource === undefined ? [] : [`--subresource=${subresource}`];
    return kubectl(place, "auth", "can-i", action, name, ...part);
  }
  switch (why) {
    case "forbidden":
      return subresource === undefined
        ? kubectl(place, "auth", "can-i", "list", name, ...all)
        : kubectl(place, "auth", "can-i", "get", name, `--subresource=${subresource}`);
    case "not-in-dump":
      return subresource === undefined
        ? `# add to the dump: ${kubectl(place, "get", name, ...all, "-o", "yaml")}`
        : "# the dump holds no logs: ask for kubectl logs --previous of the failing container";
    case "not-served":
      return `kubectl api-resources --api-group=${resource.group === "" ? "''" : resource.group}`;
    case "not-requested":
    case "failed":
    case "gap":
      return kubectl(place, "get", name, ...all);
  }
}

function needed(name: CollectionName, ran: readonly Ran[]): readonly string[] {
  return ran
    .filter(({ check, outcome }) => outcome.status === "unknown" && [...check.needs, ...check.wants].includes(name))
    .map(({ check }) => check.id);
}

/**
 * What could not be read although a check asked for it, why, which checks hang on it, and what settles it. A collection on which no
 * unanswered check hangs is not a gap of the answer and stays away. Checks that gave up for a reason of their own are listed by it.
 */
export function unreadOf(snapshot: Snapshot, scope: Scope, ran: readonly Ran[]): readonly Unread[] {
  const names = Object.keys(snapshot.collections) as CollectionName[];
  const collections = names.flatMap((name): readonly Unread[] => {
    const gathered: Gathered<unknown> = snapshot.collections[name];
    const checks = needed(name, ran);
    if (checks.length === 0) return [];
    if (!isClusterCollection(name)) return azureUnread(name, gathered, checks);
    const asked = ASKED[name];
    const what = describe(asked, scope.namespace);
    if (gathered.state === "unavailable") {
      if (gathered.reason === "not-requested") return [];
      const remedy = remedyFor(asked, scope.namespace, gathered.reason);
      return [{ what, reason: `${gathered.reason}: ${gathered.detail}`, checks, remedy }];
    }
    const gaps = gathered.gaps ?? [];
    if (gaps.length === 0) return [];
    const remedy = remedyFor(asked, scope.namespace, "gap");
    return [{ what: `some ${what}`, reason: gaps.join("; "), checks, remedy }];
  });
  const told = new Set(collections.flatMap(({ checks }) => checks));
  return [...collections, ...ownReasons(ran.filter(({ check }) => !told.has(check.id)))];
}

/** Azure's part says itself what to do next: az's failures carry it. */
function azureUnread(name: CollectionName, gathered: Gathered<unknown>, checks: readonly string[]): readonly Unread[] {
  const what = `Azure: ${name.replace(/^azure/, "").toLowerCase()}`;
  const reason = gathered.state === "ok" ? (gathered.gaps ?? []).join("; ") : gathered.detail;
  if (reason === "" || (gathered.state === "unavailable" && gathered.reason === "not-requested")) return [];
  return [{ what, reason, checks, remedy: /next: (.+)$/.exec(reason)?.[1] ?? "az account show" }];
}

function ownReasons(ran: readonly Ran[]): readonly Unread[] {
  const reasons = new Map<string, string[]>();
  for (const { check, outcome } of ran) {
    if (outcome.status !== "unknown") continue;
    reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), check.id]);
  }
  return [...reasons].map(([reason, checks]) => ({
    what: checks.length === 1 ? `the answer to ${checks[0]}` : `the answers to ${checks.length} checks`,
    reason,
    checks,
    remedy: `kubectl netcheck explain ${checks[0]}`,
  }));
}
