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

/** `open`: the checks without an answer. */
function needed(name: CollectionName, open: readonly Ran[]): readonly string[] {
  return open
    .filter(({ check }) => check.needs.includes(name) || check.wants.includes(name))
    .map(({ check }) => check.id);
}

/**
 * What could not be read although a check asked for it, why, which checks hang on it, and what settles it. A collection on which no
 * unanswered check hangs is not a gap of the answer and stays away. Checks that gave up for a reason of their own are listed by it.
 */
export function unreadOf(snapshot: Snapshot, scope: Scope, ran: readonly Ran[]): readonly Unread[] {
  const open = ran.filter(({ outcome }) => outcome.status === "unknown");
  if (open.length === 0) return [];
  const names = Object.keys(snapshot.collections) as CollectionName[];
  const collections = names.flatMap((name): readonly Unread[] => {
    const gathered: Gathered<unknown> = snapshot.collections[name];
    const checks = needed(name, open);
    // Asked in the place of slices that could not be read: those are what is missing.
    if (checks.length === 0 || !isClusterCollection(name) || name === "endpoints") return [];
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
  const azure = azureUnread(snapshot, open);
  const told = new Set([...collections, ...azure].flatMap(({ checks }) => checks));
  return [...collections, ...azure, ...ownReasons(open.filter(({ check }) => !told.has(check.id)))];
}

/** What of Azure could not be read, one line a reason: they mostly fail together. az's failures carry the next step. */
function azureUnread(snapshot: Snapshot, open: readonly Ran[]): readonly Unread[] {
  const byReason = new Map<string, { readonly names: string[]; readonly checks: Set<string> }>();
  for (const name of Object.keys(snapshot.collections) as CollectionName[]) {
    const checks = isClusterCollection(name) ? [] : needed(name, open);
    const gathered: Gathered<unknown> = snapshot.collections[name];
    if (checks.length === 0 || (gathered.state === "unavailable" && gathered.reason === "not-requested")) continue;
    const reason = gathered.state === "ok" ? (gathered.gaps ?? []).join("; ") : gathered.detail;
    if (reason === "") continue;
    const entry = byReason.get(reason) ?? { names: [], checks: new Set<string>() };
    entry.names.push(AZURE_NAMES[name] ?? name);
    for (const check of checks) entry.checks.add(check);
    byReason.set(reason, entry);
  }
  return [...byReason].map(([reason, { names, checks }]) => ({
    what: `Azure: ${names.join(", ")}`,
    reason: reason.replace(/; next: .+$/, ""),
    checks: [...checks],
    remedy: /; next: (.+)$/.exec(reason)?.[1] ?? "az account show",
  }));
}

const AZURE_NAMES: { readonly [name: string]: string } = {
  azurePools: "node pools",
  azureSubnets: "subnets",
  azureVnets: "virtual networks",
  azureRouteTables: "route tables",
  azureNsgs: "network security groups",
  azureLoadBalancers: "load balancers",
  azurePublicIps: "public IPs",
  azureClusters: "managed cluster",
  azureAppGateways: "application gateways",
  azureLbHealth: "health of the load balancer's probes",
  azureAdminRules: "security admin rules",
};

function ownReasons(open: readonly Ran[]): readonly Unread[] {
  const reasons = new Map<string, string[]>();
  for (const { check, outcome } of open) {
    reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), check.id]);
  }
  return [...reasons].map(([reason, checks]) => ({
    what: checks.length === 1 ? `the answer to ${checks[0]}` : `the answers to ${checks.length} checks`,
    reason,
    checks,
    remedy: `kubectl netcheck explain ${checks[0]}`,
  }));
}

/**
 * Completes `rbac/forbidden` by what no check can know alone: which others a refusal left without an answer. A refusal on which nothing hangs is
 * no news.
 */
export function withUnanswered(ran: readonly Ran[], unread: readonly Unread[]): readonly Ran[] {
  return ran.map((one) => {
    if (one.check.id !== "rbac/forbidden" || one.findings.length === 0) return one;
    const findings = one.findings.flatMap((finding) => {
      const said = finding.evidence[0]?.v ?? "";
      const checks = unread.flatMap((gap) => (gap.reason === `forbidden: ${said}` ? gap.checks : []));
      if (checks.length === 0) return [];
      return [
        { ...finding, evidence: [...finding.evidence, { k: "without an answer", v: [...new Set(checks)].join(", ") }] },
      ];
    });
    const status = findings.length > 0 ? "fired" : "passed";
    return { ...one, findings, outcome: { ...one.outcome, status } };
  });
}
