import type { Ran, Scope } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { type Pod, refKey, refOf } from "../model/kube.ts";
import { isReady, isTerminating, topOwner } from "../model/pods.ts";
import { selects } from "../model/selectors.ts";

/**
 * Judges the group, not each pod (catalogue §1.5): an error of one pod is a warning while others, with no error of their own, take the traffic
 * of every judged Service that selects it; without Services, while its workload has such a pod. A pod asked for itself keeps its errors, and so
 * does the only pod of several that fails where all fail. Pure; looks at errors of layer pod only.
 */
export function judgedAsGroup(ran: readonly Ran[], scope: Scope): readonly Ran[] {
  if (!scope.group) return ran;
  const isPodError = ({ id, severity, object }: Finding): boolean =>
    severity === "error" && id.startsWith("pod/") && object.kind === "Pod";
  const failing = new Set(
    ran.flatMap(({ findings }) => findings.filter(isPodError).map((finding) => refKey(finding.object))),
  );
  if (failing.size === 0) return ran;
  const serving = scope.pods.filter((pod) => isReady(pod) && !isTerminating(pod) && !failing.has(refKey(refOf(pod))));
  const carried = new Set(scope.pods.filter((pod) => isCarried(pod, serving, scope)).map((pod) => refKey(refOf(pod))));
  return ran.map((one) => ({
    ...one,
    findings: one.findings.map(
      (finding): Finding =>
        isPodError(finding) && carried.has(refKey(finding.object)) ? { ...finding, severity: "warning" } : finding,
    ),
  }));
}

function isCarried(pod: Pod, serving: readonly Pod[], scope: Scope): boolean {
  const services = scope.services.filter((service) => selects(service, pod));
  if (services.length > 0) return services.every((service) => serving.some((other) => selects(service, other)));
  const owner = topOwner(pod);
  return owner !== "" && serving.some((other) => topOwner(other) === owner);
}
