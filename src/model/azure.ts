import type { KubeNode, Service } from "./kube.ts";

/** Whether any node is a machine of Azure: `spec.providerID` starts with `azure://`. */
export function isAzureCluster(nodes: readonly KubeNode[]): boolean {
  return nodes.some((node) => node.spec?.providerID?.startsWith("azure://") === true);
}

export const ANNOTATION_PREFIX = "service.beta.kubernetes.io/";

/** The value of a Service's annotation, named without the prefix; undefined when it is not set. */
export function azureAnnotation(service: Service, name: string): string | undefined {
  const annotations = service.metadata.annotations ?? {};
  const key = `${ANNOTATION_PREFIX}${name}`;
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}

/** Equal to "true", whatever the case and without trimming: `" true"` and `yes` are false. Source: cloud-provider-azure `strings.EqualFold`. */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

/** Whether Azure gives the Service an internal load balancer. */
export function isInternal(service: Service): boolean {
  return isTrue(azureAnnotation(service, "azure-load-balancer-internal"));
}

/** Whether Azure's provider serves the Service: type LoadBalancer, and no other implementation claimed by `spec.loadBalancerClass`. */
export function hasAzureLoadBalancer(service: Service): boolean {
  return service.spec?.type === "LoadBalancer" && (service.spec.loadBalancerClass ?? "") === "";
}

/** Addresses of the load balancer as the status tells them. */
export function frontendIps(service: Service): readonly string[] {
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined || ip === "" ? [] : [ip]));
}

export function isLocal(service: Service): boolean {
  return service.spec?.externalTrafficPolicy === "Local";
}

/** What `kubectl` calls the resource group and subscription of a node's machine. */
export interface AzureMachine {
  readonly subscription: string;
  readonly resourceGroup: string;
  /** Undefined for a single virtual machine (availability sets). */
  readonly scaleSet?: string;
  /** The instance number in the scale set, or the name of the machine. */
  readonly instance: string;
}

const PROVIDER_ID =
  /^azure:\/\/\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Compute\/(?:virtualMachineScaleSets\/([^/]+)\/)?virtualMachines\/([^/]+)$/i;

/** Takes a node's `spec.providerID` apart; undefined when it is none of Azure's. */
export function parseProviderId(providerId: string): AzureMachine | undefined {
  const match = PROVIDER_ID.exec(providerId);
  if (match === null) return undefined;
  const [, subscription = "", resourceGroup = "", scaleSet, instance = ""] = match;
  return { subscription, resourceGroup, instance, ...(scaleSet === undefined ? {} : { scaleSet }) };
}
