import { isAzureCluster } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { type Address, parseAddress } from "../../model/cidr.ts";
import type { Finding } from "../../model/finding.ts";
import { type KubeNode, refOf } from "../../model/kube.ts";
import { sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import type { Flow } from "../../nsg/flow.ts";
import { describePath, evaluatePath, type PathVerdict } from "../../nsg/path.ts";
import { type NodePath, noAzure, nodeAddress, nodePaths, textOfAddress } from "./_network.ts";
import { withoutLoadBalancer } from "./_shared.ts";

/** What every pair of nodes has to reach: the kubelet, and DNS. Samples: a rule that denies these denies a whole direction, as a rule. */
const SAMPLES = [
  { what: "the kubelet", protocol: "TCP", port: 10250 },
  { what: "DNS", protocol: "UDP", port: 53 },
] as const;

interface Attempt {
  readonly what: string;
  readonly flow: Flow;
  readonly from: NodePath;
  readonly to: NodePath;
}

/** Whether security groups keep the cluster's own nodes and pods apart. */
export const check = defineCheck({
  id: "azure/nsg-intra-cluster",
  question: "Do the network security groups let the cluster's nodes and pods reach each other?",
  hop: "node",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  wants: [
    "azurePools",
    "azureSubnets",
    "azureVnets",
    "azureRouteTables",
    "azureNsgs",
    "azureClusters",
    "endpointSlices",
  ],
  findings: {
    "azure/nsg-denies-intra-cluster": {
      severity: "error",
      title: "A security rule keeps nodes or pods of the cluster apart",
      explain:
        "Nodes and pods of one cluster have to reach each other without limits, over all node pools and subnets. A custom Deny (often of VirtualNetwork) breaks node ports, DNS, webhooks and logs in ways that look like something else.",
      docs: [
        "https://learn.microsoft.com/azure/aks/concepts-network",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/traffic-between-node-pools-is-blocked",
      ],
    },
  },
  notFor: withoutLoadBalancer,
  run({ nodes, scope, wanted }, find) {
    const none = noAzure(wanted);
    if (none !== undefined) return none;
    if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
    const paths = nodePaths(wanted, nodes);
    const attempts = paths.flatMap((from) =>
      paths.flatMap((to) => [...betweenNodes(from, to), ...betweenPods(from, to)]),
    );
    // One finding for each NSG and rule: pairs and samples are its evidence.
    const found = new Map<
      string,
      { readonly verdict: PathVerdict; readonly flows: string[]; readonly kinds: Set<string> }
    >();
    for (const attempt of attempts) {
      const verdict = denial(attempt);
      if (verdict === undefined) continue;
      const key = `${verdict.deciding?.nsg?.id ?? ""} ${verdict.deciding?.rule?.name ?? ""}`;
      const entry = found.get(key) ?? { verdict, flows: [], kinds: new Set<string>() };
      entry.flows.push(shown(attempt));
      entry.kinds.add(attempt.what);
      found.set(key, entry);
    }
    return [...found.values()].flatMap(({ verdict, flows, kinds }): readonly Finding[] => {
      const { nsg, rule } = verdict.deciding ?? {};
      const service = scope.services[0];
      if (nsg === undefined || nsg === null || service === undefined) return [];
      return [
        find("azure/nsg-denies-intra-cluster", {
          object: refOf(service),
          // A group that names each allowed port may leave out one sample and still let the app through.
          severity: kinds.has("the app") || kinds.size > 1 ? "error" : "warning",
          summary: `NSG ${nsg.name} keeps nodes or pods of the cluster apart, by rule ${rule?.priority ?? ""} ${rule?.name ?? ""}`,
          evidence: [
            ...[...new Set(flows)].slice(0, 5).map((v) => ({ k: "denied", v })),
            { k: "path", v: describePath(verdict) },
          ],
          remedy: [
            "# allow all traffic between the node subnets and from and to the pod prefixes, before this rule:",
            `az network nsg rule list -g ${sh(nsg.resourceGroup || "RESOURCE_GROUP")} --nsg-name ${sh(nsg.name)} -o table`,
          ],
        }),
      ];
    });

    function betweenPods(from: NodePath, to: NodePath): readonly Attempt[] {
      const [source] = podsOn(from);
      const target = podsOn(to).find((one) => one.ip !== source?.ip);
      // Pods with a subnet of their own meet its NSG, not the nodes': these paths say nothing of them.
      if (source === undefined || target === undefined || hasPodSubnet()) return [];
      const flow: Flow = {
        direction: "Inbound",
        protocol: "TCP",
        from: source.address,
        to: target.address,
        port: target.port,
      };
      return [{ what: "the app", flow, from, to }];
    }

    function hasPodSubnet(): boolean {
      return itemsOr(wanted.azurePools).some(({ subnets }) => subnets.length > 1);
    }

    function podsOn(
      path: NodePath,
    ): readonly { readonly ip: string; readonly address: Address; readonly port: number }[] {
      const names = new Set(path.nodes.map((node) => node.metadata.name));
      return itemsOr(wanted.endpointSlices).flatMap((slice) => {
        const port = slice.ports?.find(({ protocol }) => (protocol ?? "TCP") === "TCP")?.port;
        if (port === undefined) return [];
        return (slice.endpoints ?? []).flatMap(({ nodeName, addresses }) => {
          const ip = addresses?.[0] ?? "";
          const address = parseAddress(ip);
          return nodeName === undefined || !names.has(nodeName) || address?.family !== 4 ? [] : [{ ip, address, port }];
        });
      });
    }
  },
});

function betweenNodes(from: NodePath, to: NodePath): readonly Attempt[] {
  const first = (nodes: readonly KubeNode[], other?: Address): Address | undefined =>
    nodes.flatMap((node) => nodeAddress(node, 4) ?? []).find((one) => one.value !== other?.value);
  const source = first(from.nodes);
  const target = first(to.nodes, source);
  if (source === undefined || target === undefined) return [];
  return SAMPLES.map(({ what, protocol, port }) => ({
    what,
    flow: { direction: "Inbound", protocol, from: source, to: target, port },
    from,
    to,
  }));
}

/** The verdict that denies for sure: on the way out of the source's groups, or into the target's. */
function denial({ flow, from, to }: Attempt): PathVerdict | undefined {
  const out = evaluatePath(from.nsgs, { ...flow, direction: "Outbound" }, from.context);
  if (out.verdict === "Deny") return out;
  const into = evaluatePath(to.nsgs, flow, { ...to.context, publicFrontend: false });
  return into.verdict === "Deny" ? into : undefined;
}

function shown({ what, flow, from, to }: Attempt): string {
  return `${what}: ${flow.protocol} ${textOfAddress(flow.from)} (${from.pools.join(", ")}) → ${textOfAddress(flow.to)}:${flow.port ?? ""} (${to.pools.join(", ")})`;
}
