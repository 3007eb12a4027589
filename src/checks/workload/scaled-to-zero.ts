import { type CheckAnswer, defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Workload } from "../../model/groups.ts";
import { wantedReplicas } from "../../model/groups.ts";
import { type KubeEvent, refOf, type Service } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";
import {
  hasLivePod,
  judgedWorkloads,
  noneFound,
  selectsTemplate,
  servicesOf,
  WORKLOAD_DOCS,
  WORKLOAD_LISTS,
  workloadName,
} from "./_judged.ts";

/** Is the workload meant to run any pod at all? Answered by its spec, so a manifest will do. */
export const check = defineCheck({
  id: "workload/scaled-to-zero",
  question: "Is the workload meant to run any pods?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: [...WORKLOAD_LISTS, "events", "pods", "endpointSlices"],
  findings: {
    "workload/scaled-to-zero": {
      severity: "error",
      title: "The workload is scaled to zero",
      explain:
        "spec.replicas is 0, so no pod is meant to exist and the Service has nothing to send to. When an autoscaler that scales from zero (KEDA) looks after the workload it is a warning: it may wake up on demand. " +
        "Another workload that provides pods for the same Service (blue and green) makes it no fault.",
      docs: [...WORKLOAD_DOCS, "https://learn.microsoft.com/azure/aks/keda-about"],
    },
  },
  run({ scope, wanted }, find): CheckAnswer {
    const judged = judgedWorkloads(scope, wanted);
    // Pods of another making may serve all the same: where nobody could see them, the slices tell; without these nobody does.
    const slices = wanted.pods.state === "ok" ? [] : itemsOr(wanted.endpointSlices);
    const isUnread = (gathered: Gathered<unknown>): boolean =>
      gathered.state !== "ok" && gathered.reason !== "not-requested";
    const othersKnown = scope.target === "pod" || !isUnread(wanted.pods) || !isUnread(wanted.endpointSlices);
    const isServed = (service: Service): boolean =>
      hasLivePod(service, scope) || usable(mergeSlices(slicesOf(service, slices))).length > 0;
    const findings = judged
      .filter((workload) => workload.kind !== "DaemonSet" && wantedReplicas(workload) === 0 && isMissed(workload))
      .map((workload) => {
        const { name, namespace } = workload.metadata;
        const scaler = zeroScaler(workload, itemsOr(wanted.events));
        return find("workload/scaled-to-zero", {
          severity: scaler === undefined ? "error" : "warning",
          confidence: othersKnown ? "certain" : "possible",
          object: refOf(workload, "spec.replicas"),
          summary: `${workloadName(workload)} is scaled to 0 replicas, so there is no pod${scaler === undefined ? "" : `; ${scaler.who} may start it on demand`}`,
          evidence: [
            { k: "spec.replicas", v: "0" },
            ...servicesOf(scope, workload),
            ...(scaler === undefined ? [] : [{ k: "scaled by", v: scaler.sign }]),
          ],
          remedy: [
            ...(scaler === undefined ? [] : [kubectl(namespace, "get", "scaledobjects,hpa")]),
            kubectl(namespace, "scale", workload.kind.toLowerCase(), name, "--replicas=1"),
          ],
        });
      });
    if (findings.length > 0 || judged.length > 0) return findings;
    const served = scope.pods.length > 0 && scope.services.every(isServed);
    return served ? { skipped: "the pods are there" } : noneFound(wanted);

    /** Whether its pods are missed: by a Service that has no others and expects none from elsewhere, or because it was asked for itself. */
    function isMissed(workload: Workload): boolean {
      const services = scope.services.filter((service) => selectsTemplate(service, workload));
      if (services.length === 0) return scope.target === "pod";
      return services.some(
        (service) =>
          !isServed(service) && !judged.some((other) => selectsTemplate(service, other) && expectsPods(other)),
      );
    }
  },
});

function expectsPods(workload: Workload): boolean {
  if (workload.kind !== "DaemonSet") return (wantedReplicas(workload) ?? 0) > 0;
  const status = workload.status as { readonly desiredNumberScheduled?: number } | undefined;
  return (status?.desiredNumberScheduled ?? 1) > 0;
}

/**
 * Signs that an autoscaler put it to zero and may start it again: KEDA's name on the scale subresource, its event about the workload, or
 * its annotations. An HPA alone rarely scales to zero, so the controller manager's name is no sign.
 */
function zeroScaler(
  workload: Workload,
  events: readonly KubeEvent[],
): { readonly who: string; readonly sign: string } | undefined {
  const { name, annotations, labels, managedFields } = workload.metadata;
  const manager = managedFields?.find(
    (entry) => entry.subresource === "scale" && /keda/i.test(entry.manager ?? ""),
  )?.manager;
  if (manager !== undefined) return { who: "KEDA", sign: `field manager ${manager}` };
  const event = events.find(
    (one) =>
      one.reason === "KEDAScaleTargetDeactivated" && new RegExp(`[/ ]${escaped(name)}( |$)`).test(one.message ?? ""),
  );
  if (event !== undefined) return { who: "KEDA", sign: `event ${event.reason}: ${event.message ?? ""}` };
  const key = [...Object.keys(annotations ?? {}), ...Object.keys(labels ?? {})].find((text) =>
    /(^|\.)keda\.sh\//.test(text),
  );
  return key === undefined ? undefined : { who: "KEDA", sign: key };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
