import { defineCheck } from "../../model/check.ts";
import { contains, isPrivate, parseAddress, parseCidr } from "../../model/cidr.ts";
import { refOf } from "../../model/kube.ts";
import type { Route } from "../../model/nsg.ts";
import { sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { balancedNodes, noAzure, nodePaths, publicIps, sampleClient } from "./_network.ts";
import { seenFromOutside } from "./_outside.ts";
import { forAzureServices, withoutLoadBalancer } from "./_shared.ts";

/** Whether answers to public clients leave the way they came. */
export const check = defineCheck({
  id: "azure/route",
  question: "Do answers to clients of a public load balancer leave the way the requests came?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  wants: ["azurePools", "azureSubnets", "azureVnets", "azureRouteTables", "azureNsgs", "azureClusters", "probes"],
  findings: {
    "azure/asymmetric-route": {
      severity: "warning",
      title: "Answers leave through a firewall that never saw the request",
      explain:
        "The subnet's route table sends everything to a virtual appliance or gateway. Requests come in through the public load balancer, answers go out through the appliance, which drops what it does not know. " +
        "No fault when the appliance itself translates and forwards the traffic, when a more specific route sends the client's answers to Internet, or when this machine gets its answers from outside (--probe). An error where --probe saw connections from outside vanish while the Service works inside the cluster.",
      docs: [
        "https://learn.microsoft.com/azure/aks/limit-egress-traffic",
        "https://learn.microsoft.com/azure/firewall/integrate-lb",
      ],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const none = noAzure(view.wanted);
    if (none !== undefined) return none;
    return forAzureServices(view, (service) => {
      const ips = publicIps(service).filter((ip) => {
        const address = parseAddress(ip);
        return address?.family === 4 && !isPrivate(address);
      });
      const client = sampleClient(service, 4, view.nodes);
      const outside = seenFromOutside(view.wanted.probes, service, undefined);
      if (outside.state === "open") return [];
      return ips.slice(0, 1).flatMap((ip) =>
        nodePaths(view.wanted, balancedNodes(service, view.nodes, undefined)).flatMap(({ subnet, pools }) => {
          const table = itemsOr(view.wanted.azureRouteTables).find(({ id }) => id === subnet?.routeTable);
          const away = table?.routes.find((route) => route.prefix === "0.0.0.0/0" && leadsAway(route));
          if (table === undefined || away === undefined || table.routes.some((route) => keepsStraight(route, client)))
            return [];
          return [
            find("azure/asymmetric-route", {
              object: refOf(service),
              severity: outside.state === "lost" ? "error" : "warning",
              confidence: "likely",
              summary: `answers to clients of ${ip} leave through ${away.nextHopType} ${away.nextHopIp ?? ""}, which never saw the requests`,
              evidence: [
                {
                  k: `route table ${table.name}`,
                  v: `${away.name}: ${away.prefix} → ${away.nextHopType} ${away.nextHopIp ?? ""}`,
                },
                { k: "node pools", v: pools.join(", ") },
                { k: "status.loadBalancer", v: ip },
                ...outside.evidence,
              ],
              remedy: [
                "# let the firewall translate and forward to an internal load balancer:",
                `# annotate the Service with azure-load-balancer-internal: "true" and add a DNAT rule; or, for known clients, a route past the firewall:`,
                `az network route-table route create -g ${sh(groupOf(table.id))} --route-table-name ${sh(table.name)} -n to-client --address-prefix CLIENT_IP/32 --next-hop-type Internet`,
              ],
            }),
          ];
        }),
      );
    });
  },
});

function groupOf(id: string): string {
  return /\/resourcegroups\/([^/]+)/i.exec(id)?.[1] ?? "RESOURCE_GROUP";
}

function leadsAway({ nextHopType }: Route): boolean {
  return ["virtualappliance", "virtualnetworkgateway"].includes(nextHopType.toLowerCase());
}

/**
 * A route past the appliance: for the client, or for a single public address (the appliance's own, as the guide for restricted egress sets it up:
 * the traffic then comes in through the appliance).
 */
function keepsStraight(route: Route, client: ReturnType<typeof sampleClient>): boolean {
  const cidr = parseCidr(route.prefix);
  if (cidr === undefined || cidr.bits === 0 || route.nextHopType.toLowerCase() !== "internet") return false;
  return cidr.bits === 32 || (client !== undefined && contains(cidr, client));
}
