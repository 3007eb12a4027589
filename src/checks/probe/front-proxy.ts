import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { type InFront, inFront } from "../../model/in-front.ts";
import { itemsOr } from "../../model/snapshot.ts";

const DOCS = [
  "https://learn.microsoft.com/azure/frontdoor/origin-security",
  "https://learn.microsoft.com/azure/architecture/guide/technology-choices/load-balancing-overview",
];

/** Whether clients come through a proxy that is no part of the cluster. */
export const check = defineCheck({
  id: "probe/front-proxy",
  question: "Does a proxy stand in front of the cluster (Front Door, API Management, CDN, Cloudflare)?",
  hop: "front-proxy",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["probes", "ingressClasses"],
  findings: {
    "probe/front-proxy": {
      severity: "info",
      title: "A proxy stands in front of the cluster",
      explain:
        "Told from the aliases of the name in DNS and from headers of the answer (with --probe), or from names in the objects: hosts of rules, the status, annotations of external-dns. Security groups, source ranges and allow lists then see the proxy's addresses instead of the client's, " +
        "a slow answer is cut off by whoever has the shortest timeout, and an error page may be the proxy's own. Traffic Manager only answers in DNS and carries nothing. That nothing is told does not prove that nothing is there. No fault in itself.",
      docs: DOCS,
    },
  },
  run({ scope, wanted }, find) {
    const { probes, ingressClasses } = wanted;
    const found = inFront(scope, itemsOr(probes), itemsOr(ingressClasses));
    if (found.length === 0 && probes.state !== "ok") return { skipped: "no name was followed (--probe does)" };
    return found.map(({ object, proxy }: InFront): Finding => {
      const { title, carries, confidence, evidence, source, timeout } = proxy;
      const ranges = scope.services.flatMap(({ spec }) => spec?.loadBalancerSourceRanges ?? []);
      return find("probe/front-proxy", {
        object,
        confidence,
        summary: carries
          ? `clients reach ${object.kind} ${object.name} through ${title}. As client the cluster sees ${source}. Timeout: ${timeout}`
          : `${title} chooses in DNS where clients of ${object.kind} ${object.name} go; it carries no traffic`,
        evidence: [
          ...evidence.map((one) => ({ k: "told from", v: one })),
          { k: "seen as client", v: source },
          { k: "timeout", v: timeout },
          ...(carries && ranges.length > 0
            ? [{ k: "loadBalancerSourceRanges", v: `${ranges.join(", ")}: they have to name the proxy's addresses` }]
            : []),
        ],
      });
    });
  },
});
