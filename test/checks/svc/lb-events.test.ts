import { check } from "../../../src/checks/svc/lb-events.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event, service } from "../../support/objects.ts";

const lb = service({ spec: { type: "LoadBalancer" } });
const served = service({
  spec: { type: "LoadBalancer" },
  status: { loadBalancer: { ingress: [{ ip: "20.62.1.9" }] } },
});
const at = (reason: string, seconds: number) =>
  event(lb, { reason, seconds, message: "message of the cloud", source: "service-controller" });

checkCases(check, {
  fires: [
    {
      name: "the sync fails",
      given: { services: [lb], events: [at("SyncLoadBalancerFailed", 60)] },
      expect: ["svc/lb-sync-failed error"],
    },
    {
      name: "the sync fails while an address is there",
      given: { services: [served], events: [at("EnsuredLoadBalancer", 600), at("SyncLoadBalancerFailed", 60)] },
      expect: ["svc/lb-sync-failed warning"],
    },
    {
      name: "the nodes could not be updated",
      given: { services: [served], events: [at("UpdateLoadBalancerFailed", 60)] },
      expect: ["svc/lb-update-failed warning"],
    },
    {
      name: "a pool that was updated says nothing about the list of nodes",
      given: {
        services: [served],
        events: [at("UpdateLoadBalancerFailed", 600), at("LoadBalancerBackendPoolUpdated", 60)],
      },
      expect: ["svc/lb-update-failed warning"],
    },
    {
      name: "no node is available",
      given: { services: [lb], events: [at("UnAvailableLoadBalancer", 60)] },
      expect: ["svc/lb-no-nodes error"],
    },
  ],
  silent: [
    {
      name: "it worked afterwards",
      given: { services: [served], events: [at("SyncLoadBalancerFailed", 600), at("EnsuredLoadBalancer", 60)] },
    },
    {
      name: "the nodes were updated afterwards",
      given: { services: [served], events: [at("UpdateLoadBalancerFailed", 600), at("UpdatedLoadBalancer", 60)] },
    },
    {
      name: "the pool was updated afterwards",
      given: {
        services: [served],
        events: [at("LoadBalancerBackendPoolUpdateFailed", 600), at("LoadBalancerBackendPoolUpdated", 60)],
      },
    },
    { name: "no events: they are kept for an hour, which proves nothing", given: { services: [lb], events: [] } },
    {
      name: "events of an earlier Service of the same name",
      given: {
        services: [lb],
        events: [
          event(
            { kind: "Service", metadata: { name: "web", namespace: "shop", uid: "uid-before" } },
            { reason: "SyncLoadBalancerFailed" },
          ),
        ],
      },
    },
    {
      name: "no LoadBalancer",
      given: { services: [service()], events: [at("SyncLoadBalancerFailed", 60)] },
      status: "skipped",
    },
    {
      name: "being deleted: another question",
      given: {
        services: [service({ metadata: { deletionTimestamp: ago(9) }, spec: { type: "LoadBalancer" } })],
        events: [at("SyncLoadBalancerFailed", 6)],
      },
      status: "skipped",
    },
    {
      name: "events may not be read",
      given: { services: [lb], events: { state: "unavailable", reason: "forbidden", detail: "forbidden" } },
      status: "unknown",
    },
    {
      name: "events were not asked for",
      given: { services: [lb], events: { state: "unavailable", reason: "not-requested", detail: "not needed" } },
      status: "skipped",
    },
  ],
});
