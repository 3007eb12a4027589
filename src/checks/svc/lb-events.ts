import { defineCheck } from "../../model/check.ts";
import { eventCount, eventsOf, eventTime, newest } from "../../model/events.ts";
import { type KubeEvent, refOf } from "../../model/kube.ts";
import { isTerminating } from "../../model/pods.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachService, SERVICE } from "./_shared.ts";

const DOCS = [`${SERVICE}#loadbalancer`, "https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/"];

/** What the cloud provider said last about the load balancer. Silence proves nothing: events are kept for an hour. */
export const check = defineCheck({
  id: "svc/lb-events",
  question: "Did the cloud provider fail to set up the load balancer?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["events"],
  findings: {
    "svc/lb-sync-failed": {
      severity: "error",
      title: "The cloud provider cannot set up the load balancer",
      explain:
        "The service controller reports a failure newer than its last success. The event carries the cloud's own message. While an address is there the old configuration may still serve: then this is a warning.",
      docs: DOCS,
      yieldsTo: ["azure/*"],
    },
    "svc/lb-update-failed": {
      severity: "warning",
      title: "The load balancer's nodes could not be updated",
      explain:
        "The list of nodes behind the load balancer could not be brought up to date: new nodes may be missing and gone ones may still be in it.",
      docs: DOCS,
    },
    "svc/lb-no-nodes": {
      severity: "error",
      title: "No node is available for the load balancer",
      explain:
        "The service controller found no node that it may send to: all are excluded from load balancers or gone.",
      docs: DOCS,
    },
  },
  run({ scope, events }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      if (isTerminating(service)) return { skipped: "the Service is being deleted" };
      const { namespace, name } = service.metadata;
      const mine = eventsOf(events, service);
      const lastTime = (...reasons: readonly string[]): number => {
        const event = newest(mine, reasons);
        return event === undefined ? 0 : eventTime(event);
      };
      const ensured = lastTime("EnsuredLoadBalancer");
      const updated = Math.max(ensured, lastTime("UpdatedLoadBalancer"));
      const after = (success: number, ...reasons: readonly string[]): KubeEvent | undefined => {
        const event = newest(mine, reasons);
        return event !== undefined && eventTime(event) > success ? event : undefined;
      };
      const evidence = (event: KubeEvent) => [
        { k: `event ${event.reason}`, v: event.message ?? "" },
        { k: "seen", v: `${eventCount(event)} time(s)` },
      ];
      const remedy = [
        kubectl(namespace, "describe", "service", name),
        "# mend what the message names; the controller tries again by itself",
      ];
      const served = (service.status?.loadBalancer?.ingress ?? []).length > 0;
      const failed = after(ensured, "SyncLoadBalancerFailed", "CreatingLoadBalancerFailed");
      // Source: cloud-provider-azure local_services.go: pools of Services with local policy are updated apart, with events of their own.
      const pool = Math.max(updated, lastTime("LoadBalancerBackendPoolUpdated"));
      const update =
        after(updated, "UpdateLoadBalancerFailed", "FailedToFindLoadBalancerForNode") ??
        after(pool, "LoadBalancerBackendPoolUpdateFailed");
      const noNodes = after(updated, "UnAvailableLoadBalancer");
      return [
        ...(failed === undefined
          ? []
          : [
              find("svc/lb-sync-failed", {
                severity: served ? "warning" : "error",
                object: refOf(service),
                summary: `the load balancer of Service ${name} could not be set up${served ? "; the old configuration may still serve" : ""}`,
                evidence: evidence(failed),
                remedy,
              }),
            ]),
        ...(noNodes === undefined
          ? []
          : [
              find("svc/lb-no-nodes", {
                object: refOf(service),
                summary: `no node is available for the load balancer of Service ${name}`,
                evidence: evidence(noNodes),
                remedy: [
                  "kubectl get nodes -L node.kubernetes.io/exclude-from-external-load-balancers",
                  "# let at least one node in: remove the label, or add a node",
                ],
              }),
            ]),
        ...(update === undefined
          ? []
          : [
              find("svc/lb-update-failed", {
                object: refOf(service),
                summary: `the nodes of the load balancer of Service ${name} could not be updated: new ones may be missing`,
                evidence: evidence(update),
                remedy,
              }),
            ]),
      ];
    });
  },
});
