/** What the Azure checks share: which Services they judge, their documentation, and the commands that mend annotations. */
import { ANNOTATION_PREFIX, hasAzureLoadBalancer, isAzureCluster } from "../../model/azure.ts";
import type { CheckAnswer, Scope } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { type KubeNode, type ObjectRef, refOf, type Service } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";

export const LOAD_BALANCER = "https://learn.microsoft.com/azure/aks/load-balancer-standard";
export const INTERNAL_LB = "https://learn.microsoft.com/azure/aks/internal-lb";
export const PROVIDER = "https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/";

/** For `notFor`: Azure's annotations and rules mean nothing on a Service without a load balancer of Azure. */
export function withoutLoadBalancer(scope: Scope): string | undefined {
  return scope.services.some(hasAzureLoadBalancer) ? undefined : "no load balancer of Azure";
}

/**
 * Asks `judge` about each Service whose load balancer Azure's provider builds. Skipped on other clouds (their providers read other
 * annotations).
 */
export function forAzureServices(
  { scope, nodes }: { readonly scope: Scope; readonly nodes: readonly KubeNode[] },
  judge: (service: Service) => readonly Finding[],
): CheckAnswer {
  if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
  return scope.services.filter(hasAzureLoadBalancer).flatMap(judge);
}

/** `metadata.annotations[service.beta.kubernetes.io/…]` of the Service. */
export function annotationRef(service: Service, name: string): ObjectRef {
  return refOf(service, `metadata.annotations['${ANNOTATION_PREFIX}${name}']`);
}

/** The command that sets an annotation. */
export function setAnnotation(service: Service, name: string, value: string): string {
  const { namespace, name: own } = service.metadata;
  return kubectl(namespace, "annotate", "service", own, "--overwrite", `${ANNOTATION_PREFIX}${name}=${value}`);
}

/** The command that removes an annotation, named with its prefix. */
export function removeAnnotation(service: Service, key: string): string {
  const { namespace, name: own } = service.metadata;
  return kubectl(namespace, "annotate", "service", own, `${key}-`);
}
