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
        const told = (line: string): string =>
          line.replaceAll("NAMESPACE", sh(namespace)).replaceAll("SERVICE", sh(name));
        // With an address the load balancer of the last success still serves: what failed is a change to it.
        const serving = frontendIps(service).length > 0;
        return [
          find(known.id, {
            object: refOf(service),
            severity: serving ? "warning" : known.meaning.severity,
            summary: `Service ${name} ${known.meaning.says}`,
            evidence: [
              { k: `event ${event.reason ?? ""}`, v: event.message ?? "" },
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

/**
 * Warnings of the cloud provider about load balancers. Other controllers (DNS, certificates, ingress) write to Services, too, and "no
 * available nodes" is a matter of nodes, with a check of its own.
 */
function isFailure(event: KubeEvent): boolean {
  if (event.type !== "Warning" || event.reason === "UnAvailableLoadBalancer") return false;
  const component = event.source?.component ?? event.reportingComponent ?? "";
  return /LoadBalancer/.test(event.reason ?? "") || /^(service-controller|azure-.*|cloud-.*)$/.test(component);
}
