import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime } from "../../model/events.ts";
import type { KubeEvent } from "../../model/kube.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, resolved, unreadable } from "./_shared.ts";

const RECENT = 15 * 60 * 1000;

/** Reasons of AGIC's events. Source: application-gateway-kubernetes-ingress pkg/events/reasons.go. */
const REASONS = new Set([
  "ServiceNotFound",
  "SecretNotFound",
  "PortResolutionError",
  "NoPrivateIP",
  "NoPublicIP",
  "RedirectWithNoTLS",
  "InvalidAnnotation",
  "UnableToFetchAppGw",
  "NoValidIngress",
  "InvalidAppGwConfig",
  "FailedApplyingAppGwConfig",
  "FailedDeployingAppGw",
  "ARMAuthFailure",
  "FailedCNIConfiguration",
  "ResetIngressStatus",
  "EndpointsEmpty",
  "NoPreInstalledSslCertificate",
  "NoPreInstalledSslProfile",
  "BackendPortTargetMatch",
]);
const MILD = new Set(["EndpointsEmpty", "BackendPortTargetMatch"]);

/** What AGIC could not do, it says in events only. */
export const check = defineCheck({
  id: "ingress/agic-events",
  question: "Could AGIC write the Ingress into its Application Gateway?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["events", "controllerEvents", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/agic-event": {
      severity: "error",
      title: "AGIC reports a fault",
      explain:
        "The Application Gateway Ingress Controller reports in an event of the last 15 minutes why it could not write the Ingress into the gateway: a missing Service or Secret, a port that does not resolve, no " +
        "rights in Azure. EndpointsEmpty and BackendPortTargetMatch are warnings. Older events are not reported.",
      docs: ["https://learn.microsoft.com/azure/application-gateway/ingress-controller-troubleshoot"],
    },
  },
  run({ scope, now, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind, takers } = resolved(ingress, wanted);
      if (kind?.id !== "agic") return { skipped: "the controller is not AGIC" };
      const unread = unreadable("events", wanted.events);
      if (unread !== undefined) return { unknown: unread };
      const pods = takers.flatMap((one) => one.pods);
      const all = [
        ...eventsOf(itemsOr(wanted.events), ingress),
        ...pods.flatMap((pod) => eventsOf(itemsOr(wanted.controllerEvents), pod)),
      ].filter((event) => REASONS.has(event.reason ?? "") && (now === 0 || now - eventTime(event) < RECENT));
      const latest = new Map<string, KubeEvent>();
      for (const event of all.toSorted((a, b) => eventTime(b) - eventTime(a)))
        if (!latest.has(event.reason ?? "")) latest.set(event.reason ?? "", event);
      return [...latest.entries()].map(([reason, event]) =>
        find("ingress/agic-event", {
          severity: MILD.has(reason) ? "warning" : "error",
          object: refOf(ingress),
          summary: `AGIC reports ${reason} for Ingress ${ingress.metadata.name}`,
          evidence: [{ k: `event ${reason}`, v: event.message ?? "" }],
          remedy: [
            kubectl(ingress.metadata.namespace, "describe", "ingress", ingress.metadata.name),
            ...(pods[0] === undefined
              ? []
              : [kubectl(pods[0].metadata.namespace, "logs", pods[0].metadata.name, "--tail=100")]),
          ],
        }),
      );
    });
  },
});
