import { azureAnnotation, frontendIps, isInternal, isTrue } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { isPrivate, parseAddress, parseCidr } from "../../model/cidr.ts";
import type { Evidence, Finding, Severity } from "../../model/finding.ts";
import { refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { effectiveProbe, portAnnotation } from "../../model/lb-probe.ts";
import type { Nsg, NsgRule } from "../../model/nsg.ts";
import { describePort, matchesPortArgument } from "../../model/ports.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { diagnose, type NsgDiagnosis } from "../../nsg/diagnose.ts";
import { matchRule } from "../../nsg/evaluate.ts";
import type { Flow } from "../../nsg/flow.ts";
import { describePath, evaluatePath, type PathVerdict } from "../../nsg/path.ts";
import { elementsOf } from "../../nsg/ports.ts";
import {
  allowedRanges,
  balancedNodes,
  clientFlow,
  type NodePath,
  noAzure,
  nodePaths,
  probeFlow,
  textOfAddress,
} from "./_network.ts";
import { NSG_FINDINGS, type NsgFinding, nsgRemedy } from "./_nsg-findings.ts";
import { type Outside, seenFromOutside } from "./_outside.ts";
import { forAzureServices, withoutLoadBalancer } from "./_shared.ts";

/** One flow judged on one path, with the fault when it does not get through. */
interface Judged {
  readonly path: NodePath;
  readonly flow: Flow;
  readonly verdict: PathVerdict;
  readonly diagnosis: NsgDiagnosis | undefined;
}

/** Whether clients and health probes get through the security groups of subnet and network interface. */
export const check = defineCheck({
  id: "azure/nsg",
  question: "Do the network security groups let clients and health probes through to the nodes?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  wants: [
    "azurePools",
    "azureSubnets",
    "azureVnets",
    "azureRouteTables",
    "azureNsgs",
    "azureClusters",
    "azureLoadBalancers",
    "endpointSlices",
    "probes",
  ],
  findings: NSG_FINDINGS,
  notFor: withoutLoadBalancer,
  run(view, find) {
    const none = noAzure(view.wanted);
    if (none !== undefined) return none;
    const { endpointSlices, azureClusters } = view.wanted;
    const slices = endpointSlices.state === "ok" ? endpointSlices.items : undefined;
    const mode = azureClusters.state === "ok" && azureClusters.items[0]?.sharedProbe === true ? "shared" : "unknown";
    let unsure = "";
    // A Basic load balancer is open until a group closes it; AKS has had none since 2025, other clusters may.
    const basic = itemsOr(view.wanted.azureLoadBalancers).some(({ sku }) => /^basic$/i.test(sku));
    const { from } = view.scope;
    const client = from?.kind === "ip" ? parseAddress(from.ip) : undefined;

    const answer = forAzureServices(view, (service) => {
      const paths = nodePaths(view.wanted, balancedNodes(service, view.nodes, slices));
      const ports = (service.spec?.ports ?? []).filter(
        (port) =>
          !isTrue(portAnnotation(service, port, "no_lb_rule")) &&
          (view.scope.port === undefined || matchesPortArgument(port, view.scope.port)),
      );
      return frontendIps(service)
        .filter((ip) => isAzures(ip, service))
        .flatMap((ip) =>
          ports.flatMap((port) => {
            const clients = judged(paths, (path) => clientFlow(service, port, ip, path, client));
            const probe = effectiveProbe(service, port, mode);
            const probes = probe.kind === "none" ? [] : judged(paths, (path) => probeFlow(ip, probe.port, path));
            // Whoever got through shows that clients and, for the nodes that answered, health probes do.
            const outside = seenFromOutside(view.wanted.probes, service, port, ip);
            if (outside.state === "open") return [];
            return [clients, probes].flatMap((all) => judgeFlows(service, port, ip, all, outside));
          }),
        );
    });
    return Array.isArray(answer) && answer.length === 0 && unsure !== "" ? { unknown: unsure } : answer;

    function judgeFlows(
      service: Service,
      port: ServicePort,
      ip: string,
      all: readonly Judged[],
      outside: Outside,
    ): readonly Finding[] {
      const blocked = all.filter((one) => {
        if (one.diagnosis === undefined) {
          if (one.verdict.verdict === "Unknown") unsure = "an NSG or a subnet could not be read";
          return false;
        }
        // Without the address space of the network, a private address is in doubt whatever the rules say: that is no news of theirs.
        if (!one.diagnosis.certain && !one.path.vnetKnown && isInternal(service)) {
          unsure = "the address space of the virtual network could not be read";
          return false;
        }
        return true;
      });
      const [first] = blocked;
      if (first?.diagnosis === undefined) return [];
      const some = first.diagnosis.fault === "azure/nsg-denies-probe" ? [] : rulesForSome(service, first);
      const fault = some.length > 0 ? "azure/nsg-denies-inbound" : faultOf(service, first, first.diagnosis);
      const certain = first.diagnosis.certain;
      // Pools that could not be read may let everybody in.
      const { azurePools } = view.wanted;
      const partly = blocked.length < all.length || (azurePools.state === "ok" && (azurePools.gaps ?? []).length > 0);
      return [
        find(fault, {
          object: refOf(service, `spec.ports[${(service.spec?.ports ?? []).indexOf(port)}]`),
          ...(some.length > 0
            ? { severity: outside.state === "lost" ? ("warning" as const) : ("info" as const) }
            : (severityOf(fault, service, partly, outside) ?? {})),
          confidence: certain && some.length === 0 ? "certain" : "possible",
          summary:
            some.length > 0
              ? onlySome(port, ip, first, some)
              : summaryOf(fault, service, port, ip, first, certain, partly),
          evidence: [
            ...evidenceOf(blocked, service, port),
            ...some.map((rule) => ({ k: "lets in", v: shown(rule) })),
            ...outside.evidence,
          ],
          remedy: nsgRemedy(
            fault,
            first.diagnosis.step?.nsg ?? null,
            first.diagnosis.step?.rule ?? null,
            first.flow,
            service,
          ),
        }),
      ];
    }

    /**
     * Rules that let other clients in than the one that stands for all: a group for the office alone is as somebody wants it. When the user names the client
     * (`--from`), only that one counts.
     */
    function rulesForSome(service: Service, { flow, verdict, path }: Judged): readonly NsgRule[] {
      const { nsg, rule } = verdict.deciding ?? {};
      if (nsg == null || rule == null || client !== undefined) return [];
      return nsg.rules.filter((one) => {
        if (one.isDefault || one.access !== "Allow" || one.priority >= rule.priority) return false;
        if (one.direction !== flow.direction) return false;
        const match = matchRule(one, flow, path.context);
        const misses = match.source === false && namesClients(one, isInternal(service));
        return misses && match.protocol === true && match.port === true && match.destination === true;
      });
    }

    function judged(paths: readonly NodePath[], flowOf: (path: NodePath) => Flow | undefined): readonly Judged[] {
      return paths.flatMap((path) => {
        const flow = flowOf(path);
        if (flow === undefined) return [];
        const verdict = evaluatePath(
          path.nsgs,
          flow,
          basic ? { ...path.context, publicFrontend: false } : path.context,
        );
        return [{ path, flow, verdict, diagnosis: diagnose(verdict, flow, path.context) }];
      });
    }

    function evidenceOf(blocked: readonly Judged[], service: Service, port: ServicePort): readonly Evidence[] {
      const cluster = itemsOr(azureClusters)[0];
      return [
        ...blocked.map(({ path, verdict }) => ({ k: `path to ${path.pools.join(", ")}`, v: describePath(verdict) })),
        { k: "port", v: describePort(port) },
        ...blocked.slice(0, 1).map(({ flow }) => ({
          k: "packet",
          v: `${flow.protocol} ${textOfAddress(flow.from)} → ${textOfAddress(flow.to)}:${flow.port ?? ""}`,
        })),
        ...blocked
          .slice(0, 1)
          .flatMap(({ diagnosis }) => (diagnosis?.rules ?? []).map((rule) => ({ k: "see also rule", v: shown(rule) }))),
        ...(allowedRanges(service).length > 0 ? [{ k: "allowed ranges", v: allowedRanges(service).join(", ") }] : []),
        ...(cluster === undefined ? [] : [{ k: "cluster", v: `${cluster.resourceGroup}/${cluster.name}` }]),
      ];
    }
  },
});

function shown(rule: NsgRule): string {
  const side = ({ prefixes, groups, ports }: NsgRule["source"]): string =>
    `${[...prefixes, ...groups].join(",")}:${ports.join(",")}`;
  return `${rule.priority} ${rule.name}: ${rule.access} ${rule.protocol} ${side(rule.source)} → ${side(rule.destination)}`;
}

/** Rules that the cloud provider writes into the cluster's own NSG; the older kind is named after the Service's UID. */
const CLUSTER_RULE = /^k8s-azure-lb_allow_|^[0-9a-f]{31,32}-(TCP|UDP)-\d+-/i;
const DENY_ALL_RULE = /^k8s-azure-lb_deny-all_/i;

/** The fault, told more precisely where the cluster's own NSG denies. */
function faultOf(service: Service, { flow, path }: Judged, { fault, step, certain }: NsgDiagnosis): NsgFinding {
  if (step?.place !== "nic" || step.nsg === null || !certain || fault === "azure/nsg-denies-probe") return fault;
  if (step.rule !== null && DENY_ALL_RULE.test(step.rule.name)) return "azure/nsg-service-deny-all";
  const own = clusterRules(step.nsg, flow, path);
  if (step.rule?.isDefault === false) return own.length > 0 ? "azure/nsg-cluster-rule-shadowed" : fault;
  const managed = !isTrue(azureAnnotation(service, "azure-disable-load-balancer-nsg-rule"));
  const expected = managed && !(isInternal(service) && allowedRanges(service).length === 0);
  const isClusters =
    /^aks-agentpool-.*-nsg$/i.test(step.nsg.name) || step.nsg.rules.some(({ name }) => CLUSTER_RULE.test(name));
  return own.length === 0 && expected && isClusters && fault === "azure/nsg-no-allow-rule"
    ? "azure/nsg-cluster-rule-missing"
    : fault;
}

/** The cluster's rules for this destination and port, whoever they let in. */
function clusterRules(nsg: Nsg, flow: Flow, path: NodePath): readonly NsgRule[] {
  return nsg.rules.filter((rule) => {
    if (!CLUSTER_RULE.test(rule.name) || rule.direction !== flow.direction) return false;
    const match = matchRule(rule, flow, path.context);
    return match.destination === true && match.port === true && match.protocol === true;
  });
}

function severityOf(
  fault: NsgFinding,
  service: Service,
  partly: boolean,
  outside: Outside,
): { readonly severity: Severity } | undefined {
  if (fault === "azure/nsg-service-deny-all") return { severity: hasInvalidRange(service) ? "error" : "info" };
  const warned = fault === "azure/nsg-destination-private" || fault === "azure/nsg-source-port-restricted";
  // What was only read before is now seen to keep clients out.
  if (warned && !partly && outside.state === "lost") return { severity: "error" };
  // Nodes behind another subnet or NSG still answer: some connections work.
  return partly && !warned ? { severity: "warning" } : undefined;
}

function hasInvalidRange(service: Service): boolean {
  return allowedRanges(service).some((text) => parseCidr(text)?.hostBits !== false);
}

/** A public load balancer of Azure has no private address: one that a Service has all the same is somebody else's (MetalLB), or about to change. */
function isAzures(ip: string, service: Service): boolean {
  const address = parseAddress(ip);
  return isInternal(service) || address === undefined || !isPrivate(address);
}

/** Whether the rule is for clients that are told apart by their address, of the kind that such a load balancer has. */
function namesClients({ source }: NsgRule, internal: boolean): boolean {
  return elementsOf(source.prefixes).some((text) => {
    const address = parseAddress(text.replace(/\/.*$/, ""));
    return address !== undefined && isPrivate(address) === internal;
  });
}

function onlySome(port: ServicePort, ip: string, { verdict }: Judged, some: readonly NsgRule[]): string {
  const { deciding } = verdict;
  const place = deciding?.place === "nic" ? "NIC NSG" : "subnet NSG";
  const who = [...new Set(some.flatMap(({ source }) => source.prefixes))];
  const more = who.length > 3 ? `, +${who.length - 3}` : "";
  return `${place} ${deciding?.nsg?.name ?? ""} lets only some clients in to ${ip}:${port.port ?? ""} (${who.slice(0, 3).join(", ")}${more}); rule ${deciding?.rule?.priority ?? ""} ${deciding?.rule?.name ?? ""} stops the others`;
}

function summaryOf(
  fault: NsgFinding,
  service: Service,
  port: ServicePort,
  ip: string,
  { flow, verdict }: Judged,
  certain: boolean,
  partly: boolean,
): string {
  const who =
    fault === "azure/nsg-denies-probe"
      ? `health probes of port ${flow.port ?? ""}`
      : `clients of ${ip}:${port.port ?? ""}`;
  const where = partly ? "on the way to some nodes" : "on the way to the nodes";
  const { deciding } = verdict;
  if (deciding === null)
    return `no NSG opens ${ip}:${port.port ?? ""} of Service ${service.metadata.name}: a public frontend stays closed without one`;
  const place = `${deciding.place === "nic" ? "NIC" : "subnet"} NSG ${deciding.nsg?.name ?? ""}`;
  if (!certain) return `${place} may stop ${who} ${where}: it hangs on rules that cannot be resolved from here`;
  return `${place} stops ${who} ${where}, by rule ${deciding.rule?.priority ?? ""} ${deciding.rule?.name ?? ""}`;
}
