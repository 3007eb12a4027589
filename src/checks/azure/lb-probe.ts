import { frontendIps, isLocal } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { canonicalIp } from "../../model/cidr.ts";
import type { Finding } from "../../model/finding.ts";
import { type KubeNode, refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { effectiveProbe } from "../../model/lb-probe.ts";
import { isReady } from "../../model/pods.ts";
import { protocolOf } from "../../model/ports.ts";
import { selects } from "../../model/selectors.ts";
import { sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { balancedNodes, isYoung } from "./_network.ts";
import { seenFromOutside } from "./_outside.ts";
import { forAzureServices, LOAD_BALANCER, withoutLoadBalancer } from "./_shared.ts";

/** A metric that is older than this, or from another day than the cluster's data, says nothing of now. */
const FRESH = 20 * 60_000;

/** What Azure's own metric says of the health probes. */
export const check = defineCheck({
  id: "azure/lb-probe",
  question: "Do the nodes answer the load balancer's health probes, by Azure's own account?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "azureLbHealth"],
  wants: ["endpointSlices", "pods", "probes"],
  findings: {
    "azure/lb-probe-down": {
      severity: "error",
      title: "The load balancer takes the nodes for down",
      explain:
        "The metric DipAvailability (health probe status) of the last minutes is 0 for every node that should answer: the load balancer sends no new connection to any. A warning when some probes succeed. " +
        "With policy Local nodes without a pod of the Service are down by design and do not count, nor do nodes and pods of the last ten minutes. What the probe asks, and whether security groups let it through, other checks say.",
      docs: [
        LOAD_BALANCER,
        "https://learn.microsoft.com/azure/load-balancer/load-balancer-custom-probe-overview",
        "https://learn.microsoft.com/azure/load-balancer/load-balancer-standard-diagnostics",
      ],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const slices = view.wanted.endpointSlices.state === "ok" ? view.wanted.endpointSlices.items : undefined;
    return forAzureServices(view, (service) => {
      // Nobody knows which nodes should answer.
      if (isLocal(service) && slices === undefined) return [];
      return frontendIps(service).flatMap((ip) =>
        (service.spec?.ports ?? []).flatMap((port, i) => judge(service, port, i, ip)),
      );
    });

    /** A node that was added, or with policy Local got its pods, only now: the metric still tells of the time before. */
    function isNewcomer({ metadata }: KubeNode, service: Service): boolean {
      const young = (since: string | null | undefined): boolean => isYoung(since, view.now, view.clockIsLowerBound);
      if (young(metadata.creationTimestamp)) return true;
      if (!isLocal(service)) return false;
      const own = itemsOr(view.wanted.pods).filter(
        (pod) => pod.spec?.nodeName === metadata.name && selects(service, pod) && isReady(pod),
      );
      const since = own.map(
        ({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime,
      );
      return since.length > 0 && since.every(young);
    }

    function judge(service: Service, port: ServicePort, i: number, ip: string): readonly Finding[] {
      if (protocolOf(port) !== "TCP" || effectiveProbe(service, port, "unknown").kind === "none") return [];
      const nodes = balancedNodes(service, view.nodes, slices).filter((node) => !isNewcomer(node, service));
      const expected = new Set(
        nodes.flatMap((node) => (node.status?.addresses ?? []).map(({ address }) => canonicalIp(address ?? ""))),
      );
      const mine = view.azureLbHealth.filter(
        (one) =>
          one.frontendPort === port.port &&
          canonicalIp(one.frontendIp) === canonicalIp(ip) &&
          expected.has(canonicalIp(one.backendIp)) &&
          Math.abs(view.now - Date.parse(one.at)) < FRESH,
      );
      const bad = mine.filter(({ percent }) => percent < 100);
      if (bad.length === 0) return [];
      // The metric is minutes behind: whoever gets through now has found a node that answers.
      if (seenFromOutside(view.wanted.probes, service, port, ip).state === "open") return [];
      const all = mine.length > 0 && mine.every(({ percent }) => percent === 0);
      const [first] = bad;
      return [
        find("azure/lb-probe-down", {
          object: refOf(service, `spec.ports[${i}]`),
          severity: all ? "error" : "warning",
          summary: all
            ? `Azure takes every node for down at ${ip}:${port.port ?? ""} of Service ${service.metadata.name}`
            : `health probes of ${ip}:${port.port ?? ""} fail on ${bad.length} of ${mine.length} nodes`,
          evidence: bad.slice(0, 6).map((one) => ({
            k: `DipAvailability of ${one.backendIp}`,
            v: `${Math.round(one.percent)} % in the minutes up to ${one.at}`,
          })),
          remedy: [
            "# let what the probe asks answer 200, or let a TCP connect do; then look again:",
            `az monitor metrics list --resource ${sh(first?.balancer ?? "LOAD_BALANCER_ID")} --metric DipAvailability --aggregation Average --interval PT1M --dimension FrontendPort BackendIPAddress -o table`,
          ],
        }),
      ];
    }
  },
});
