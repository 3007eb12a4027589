import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { forAzureServices, withoutLoadBalancer } from "./_shared.ts";

/** Rules of Virtual Network Manager, which no NSG can overrule. */
export const check = defineCheck({
  id: "azure/admin-rules",
  question: "Do security admin rules decide over inbound traffic before the security groups do?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "azureAdminRules"],
  findings: {
    "azure/security-admin-rules": {
      severity: "info",
      title: "Security admin rules stand before the security groups",
      explain:
        "Azure Virtual Network Manager judges its rules before every NSG: Deny and AlwaysAllow are final, whatever the NSGs say. They are shown, not evaluated. They are left out where az cannot read them (extension virtual-network-manager).",
      docs: ["https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins"],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const final = view.azureAdminRules
      .filter(({ direction, access }) => /^inbound$/i.test(direction) && /^(deny|alwaysallow)$/i.test(access))
      .toSorted((a, b) => a.priority - b.priority);
    return forAzureServices(view, (service) =>
      final.length === 0
        ? []
        : [
            find("azure/security-admin-rules", {
              object: refOf(service),
              summary: `${final.length} security admin ${final.length === 1 ? "rule decides" : "rules decide"} over inbound traffic before the NSGs, and the NSGs cannot overrule ${final.length === 1 ? "it" : "them"}`,
              evidence: final.slice(0, 8).map((rule) => ({
                k: `${rule.priority} ${rule.name}`,
                v: `${rule.access} ${rule.protocol} ${rule.sources.join(",") || "*"} → ${rule.destinations.join(",") || "*"}:${rule.ports.join(",") || "*"}`,
              })),
            }),
          ],
    );
  },
});
