import { frontendIps, isLocal, isTrue } from "../../model/azure.ts";
import type { AzureFrontend, AzureLoadBalancer, AzurePublicIp } from "../../model/azure-facts.ts";
import { defineCheck } from "../../model/check.ts";
import { canonicalIp } from "../../model/cidr.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { portAnnotation } from "../../model/lb-probe.ts";
import { describePort, protocolOf } from "../../model/ports.ts";
import { kubectl, sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { seenFromOutside } from "./_outside.ts";
import { forAzureServices, LOAD_BALANCER, withoutLoadBalancer } from "./_shared.ts";

/** What the load balancer in Azure really holds, against what the Service asks for. */
export const check = defineCheck({
  id: "azure/lb-objects",
  question: "Has Azure's load balancer a rule, members and an address for every port of the Service?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "azureLoadBalancers"],
  wants: ["azurePublicIps", "azureClusters", "probes"],
  findings: {
    "azure/lb-rule-missing": {
      severity: "error",
      title: "The load balancer has no rule for a port",
      explain:
        "No rule of the load balancer joins the Service's address, port and protocol: connections to it time out. The Service's events say why the provider did not write it.",
      docs: [LOAD_BALANCER],
    },
    "azure/lb-backend-empty": {
      severity: "error",
      title: "The rule's backend pool is empty",
      explain:
        "The load balancer has nobody to send the traffic to: all nodes are excluded by label, or the provider could not add them. The pool that a Service of policy Local has for itself (several load balancers) is empty without endpoints, and no fault of Azure.",
      docs: [LOAD_BALANCER],
    },
    "azure/lb-provisioning-failed": {
      severity: "error",
      title: "The load balancer or its address failed to be provisioned",
      explain:
        "Azure's last change of the resource failed; what it serves may be old or incomplete. The activity log of the resource group has the reason.",
      docs: [LOAD_BALANCER],
    },
    "azure/pip-mismatch": {
      severity: "error",
      title: "The Service's public IP is attached to nothing",
      explain:
        "The public IP exists, but no frontend holds it: packets to it are dropped. Somebody detached it, or the load balancer was rebuilt.",
      docs: [LOAD_BALANCER],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const balancers = view.azureLoadBalancers;
    const publicIps = itemsOr(view.wanted.azurePublicIps);
    const unresolved = balancers.some(({ frontends }) =>
      frontends.some(({ publicIp }) => publicIp !== null && !publicIps.some(({ id }) => id === publicIp)),
    );
    return forAzureServices(view, (service) => frontendIps(service).flatMap((ip) => judge(service, ip)));

    function judge(service: Service, ip: string): readonly Finding[] {
      const { namespace, name } = service.metadata;
      const publicIp = publicIps.find((one) => one.ip !== null && canonicalIp(one.ip) === canonicalIp(ip));
      const holders = balancers.flatMap((lb) =>
        lb.frontends.filter((one) => holds(one, ip, publicIp)).map((frontend) => ({ lb, frontend })),
      );
      if (holders.length === 0) {
        if (publicIp?.attachedTo === null)
          return [
            find("azure/pip-mismatch", {
              object: refOf(service, "status.loadBalancer.ingress"),
              summary: `public IP ${publicIp.name} (${ip}) of Service ${name} is attached to nothing`,
              evidence: [{ k: publicIp.id, v: "ipConfiguration: null" }],
              remedy: [
                `az network public-ip show --ids ${sh(publicIp.id)}`,
                kubectl(namespace, "describe", "service", name),
              ],
            }),
          ];
        // An address of another resource group, or of a load balancer that is not ours to list.
        // Only AKS always has its load balancers beside the nodes; the provider of other clusters may be told to keep them elsewhere, or an address may be of
        // somebody else altogether (MetalLB without a class).
        const managed = itemsOr(view.wanted.azureClusters).length > 0;
        if (unresolved || publicIp !== undefined || balancers.length === 0 || !managed) return [];
      }
      const ports = (service.spec?.ports ?? []).flatMap((port, i): readonly Finding[] => {
        if (isTrue(portAnnotation(service, port, "no_lb_rule"))) return [];
        // Whoever gets through shows that there are a rule and a member, whatever this list of Azure's is a moment behind of.
        if (seenFromOutside(view.wanted.probes, service, port, ip).state === "open") return [];
        const rules = holders.flatMap(({ lb, frontend }) =>
          lb.rules
            .filter(
              (rule) =>
                rule.frontend === frontend.id &&
                ((rule.protocol === "all" && rule.frontendPort === 0) ||
                  (rule.protocol === protocolOf(port).toLowerCase() && rule.frontendPort === port.port)),
            )
            .map((rule) => ({ lb, rule })),
        );
        const object = refOf(service, `spec.ports[${i}]`);
        if (rules.length === 0)
          return [
            find("azure/lb-rule-missing", {
              object,
              summary: `Azure has no load balancer rule for ${ip}:${port.port ?? ""}/${protocolOf(port)} of Service ${name}`,
              evidence: [
                { k: `spec.ports[${i}]`, v: describePort(port) },
                {
                  k: "rules found",
                  v:
                    holders.flatMap(({ lb }) => lb.rules.map((rule) => `${lb.name}/${rule.name}`)).join(", ") ||
                    "none for this address",
                },
              ],
              remedy: [
                kubectl(namespace, "describe", "service", name),
                "# mend what the events say; then make the provider synchronise the Service again:",
                kubectl(namespace, "annotate", "service", name, "--overwrite", "netcheck/resync=1"),
              ],
            }),
          ];
        const empty = rules.find(({ lb, rule }) =>
          rule.pools.every((pool) => membersOf(lb, pool) === 0 && !isOwnPool(pool, service)),
        );
        if (empty === undefined) return [];
        return [
          find("azure/lb-backend-empty", {
            object,
            summary: `the backend pool of ${ip}:${port.port ?? ""}/${protocolOf(port)} of Service ${name} is empty`,
            evidence: [{ k: `rule ${empty.rule.name}`, v: empty.rule.pools.join(", ") || "no pool" }],
            remedy: [
              kubectl("", "get", "nodes", "-L", "node.kubernetes.io/exclude-from-external-load-balancers"),
              kubectl(namespace, "describe", "service", name),
            ],
          }),
        ];
      });
      const failed = [
        ...holders.map(({ lb }) => ({ what: `load balancer ${lb.name}`, id: lb.id, state: lb.provisioningState })),
        ...(publicIp === undefined
          ? []
          : [{ what: `public IP ${publicIp.name}`, id: publicIp.id, state: publicIp.provisioningState }]),
      ].filter(({ state }) => state.toLowerCase() === "failed");
      return [
        ...ports,
        ...failed.map(({ what, id, state }) =>
          find("azure/lb-provisioning-failed", {
            object: refOf(service, "status.loadBalancer.ingress"),
            // The change that failed may have been another Service's: this one is still served.
            severity:
              seenFromOutside(view.wanted.probes, service, undefined, ip).state === "open" ? "warning" : "error",
            summary: `the ${what} of Service ${name} failed to be provisioned`,
            evidence: [{ k: id, v: `provisioningState: ${state}` }],
            remedy: [`az monitor activity-log list --resource-id ${sh(id)} --status Failed --offset 1d -o table`],
          }),
        ),
      ];
    }
  },
});

function holds(frontend: AzureFrontend, ip: string, publicIp: AzurePublicIp | undefined): boolean {
  if (frontend.privateIp !== null && canonicalIp(frontend.privateIp) === canonicalIp(ip)) return true;
  return publicIp !== undefined && frontend.publicIp === publicIp.id;
}

/**
 * With several load balancers a Service of policy Local has a pool of its own, named after it, that holds the nodes of its endpoints only: empty is what it is
 * without endpoints. Source: cloud-provider-azure azure_local_services.go, getLocalServiceBackendPoolName.
 */
function isOwnPool(pool: string, service: Service): boolean {
  const { namespace, name } = service.metadata;
  const own = `${namespace}-${name}`.toLowerCase();
  const last = pool.slice(pool.lastIndexOf("/") + 1).toLowerCase();
  return isLocal(service) && (last === own || last === `${own}-ipv6`);
}

function membersOf(lb: AzureLoadBalancer, pool: string): number {
  // A pool that the answer does not hold belongs to nobody we can count.
  return lb.pools.find(({ id }) => id === pool)?.members ?? 1;
}
