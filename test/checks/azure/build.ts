/** A Service on AKS and what surrounds it, for the tests of the Azure checks. */
import type { KubeNode, Service } from "../../../src/model/kube.ts";
import type { CaseInput } from "../../support/checks.ts";
import { node, service } from "../../support/objects.ts";

const PREFIX = "service.beta.kubernetes.io/";
const MACHINE =
  "azure:///subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mc_shop_aks_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool-1-vmss/virtualMachines/0";

export const AZURE_NODE: KubeNode = node({ spec: { providerID: MACHINE } });

/** A LoadBalancer Service `web` with the public address 20.62.1.9; annotations without their common prefix. */
export function lb(
  annotations: Readonly<Record<string, string>> = {},
  spec: Service["spec"] = {},
  ip: string | null = "20.62.1.9",
): Service {
  return service({
    metadata: {
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`${PREFIX}${key}`, value])),
    },
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: "Cluster",
      ports: [{ port: 80, targetPort: 8080, nodePort: 31080, protocol: "TCP" }],
      ...spec,
    },
    status: { loadBalancer: ip === null ? {} : { ingress: [{ ip }] } },
  });
}

/** The Service on an Azure cluster. */
export function onAzure(given: Service, more: CaseInput = {}): CaseInput {
  return { services: [given], nodes: [AZURE_NODE], ...more };
}

/** Where every check of this folder stays silent, whatever the Service says. */
export function elsewhere(given: Service): readonly {
  readonly name: string;
  readonly given: CaseInput;
  readonly status: "skipped" | "unknown";
}[] {
  return [
    {
      name: "the cluster is not on Azure: its provider reads other annotations",
      given: { services: [given], nodes: [node({ spec: { providerID: "aws:///eu-west-1a/i-1" } })] },
      status: "skipped",
    },
    {
      name: "another implementation claims the Service by loadBalancerClass",
      given: onAzure({ ...given, spec: { ...given.spec, loadBalancerClass: "tailscale" } }),
      status: "skipped",
    },
    {
      name: "the Service is no load balancer",
      given: onAzure({ ...given, spec: { ...given.spec, type: "ClusterIP" } }),
      status: "skipped",
    },
    {
      name: "nodes may not be read: nobody knows whether this is Azure",
      given: {
        services: [given],
        nodes: { state: "unavailable", reason: "forbidden", detail: "nodes is forbidden" },
      },
      status: "unknown",
    },
  ];
}
