import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import type { Evidence, Finding, FindingBody } from "../../model/finding.ts";
import { hasTls } from "../../model/ingress/appurl.ts";
import { isFromOutside, proxiesOf } from "../../model/ingress/through.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import type { ServedTls } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { type Certificate, coversHost } from "../../model/tls.ts";
import { forEachIngress, INGRESS } from "../ingress/_shared.ts";
import { NOTHING_TRIED } from "./_probe.ts";

/** The certificates that controllers make themselves when they have none for a host. */
const DEFAULTS = /CN\s*=\s*(Kubernetes Ingress Controller Fake Certificate|TRAEFIK DEFAULT CERT)/;

/** node's and OpenSSL's words for a chain that ends at nobody whom this machine trusts. */
const UNKNOWN_ISSUER = /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ISSUER|UNTRUSTED|self.signed|unable to/;

/** The certificate as it comes over the wire, judged for the host and by the cluster's clock; whom this machine trusts is a matter of its own. */
export const check = defineCheck({
  id: "probe/tls",
  question: "Is the certificate that is served valid for the host?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["probes"],
  findings: {
    "probe/tls-invalid": {
      severity: "error",
      title: "The certificate that is served is not valid for the host",
      explain:
        "Clients refuse the certificate: it has expired, is not valid yet, does not name the host, or is the one that the controller makes itself when it has none for the host (ingress-nginx: Kubernetes Ingress Controller Fake Certificate). " +
        "A warning when only its issuer is unknown to this machine: a private authority may be known to the clients that matter, and a missing intermediate is known to some.",
      docs: [`${INGRESS}#tls`],
    },
  },
  run({ probes, scope, now }, find) {
    return forEachIngress(scope, (ingress) => {
      const served = probes.filter(isFromOutside).flatMap((result) => {
        const tls = result.attempts.find((attempt) => attempt.tls !== undefined)?.tls;
        return tls === undefined ? [] : [{ result, tls }];
      });
      if (served.length === 0) return NOTHING_TRIED;
      const found = served.flatMap(({ result, tls }): readonly (FindingBody & { readonly key: string })[] => {
        const host = result.target.name ?? result.target.host;
        const leaf = tls.certificates[0];
        // For a bare address nobody expects a certificate.
        if (leaf === undefined || parseAddress(host) !== undefined) return [];
        const fault = faultOf(leaf, tls, host, now);
        if (fault === undefined) return [];
        const section = hasTls(ingress, host) ? [] : [{ k: "spec.tls", v: `no section for ${host}` }];
        const front = proxiesOf(result).map(({ title, evidence }) => ({ k: title, v: evidence.join(", ") }));
        return [
          {
            key: fault.words,
            object: refOf(ingress, "spec.tls"),
            summary: `the certificate served for ${host} ${fault.words}`,
            evidence: [...describe(leaf, tls), ...section, ...front],
            severity: fault.hard ? "error" : "warning",
            confidence: fault.hard ? "certain" : "likely",
            remedy: [
              ...secretCommand(ingress, host),
              `# what is served: openssl s_client -connect ${result.target.host}:${result.target.port} -servername ${host}`,
            ],
          },
        ];
      });
      // The same certificate at the load balancer and by name is one fault.
      return found
        .filter((one, i) => found.findIndex(({ key }) => key === one.key) === i)
        .map(({ key: _, ...body }): Finding => find("probe/tls-invalid", body));
    });
  },
});

function faultOf(
  leaf: Certificate,
  tls: ServedTls,
  host: string,
  now: number,
): { readonly words: string; readonly hard: boolean } | undefined {
  if (DEFAULTS.test(leaf.subject))
    return { words: "is the controller's own default: it has none for this host", hard: true };
  const [from, until] = [timeOf(leaf.notBefore), timeOf(leaf.notAfter)];
  if (now > 0 && until !== undefined && until <= now)
    return { words: `expired on ${leaf.notAfter.slice(0, 10)}`, hard: true };
  if (now > 0 && from !== undefined && from > now)
    return { words: `is valid from ${leaf.notBefore.slice(0, 10)} on only`, hard: true };
  if (!coversHost(leaf, host))
    return { words: `names ${leaf.dnsNames.slice(0, 3).join(", ") || "no host"}, not this host`, hard: true };
  if (tls.distrust === undefined || !UNKNOWN_ISSUER.test(tls.distrust)) return undefined;
  const alone = tls.certificates.length === 1 && !leaf.selfIssued;
  const why = leaf.selfIssued
    ? "is signed by itself"
    : alone
      ? "comes without the one of its issuer"
      : "ends at an authority that this machine does not know";
  return { words: why, hard: false };
}

/** What stands in the Secret of the host's TLS section: the certificate alone, which is public. */
function secretCommand(ingress: Ingress, host: string): readonly string[] {
  const { namespace, name } = ingress.metadata;
  const section = (ingress.spec?.tls ?? []).find((tls) => hasTls({ ...ingress, spec: { tls: [tls] } }, host));
  if (section?.secretName === undefined) return [kubectl(namespace, "describe", "ingress", name)];
  const read = kubectl(namespace, "get", "secret", section.secretName, "-o", "jsonpath={.data.tls\\.crt}");
  return [`${read} | base64 -d | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`];
}

function describe(leaf: Certificate, tls: ServedTls): readonly Evidence[] {
  return [
    { k: "subject", v: leaf.subject },
    { k: "names", v: [...leaf.dnsNames, ...leaf.ipAddresses].slice(0, 10).join(", ") || "none" },
    { k: "issuer", v: leaf.issuer },
    { k: "valid", v: `${leaf.notBefore.slice(0, 10)} to ${leaf.notAfter.slice(0, 10)}` },
    { k: "this machine says", v: tls.distrust ?? "trusted" },
  ];
}
