import { frontendIps } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { eventCount, eventsOf, eventTime, newest } from "../../model/events.ts";
import type { FindingMeta } from "../../model/finding.ts";
import { type KubeEvent, refOf } from "../../model/kube.ts";
import { sh } from "../../model/shell.ts";
import { EVENT_MEANINGS, type EventFinding, meaningOf } from "./_event-table.ts";
import { forAzureServices, INTERNAL_LB, LOAD_BALANCER, withoutLoadBalancer } from "./_shared.ts";

const FINDINGS = Object.fromEntries(
  Object.entries(EVENT_MEANINGS).map(([id, { severity, title, explain }]): [string, FindingMeta] => [
    id,
    { severity, title, explain, docs: [LOAD_BALANCER, INTERNAL_LB] },
  ]),
) as Readonly<Record<EventFinding, FindingMeta>>;

/** What Azure answered when the provider asked for the load balancer: the newest failure that no success has followed. */
export const check = defineCheck({
  id: "azure/events",
  question: "Does Azure refuse to build the load balancer, and why?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "events"],
  findings: FINDINGS,
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) => {
      const events = eventsOf(view.events, service);
      const success = newest(events, ["EnsuredLoadBalancer"]);
      const since = success === undefined ? 0 : eventTime(success) + 1;
      const failures = events.filter((event) => isFailure(event) && eventTime(event) >= since);
      const syncs = failures.filter((event) => event.reason === "SyncLoadBalancerFailed").slice(0, 1);
      const others = failures.filter((event) => event.reason !== "SyncLoadBalancerFailed");
      for (const event of [...syncs, ...others]) {
        const known = meaningOf(event.message ?? "");
        if (known === undefined) continue;
        const { namespace, name } = service.metadata;
        const named = known.id === "azure/event-authorization" ? refusalOf(event.message ?? "") : {};
        const told = (line: string): string =>
          line
            .replaceAll("NAMESPACE", sh(namespace))
            .replaceAll("SERVICE", sh(name))
            .replace("--assignee IDENTITY", `--assignee ${named.identity ?? "IDENTITY"}`)
            .replace("SCOPE_FROM_THE_MESSAGE", named.scope ?? "SCOPE_FROM_THE_MESSAGE");
        // With an address the load balancer of the last success still serves: what failed is a change to it.
        const serving = frontendIps(service).length > 0;
        return [
          find(known.id, {
            object: refOf(service),
            severity: serving ? "warning" : known.meaning.severity,
            summary: `Service ${name} ${known.meaning.says}`,
            evidence: [
              { k: `event ${event.reason ?? ""}`, v: event.message ?? "" },
              ...(named.action === undefined ? [] : [{ k: "missing right", v: named.action }]),
              { k: "seen", v: `${eventCount(event)}×, last ${new Date(eventTime(event)).toISOString()}` },
            ],
            remedy: known.meaning.remedy.map(told),
          }),
        ];
      }
      return [];
    });
  },
});

interface Refusal {
  /** Object id of the cluster's identity. */
  readonly identity?: string;
  /** The resource on which the right is missing; of several, the first. */
  readonly scope?: string;
  readonly action?: string;
}

/**
 * Who may not do what on what, from ARM's message. LinkedAuthorizationFailed names two scopes: what the identity may do, and the linked one where the
 * right is missing. Only plain ids are taken over, since they end in a command.
 */
function refusalOf(message: string): Refusal {
  const identity = /object id '([0-9a-f-]{36})'/i.exec(message)?.[1];
  const scope =
    /linked scope\(s\) '(\/subscriptions\/[\w./()-]+)/i.exec(message)?.[1] ??
    /over scope '(\/subscriptions\/[\w./()-]+)'/i.exec(message)?.[1];
  const action =
    /perform action\(s\) '([\w./*-]+)/i.exec(message)?.[1] ??
    /to perform action '([\w./*-]+)' over/i.exec(message)?.[1];
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(scope === undefined ? {} : { scope: sh(scope) }),
    ...(action === undefined ? {} : { action }),
  };
}

/**
 * Warnings of the cloud provider about load balancers. Other controllers (DNS, certificates, ingress) write to Services, too, and "no
 * available nodes" is a matter of nodes, with a check of its own.
 */
function isFailure(event: KubeEvent): boolean {
  if (event.type !== "Warning" || event.reason === "UnAvailableLoadBalancer") return false;
  const component = event.source?.component ?? event.reportingComponent ?? "";
  return /LoadBalancer/.test(event.reason ?? "") || /^(service-controller|azure-.*|cloud-.*)$/.test(component);
}
