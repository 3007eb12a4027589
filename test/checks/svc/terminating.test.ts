import { check } from "../../../src/checks/svc/terminating.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event, service } from "../../support/objects.ts";

const leaving = service({
  metadata: { deletionTimestamp: ago(600), finalizers: ["service.kubernetes.io/load-balancer-cleanup"] },
  spec: { type: "LoadBalancer" },
});
const failed = event(leaving, {
  reason: "SyncLoadBalancerFailed",
  message: "Error syncing load balancer: authorization failed",
  seconds: 60,
});

checkCases(check, {
  fires: [
    { name: "being deleted", given: { services: [leaving] }, expect: ["svc/terminating warning"] },
    {
      name: "the load balancer cannot be removed",
      given: { services: [leaving], events: [failed] },
      expect: ["svc/lb-delete-failed error"],
    },
    {
      name: "the failure is older than the deletion",
      given: { services: [leaving], events: [event(leaving, { reason: "SyncLoadBalancerFailed", seconds: 900 })] },
      expect: ["svc/terminating warning"],
    },
    {
      name: "it was removed after the failure",
      given: {
        services: [leaving],
        events: [failed, event(leaving, { reason: "DeletedLoadBalancer", type: "Normal", seconds: 10 })],
      },
      expect: ["svc/terminating warning"],
    },
    {
      name: "another finalizer holds it",
      given: {
        services: [service({ metadata: { deletionTimestamp: ago(60), finalizers: ["example.com/x"] } })],
        events: [failed],
      },
      expect: ["svc/terminating warning"],
    },
  ],
  silent: [{ name: "not being deleted", given: { services: [service()], events: [failed] } }],
});
