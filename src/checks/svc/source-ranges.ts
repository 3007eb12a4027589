import { defineCheck } from "../../model/check.ts";
import { type Cidr, contains, parseCidr } from "../../model/cidr.ts";
import { type KubeNode, refOf, type Service } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachService, listed, patchService } from "./_shared.ts";

const ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges";
const AZURE_RANGES = "service.beta.kubernetes.io/azure-allowed-ip-ranges";
const DOCS = [
  "https://learn.microsoft.com/azure/aks/configure-load-balancer-standard",
  "https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/",
];

/** A load balancer that lets in only listed clients drops the others without a word. */
export const check = defineCheck({
  id: "svc/source-ranges",
  question: "May the client pass the load balancer's source ranges?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["nodes", "pods"],
  findings: {
    "svc/source-ranges-block-client": {
      // Ranges are set on purpose, and whether they leave out the client that asks is not known here: no fault, but needed to read a timeout.
      severity: "info",
      title: "The load balancer lets in listed clients only",
      explain:
        "Source ranges are set; a client outside of all of them gets a timeout. The spec field is enforced by kube-proxy and the cloud's firewall, the annotations by the cloud's firewall alone. A note, because the client's address is not known here.",
      docs: DOCS,
    },
    "svc/source-ranges-block-pods": {
      severity: "info",
      title: "Pods may not use the load balancer's address",
      explain:
        "loadBalancerSourceRanges does not hold the pods' addresses, and kube-proxy enforces it inside the cluster too: a pod that calls this Service by its external address gets a timeout. By the Service's name it works.",
      docs: DOCS,
    },
  },
  run({ scope, wanted }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      const { field, ranges } = rangesOf(service);
      if (ranges.length === 0) return { skipped: "no source ranges are set" };
      const parsed = ranges.flatMap((text) => parseCidr(text) ?? []);
      const { name } = service.metadata;
      const open = parsed.some((cidr) => cidr.bits === 0);
      const evidence = [{ k: field, v: ranges.join(", ") }];
      const object = refOf(service, field);
      const add = patchService(service, [
        { op: "add", path: "/spec/loadBalancerSourceRanges/-", value: "203.0.113.7/32" },
      ]);
      const inSpec = field === "spec.loadBalancerSourceRanges";
      const client = find("svc/source-ranges-block-client", {
        confidence: open ? "certain" : "possible",
        object,
        summary: open
          ? `the source ranges of Service ${name} let in everybody`
          : `Service ${name} lets in clients from ${listed(ranges, 3)} only; others get a timeout`,
        evidence,
        remedy: open
          ? []
          : inSpec
            ? ["# if the client's address (here 203.0.113.7) is missing:", add]
            : [`# if the client's address is missing, add it with /32 to ${field}`],
      });
      const pods =
        inSpec && !open
          ? podAddresses(
              itemsOr(wanted.nodes),
              itemsOr(wanted.pods)
                .filter(
                  (pod) => pod.metadata.namespace === service.metadata.namespace && pod.spec?.hostNetwork !== true,
                )
                .flatMap((pod) => pod.status?.podIP ?? []),
            )
          : [];
      const blocked = pods.filter(({ sample }) => !parsed.some((cidr) => covers(cidr, sample)));
      if (blocked.length === 0) return [client];
      return [
        client,
        find("svc/source-ranges-block-pods", {
          object,
          summary: `pods that call Service ${name} by its external address are dropped: its source ranges do not hold the pods' addresses`,
          evidence: [
            ...evidence,
            {
              k: "pod addresses",
              v: listed(
                blocked.map(({ text }) => text),
                3,
              ),
            },
          ],
        }),
      ];
    });
  },
});

/** The ranges in force: the spec field, or, only when that is empty, the annotations. */
function rangesOf(service: Service): { readonly field: string; readonly ranges: readonly string[] } {
  const spec = (service.spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim());
  const azure = split(service.metadata.annotations?.[AZURE_RANGES]);
  if (spec.length > 0) return { field: "spec.loadBalancerSourceRanges", ranges: [...spec, ...azure] };
  const annotated = [...split(service.metadata.annotations?.[ANNOTATION]), ...azure];
  return { field: "metadata.annotations", ranges: annotated };
}

function split(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Pod prefixes of the nodes, or, where nodes carry none (overlay networks), the addresses of the pods at hand. */
function podAddresses(
  nodes: readonly KubeNode[],
  ips: readonly string[],
): readonly { readonly text: string; readonly sample: Cidr }[] {
  const prefixes = nodes.flatMap((node) => node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []));
  const texts =
    prefixes.length > 0 ? prefixes : ips.filter((ip) => ip !== "").map((ip) => `${ip}/${ip.includes(":") ? 128 : 32}`);
  return [...new Set(texts)].sort().flatMap((text) => {
    const sample = parseCidr(text);
    return sample === undefined ? [] : [{ text, sample }];
  });
}

function covers(range: Cidr, part: Cidr): boolean {
  return (
    range.family === part.family &&
    range.bits <= part.bits &&
    contains(range, { family: part.family, value: part.base })
  );
}
