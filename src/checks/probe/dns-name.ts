import { defineCheck } from "../../model/check.ts";
import { hasSelector, isHeadless } from "../../model/endpoints.ts";
import type { Finding } from "../../model/finding.ts";
import { kubectl } from "../../model/shell.ts";
import { atHop, evidenceOf, fromInside, hasFailed, NOTHING_TRIED } from "./_probe.ts";

/** The Service by its name, from a pod. */
export const check = defineCheck({
  id: "probe/dns-name",
  question: "Does the Service's name resolve in a pod?",
  hop: "dns",
  appliesTo: ["svc", "ingress"],
  needs: ["probes"],
  findings: {
    "dns/name-not-resolved": {
      severity: "error",
      title: "The Service's name does not resolve in a pod",
      explain:
        "A test pod asked the cluster's DNS for the Service's name. No answer means that DNS cannot be reached from the pod (CoreDNS is down, or an egress policy does not allow port 53); " +
        "an answer without an address means that DNS does not know the Service. A headless Service without a ready pod has no address by design.",
      docs: ["https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"],
    },
  },
  run({ probes, scope }, find) {
    const tried = atHop(fromInside(probes), "dns-name");
    if (tried.length === 0) return NOTHING_TRIED;
    const failing = tried.filter((one) => hasFailed(one, "dns", "dns-timeout"));
    // A Service has one name, however many ports and places it was tried with.
    const names = failing.filter((one, i) => failing.findIndex(({ target }) => target.host === one.target.host) === i);
    return names.flatMap((one): readonly Finding[] => {
      const all = failing.filter(({ target }) => target.host === one.target.host);
      const places = [...new Set(all.map(({ vantage }) => vantage.label))];
      const service = scope.services.find(({ metadata }) => metadata.name === one.target.object.name);
      const empty =
        service !== undefined && isHeadless(service) && hasSelector(service) && atHop(probes, "pod").length === 0;
      if (empty) return [];
      const silent = one.attempts.some((attempt) => attempt.class === "dns-timeout");
      return [
        find("dns/name-not-resolved", {
          object: one.target.object,
          summary: `${one.target.host} does not resolve from ${places.join(", ")}${silent ? ": the DNS server does not answer" : ""}`,
          evidence: evidenceOf(all),
          remedy: [
            kubectl("kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", "wide"),
            "# an egress policy of the client's namespace must allow port 53, UDP and TCP, to kube-system",
          ],
        }),
      ];
    });
  },
});
