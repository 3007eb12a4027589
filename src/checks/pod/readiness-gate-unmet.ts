import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { ageOf, conditionOf, isReady } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { isLeaving, judgePods, surgeSeverity, YOUTH_UNPROVEN } from "./_judge.ts";

/** Are the pod's readiness gates open? They are conditions that a controller outside the pod writes, e.g. a load balancer's. */
export const check = defineCheck({
  id: "pod/readiness-gate-unmet",
  question: "Are the pod's readiness gates met?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["deployments"],
  findings: {
    "pod/readiness-gate-unmet": {
      severity: "error",
      title: "A readiness gate is not met",
      explain:
        "The containers are ready, but the pod has a readiness gate whose condition is missing or not True, so the pod is not ready. A controller (a load balancer's, a mesh's) has to write that condition: " +
        "it is absent, or it finds the target unhealthy.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate"],
    },
  },
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgePods(scope, (pod) => {
      // A gate that is unmet on a pod that is ready was met when the kubelet looked: no fault.
      if (isLeaving(pod) || isReady(pod) || conditionOf(pod, "ContainersReady")?.status !== "True") return [];
      // The gate's controller needs a moment after the containers became ready.
      const young = (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) <= settings.settle;
      if (young && !clockIsLowerBound) return [];
      const unmet = (pod.spec?.readinessGates ?? [])
        .map((gate) => gate.conditionType ?? "")
        .filter((type) => conditionOf(pod, type)?.status !== "True");
      if (unmet.length === 0) return [];
      const { name, namespace } = pod.metadata;
      return [
        find("pod/readiness-gate-unmet", {
          severity: surgeSeverity(pod, scope, wanted.deployments, "error", now),
          object: refOf(pod, "spec.readinessGates"),
          summary: `pod ${name} is kept unready by its readiness gate ${unmet.join(", ")}; its containers are ready`,
          confidence: young ? "possible" : "certain",
          evidence: [
            ...unmet.map((type) => {
              const condition = conditionOf(pod, type);
              const v =
                condition === undefined
                  ? "missing: no controller has written it"
                  : `${condition.status} ${condition.reason ?? ""} ${condition.message ?? ""}`.trim();
              return { k: `condition ${type}`, v };
            }),
            ...(young ? [YOUTH_UNPROVEN] : []),
          ],
          remedy: [
            "# look at the controller that writes this condition: is it running, and what does it say about the target?",
            kubectl(namespace, "get", "pod", name, "-o", "jsonpath={.status.conditions}"),
          ],
        }),
      ];
    });
  },
});
