import type { AzureAppGateway, AzureSubnet } from "../../model/azure-facts.ts";
import { defineCheck } from "../../model/check.ts";
import { type Address, type Cidr, parseAddress, parseCidr } from "../../model/cidr.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Finding } from "../../model/finding.ts";
import { classOf } from "../../model/ingress/class.ts";
import { routesOf } from "../../model/ingress/routes.ts";
import { refOf } from "../../model/kube.ts";
import type { Nsg, NsgRule } from "../../model/nsg.ts";
import { sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { evaluateNsg, matchRule } from "../../nsg/evaluate.ts";
import { type Flow, type NetworkContext, PROBE_SOURCE } from "../../nsg/flow.ts";
import { SAMPLE_CLIENT } from "../../nsg/flows.ts";
import { describeRule, evaluatePath } from "../../nsg/path.ts";
import { nodePaths, textOfAddress } from "./_network.ts";

/** A port of the range that Azure's Gateway Manager has to reach: 65200-65535 (v2), 65503-65534 (v1). */
const MANAGED_PORT = 65_510;

/** One flow that an Application Gateway needs, and whom it would be denied by. */
interface Need {
  readonly what: string;
  readonly flow: Flow;
  readonly nsg: Nsg;
  readonly rule: NsgRule;
  readonly allow: readonly string[];
  /** Other rules may name the very sources that a sample cannot stand for. */
  readonly certain: boolean;
}

/** The security groups around an Application Gateway: its own subnet's, and the nodes'. */
export const check = defineCheck({
  id: "azure/nsg-appgw",
  question: "Do the security groups let the Application Gateway be managed, and let it reach the pods?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["ingressClasses", "services", "endpointSlices", "nodes"],
  wants: [
    "azureAppGateways",
    "azurePools",
    "azureSubnets",
    "azureVnets",
    "azureRouteTables",
    "azureNsgs",
    "azureClusters",
  ],
  findings: {
    "azure/nsg-appgw-subnet": {
      severity: "error",
      title: "A security rule cuts the Application Gateway off",
      explain:
        "The subnet of a gateway has to let in GatewayManager on TCP 65200-65535 (v1: 65503-65534) and AzureLoadBalancer, and out to the pods; the nodes' security groups have to let its subnet reach the pods. " +
        "No fault where a subnet has no security group. What hangs on service tags that cannot be resolved from here is not reported.",
      docs: [
        "https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure#network-security-groups",
      ],
    },
  },
  notFor: (scope) => (scope.ingresses.length === 0 ? "no Ingress" : undefined),
  run({ scope, ingressClasses, services, endpointSlices, nodes, wanted }, find) {
    const ingress = scope.ingresses.find((one) => {
      const claim = classOf(one, ingressClasses);
      return claim.by !== "nothing" && claim.kind?.id === "agic";
    });
    if (ingress === undefined) return { skipped: "no Ingress of an Application Gateway" };
    const { azureAppGateways } = wanted;
    if (azureAppGateways.state === "unavailable")
      return azureAppGateways.reason === "not-requested"
        ? { skipped: "Azure was not asked" }
        : { unknown: `Azure: ${azureAppGateways.detail}` };
    const subnets = itemsOr(wanted.azureSubnets);
    let unread = "";
    const findings = azureAppGateways.items.flatMap((gateway) => {
      const subnet = subnets.find(({ id }) => id === gateway.subnets[0]);
      const nsg = itemsOr(wanted.azureNsgs).find(({ id }) => id === subnet?.nsg);
      if (subnet === undefined || (subnet.nsg !== null && nsg === undefined)) {
        unread = `the subnet of Application Gateway ${gateway.name} or its security group could not be read`;
        return [];
      }
      return needsOf(gateway, subnet, nsg).map((need) => findingOf(gateway, need));
    });
    return findings.length === 0 && unread !== "" ? { unknown: unread } : findings;

    function needsOf(gateway: AzureAppGateway, subnet: AzureSubnet, nsg: Nsg | undefined): readonly Need[] {
      const own = inside(subnet);
      if (own === undefined) return [];
      const context = contextOf(subnet);
      const pod = podOf();
      const inbound = { direction: "Inbound", protocol: "TCP", to: own, port: MANAGED_PORT } as const;
      const range = /_v2$/i.test(gateway.tier) ? "65200-65535" : "65503-65534";
      const onOwn =
        nsg === undefined
          ? []
          : [
              ...denied(
                `management of the gateway (GatewayManager, TCP ${range})`,
                nsg,
                { ...inbound, from: SAMPLE_CLIENT },
                context,
                ["--source-address-prefixes GatewayManager", `--destination-port-ranges ${range}`],
              ),
              ...denied(
                "Azure's own health probes of the gateway",
                nsg,
                { ...inbound, from: PROBE_SOURCE, port: 80 },
                context,
                ["--source-address-prefixes AzureLoadBalancer", "--destination-port-ranges '*'"],
              ),
              ...(pod === undefined
                ? []
                : denied(
                    "the way from the gateway to the pods",
                    nsg,
                    { direction: "Outbound", protocol: "TCP", from: own, ...pod },
                    context,
                    [
                      `--destination-address-prefixes ${textOfAddress(pod.to)}`,
                      `--destination-port-ranges ${pod.port}`,
                    ],
                  )),
            ];
      return [...onOwn, ...(pod === undefined ? [] : atTheNodes(own, pod, subnet))];
    }

    /** Pods with addresses of the node subnet meet the nodes' groups; those of an overlay or of a subnet of their own do not. */
    function atTheNodes(
      from: Address,
      pod: Pick<Flow, "to"> & { readonly port: number },
      subnet: AzureSubnet,
    ): readonly Need[] {
      const overlay = itemsOr(wanted.azureClusters)[0]?.networkPluginMode.toLowerCase() === "overlay";
      if (
        overlay ||
        wanted.azureClusters.state !== "ok" ||
        itemsOr(wanted.azurePools).some((pool) => pool.subnets.length > 1)
      )
        return [];
      return nodePaths(wanted, nodes).flatMap(({ nsgs, context }): readonly Need[] => {
        const flow: Flow = { direction: "Inbound", protocol: "TCP", from, ...pod };
        const said = evaluatePath(nsgs, flow, { ...context, publicFrontend: false });
        const { nsg, rule } = said.deciding ?? {};
        if (said.verdict !== "Deny" || nsg == null || rule == null) return [];
        const allow = [
          `--source-address-prefixes ${subnet.prefixes[0] ?? textOfAddress(from)}`,
          `--destination-port-ranges ${pod.port}`,
        ];
        return [{ what: "the way from the gateway to the pods, at the nodes", flow, nsg, rule, allow, certain: true }];
      });
    }

    function podOf(): (Pick<Flow, "to"> & { readonly port: number }) | undefined {
      const names = new Set(ingress === undefined ? [] : routesOf(ingress).map(({ backend }) => backend.service));
      const backends = services.filter(
        ({ metadata }) => names.has(metadata.name) && metadata.namespace === ingress?.metadata.namespace,
      );
      return backends
        .flatMap((service) => usable(mergeSlices(slicesOf(service, endpointSlices))))
        .flatMap(({ ip, ports }) => {
          const to = parseAddress(ip);
          const port = ports.find(({ protocol }) => protocol === "TCP")?.number;
          return to?.family === 4 && port !== undefined ? [{ to, port }] : [];
        })[0];
    }

    function contextOf(subnet: AzureSubnet): NetworkContext {
      const vnet = itemsOr(wanted.azureVnets).find(({ id }) => id === subnet.vnet);
      const routes = itemsOr(wanted.azureRouteTables).find(({ id }) => id === subnet.routeTable)?.routes;
      return {
        vnet: [...(vnet?.prefixes ?? []), ...(vnet?.peers ?? [])].flatMap(cidrOf),
        overlay: itemsOr(wanted.azureClusters).flatMap(({ podCidrs }) => podCidrs.flatMap(cidrOf)),
        ...(routes === undefined ? {} : { routes }),
        publicFrontend: false,
      };
    }

    function findingOf(gateway: AzureAppGateway, { what, flow, nsg, rule, allow, certain }: Need): Finding {
      return find("azure/nsg-appgw-subnet", {
        object: refOf(ingress ?? { kind: "Ingress", metadata: { namespace: "", name: "" } }),
        confidence: certain ? "certain" : "possible",
        summary: `NSG ${nsg.name} denies ${what}, by rule ${describeRule(rule)}`,
        evidence: [
          { k: "Application Gateway", v: `${gateway.name} (${gateway.tier})` },
          {
            k: "packet",
            v: `${flow.direction} ${flow.protocol} ${textOfAddress(flow.from)} → ${textOfAddress(flow.to)}:${flow.port ?? ""}`,
          },
        ],
        remedy: [
          `az network nsg rule create -g ${sh(nsg.resourceGroup || "RESOURCE_GROUP")} --nsg-name ${sh(nsg.name)} -n allow-appgw --priority 110 --direction ${flow.direction} --access Allow --protocol Tcp ${allow.join(" ")}`,
        ],
      });
    }
  },
});

function denied(
  what: string,
  nsg: Nsg,
  flow: Flow,
  context: NetworkContext,
  allow: readonly string[],
): readonly Need[] {
  const { verdict, rule } = evaluateNsg(nsg, flow, context);
  if (verdict !== "Deny" || rule === null) return [];
  // Somebody may have written the tag's addresses out: another rule then opens the port for sources that no sample stands for.
  const elsewhere = nsg.rules.some((one) => {
    const match = matchRule(one, flow, context);
    return (
      one.access === "Allow" &&
      !one.isDefault &&
      one.direction === flow.direction &&
      one.priority < rule.priority &&
      match.port === true &&
      match.protocol === true &&
      match.destination !== false
    );
  });
  return [{ what, flow, nsg, rule, allow, certain: !elsewhere }];
}

/** The fifth address of the subnet: the first four are Azure's. */
function inside({ prefixes }: AzureSubnet): Address | undefined {
  const cidr = prefixes.flatMap(cidrOf).find(({ family }) => family === 4);
  return cidr === undefined ? undefined : { family: 4, value: cidr.base + 4n };
}

function cidrOf(text: string): readonly Cidr[] {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [cidr];
}
