import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import { refOf } from "../../model/kube.ts";
import { isTerminating } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { SERVICE } from "./_shared.ts";

const CLEANUP = "service.kubernetes.io/load-balancer-cleanup";

/** A Service on its way out still routes, until its finalizers are done. */
export const check = defineCheck({
  id: "svc/terminating",
  question: "Is the Service being deleted?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["events"],
  findings: {
    "svc/terminating": {
      severity: "warning",
      title: "The Service is being deleted",
      explain:
        "metadata.deletionTimestamp is set; a finalizer still holds the object. It keeps routing until it is gone, and then its name and address are gone too.",
      docs: [SERVICE],
    },
    "svc/lb-delete-failed": {
      severity: "error",
      title: "The load balancer of a deleted Service cannot be removed",
      explain:
        "The Service waits for its load balancer to be cleaned up, and the cloud provider fails to do so. The event carries the cloud's own message. Removing the finalizer by hand leaves the load balancer behind, and its cost.",
      docs: [`${SERVICE}#loadbalancer`],
      yieldsTo: ["azure/*"],
    },
  },
  run({ scope, wanted }, find) {
    return scope.services.filter(isTerminating).map((service) => {
      const { namespace, name, finalizers = [], deletionTimestamp = "" } = service.metadata;
      const events = eventsOf(itemsOr(wanted.events), service);
      // The service controller reports a failed clean-up as a failed sync as long as the object is there.
      const failed = newest(
        events,
        ["DeleteLoadBalancerFailed", "SyncLoadBalancerFailed"],
        Date.parse(deletionTimestamp),
      );
      const done = newest(events, ["DeletedLoadBalancer"]);
      const stuck =
        finalizers.includes(CLEANUP) &&
        failed !== undefined &&
        (done === undefined || eventTime(done) < eventTime(failed));
      const evidence = [
        { k: "metadata.deletionTimestamp", v: deletionTimestamp },
        { k: "metadata.finalizers", v: finalizers.join(", ") || "none" },
      ];
      if (stuck)
        return find("svc/lb-delete-failed", {
          object: refOf(service, "metadata.finalizers"),
          summary: `Service ${name} is being deleted, but its load balancer cannot be removed`,
          evidence: [...evidence, { k: `event ${failed.reason}`, v: failed.message ?? "" }],
          remedy: [
            kubectl(namespace, "describe", "service", name),
            "# mend what the message names; the controller tries again by itself",
          ],
        });
      return find("svc/terminating", {
        object: refOf(service, "metadata.deletionTimestamp"),
        summary: `Service ${name} is being deleted`,
        evidence,
        remedy: [
          kubectl(namespace, "get", "service", name, "-o", "jsonpath={.metadata.finalizers}"),
          "# the owner of that finalizer must let go; create the Service anew if it was deleted by mistake",
        ],
      });
    });
  },
});
