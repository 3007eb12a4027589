import { azureAnnotation, isInternal, isTrue } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { canonicalIp, parseAddress, parseCidr } from "../../model/cidr.ts";
import type { Evidence } from "../../model/finding.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { annotationRef, forAzureServices, LOAD_BALANCER, setAnnotation, withoutLoadBalancer } from "./_shared.ts";

const ALLOWED = "azure-allowed-ip-ranges";
const CORE = "load-balancer-source-ranges";
const TAGS = "azure-allowed-service-tags";
const DENY_REST = "azure-deny-all-except-load-balancer-source-ranges";
const SPEC = "spec.loadBalancerSourceRanges";

/** Where source ranges stand, with the entries as the provider cuts them. */
interface Ranges {
  readonly where: string;
  readonly entries: readonly string[];
}

/** Who may use the load balancer: ranges that shut everybody out, or that do not do what they seem to. */
export const check = defineCheck({
  id: "azure/source-ranges",
  question: "Do the allowed source ranges let somebody in, and do they keep the rest out?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "azure/source-ranges-invalid": {
      severity: "error",
      title: "An invalid source range shuts everybody out",
      explain:
        "Azure's provider takes a range only as CIDR without host bits: 10.0.0.0/24, not 10.0.0.1/24 and not 10.0.0.1. The API server accepts the former. A single bad entry, and the provider adds a rule " +
        "that denies all traffic to the address; no event says so.",
      docs: [LOAD_BALANCER],
    },
    "azure/source-ranges-vs-service-tags": {
      severity: "warning",
      title: "Source ranges on the Service shut out the allowed service tags",
      explain:
        "kube-proxy enforces spec.loadBalancerSourceRanges on the nodes and knows nothing of service tags, so that it drops what the security group lets in by tag. " +
        "azure-allowed-ip-ranges is enforced by the security group alone and goes with tags.",
      docs: [LOAD_BALANCER],
    },
    "azure/source-ranges-not-enforced-in-vnet": {
      severity: "info",
      title: "The virtual network is let in beside the ranges",
      explain:
        'The default rule AllowVnetInBound lets the whole virtual network in, whatever the ranges say, unless azure-deny-all-except-load-balancer-source-ranges is "true". kube-proxy enforces only the field of the spec.',
      docs: [LOAD_BALANCER],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) => {
      const name = service.metadata.name;
      const all = rangesOf(service);
      const given = all.filter(({ entries }) => entries.length > 0);
      const spec = service.spec?.loadBalancerSourceRanges ?? [];
      const tags = azureAnnotation(service, TAGS);
      const evidence: readonly Evidence[] = given.map(({ where, entries }) => ({ k: where, v: entries.join(", ") }));
      const invalid = given.flatMap(({ where, entries }) => {
        const faults = entries.flatMap((entry) => faultOf(entry) ?? []);
        return faults.length === 0 ? [] : [{ where, entries, faults }];
      });
      return [
        ...invalid.map(({ where, entries, faults }) =>
          find("azure/source-ranges-invalid", {
            object: where === SPEC ? refOf(service, SPEC) : annotationRef(service, where),
            summary: `Azure denies all traffic to Service ${name}: ${faults.join(", ")}`,
            evidence: [{ k: where, v: entries.join(", ") || '""' }],
            remedy: [remedyFor(service, where, entries)],
          }),
        ),
        ...(spec.length > 0 && tags !== undefined
          ? [
              find("azure/source-ranges-vs-service-tags", {
                object: refOf(service, SPEC),
                summary: `kube-proxy drops the traffic that ${TAGS} of Service ${name} allows`,
                evidence: [
                  { k: SPEC, v: spec.join(", ") },
                  { k: TAGS, v: tags },
                ],
                remedy: [
                  setAnnotation(service, ALLOWED, spec.join(",")),
                  kubectl(
                    service.metadata.namespace,
                    "patch",
                    "service",
                    name,
                    "--type=json",
                    "-p",
                    '[{"op":"remove","path":"/spec/loadBalancerSourceRanges"}]',
                  ),
                ],
              }),
            ]
          : []),
        ...(given.length > 0 &&
        invalid.length === 0 &&
        !isInternal(service) &&
        !isTrue(azureAnnotation(service, DENY_REST))
          ? [
              find("azure/source-ranges-not-enforced-in-vnet", {
                object:
                  given[0]?.where === SPEC ? refOf(service, SPEC) : annotationRef(service, given[0]?.where ?? ALLOWED),
                summary: `the virtual network may use Service ${name} beside the given ranges`,
                evidence,
                remedy: [setAnnotation(service, DENY_REST, "true")],
              }),
            ]
          : []),
      ];
    });
  },
});

/** The provider reads the spec and both annotations, whichever of them are there, cuts at commas and trims. */
function rangesOf(service: Service): readonly Ranges[] {
  const cut = (text: string | undefined): readonly string[] =>
    text === undefined
      ? []
      : text
          .trim()
          .split(",")
          .map((entry) => entry.trim());
  return [
    { where: SPEC, entries: (service.spec?.loadBalancerSourceRanges ?? []).map((entry) => entry.trim()) },
    { where: ALLOWED, entries: cut(azureAnnotation(service, ALLOWED)) },
    { where: CORE, entries: cut(azureAnnotation(service, CORE)) },
  ];
}

/** What is wrong with a range, in words; undefined when the provider takes it. */
function faultOf(entry: string): string | undefined {
  const cidr = parseCidr(entry);
  if (cidr !== undefined) return cidr.hostBits ? `${entry} has bits set behind its mask` : undefined;
  if (entry === "") return "an empty entry is no range";
  return parseAddress(entry) === undefined ? `${entry} is no CIDR` : `${entry} has no mask`;
}

/** The range that was probably meant; the entry itself when nobody can tell. */
function mended(entry: string): string {
  const address = parseAddress(entry);
  if (address !== undefined) return `${entry}/${address.family === 4 ? 32 : 128}`;
  const cidr = parseCidr(entry);
  return cidr === undefined ? entry : `${textOf(cidr.base, cidr.family)}/${cidr.bits}`;
}

/** An address from its number; canonicalIp knows how to shorten IPv6. */
function textOf(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  return canonicalIp(
    Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(":"),
  );
}

function remedyFor(service: Service, where: string, entries: readonly string[]): string {
  const good = entries.filter((entry) => entry !== "").map(mended);
  const { namespace, name } = service.metadata;
  if (good.some((entry) => faultOf(entry) !== undefined) || good.length === 0)
    return `# write every entry of ${where} as CIDR without host bits, for example 203.0.113.0/24 or 203.0.113.7/32`;
  if (where !== SPEC) return setAnnotation(service, where, good.join(","));
  return kubectl(
    namespace,
    "patch",
    "service",
    name,
    "--type=merge",
    "-p",
    JSON.stringify({ spec: { loadBalancerSourceRanges: good } }),
  );
}
