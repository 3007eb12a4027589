import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import { familiesOf, hasSelector, mergeSlices, slicesOf } from "../../model/endpoints.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { ipsOf, quietFor } from "../../model/pods.ts";
import { eligiblePods } from "../../model/services.ts";
import { forEachService, listed, onlyExternalNames, patchService, sortedByName, YOUTH_UNPROVEN } from "./_shared.ts";

/** spec.ipFamilies; where that is not set (a hand-made object, an old cluster), the family of the cluster IP. */
function wantedFamilies(service: Service): readonly string[] {
  const families = familiesOf(service);
  const listed = service.spec?.ipFamilies ?? [];
  return listed.length > 0 ? listed : families.length === 1 ? families.map((family) => `IPv${family}`) : [];
}

/** A Service of a family that its pods do not have leads nowhere. */
export const check = defineCheck({
  id: "svc/endpoint-ip-family-missing",
  question: "Have the pods addresses of each IP family of the Service?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices", "pods"],
  findings: {
    "svc/endpoint-ip-family-missing": {
      severity: "error",
      title: "No endpoint of one of the Service's IP families",
      explain:
        "spec.ipFamilies lists a family that no endpoint has, because the selected pods have addresses of the other family only. Connections to the Service's address of that family are refused. " +
        "With PreferDualStack the other family serves and most clients use it: then this is a note.",
      docs: ["https://kubernetes.io/docs/concepts/services-networking/dual-stack/"],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, pods, now, clockIsLowerBound, settings }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const families = wantedFamilies(service);
      const addressed = sortedByName(eligiblePods(service, pods)).filter((pod) => ipsOf(pod).length > 0);
      if (families.length === 0 || addressed.length === 0)
        return { skipped: "no IP family or no pod address to compare" };
      // Addresses of both families come at once; a pod that just started is no measure all the same.
      const young = addressed.every((pod) => (quietFor(pod, now) ?? Number.POSITIVE_INFINITY) < settings.settle);
      if (young && !clockIsLowerBound) return [];
      const endpoints = mergeSlices(slicesOf(service, endpointSlices));
      const has = (family: number): boolean =>
        endpoints.some((endpoint) => endpoint.family === family) ||
        addressed.some((pod) => ipsOf(pod).some((ip) => parseAddress(ip)?.family === family));
      return families
        .filter((family) => !has(family === "IPv6" ? 6 : 4))
        .map((family) => {
          const index = families.indexOf(family);
          const preferred = service.spec?.ipFamilyPolicy === "PreferDualStack" && families.length > 1;
          const other = family === "IPv6" ? "IPv4" : "IPv6";
          return find("svc/endpoint-ip-family-missing", {
            severity: preferred ? "info" : "error",
            confidence: young ? "possible" : "certain",
            object: refOf(service, `spec.ipFamilies[${index}]`),
            summary: `Service ${service.metadata.name} wants ${family}, but its pods have ${other} addresses only`,
            evidence: [
              ...(young ? [YOUTH_UNPROVEN] : []),
              { k: "spec.ipFamilies", v: `${families.join(", ")} (${service.spec?.ipFamilyPolicy ?? "SingleStack"})` },
              {
                k: "pod addresses",
                v: listed(
                  addressed.map((pod) => `${pod.metadata.name} ${ipsOf(pod).join(" ")}`),
                  3,
                ),
              },
            ],
            // The primary family of a Service cannot be changed: https://kubernetes.io/docs/concepts/services-networking/dual-stack/
            remedy:
              index > 0
                ? [
                    patchService(service, [
                      { op: "replace", path: "/spec/ipFamilyPolicy", value: "SingleStack" },
                      { op: "replace", path: "/spec/ipFamilies", value: [families[0]] },
                    ]),
                  ]
                : [
                    `# the first family cannot be changed: delete the Service and create it with ipFamilies: [${other}], or give the pods ${family} addresses`,
                  ],
          });
        });
    });
  },
});
