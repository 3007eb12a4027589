import { check } from "../../../src/checks/probe/tls.ts";
import type { ServedTls } from "../../../src/model/probe-results.ts";
import type { Certificate } from "../../../src/model/tls.ts";
import { vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ago } from "../../support/objects.ts";
import { ingress, tlsSecret } from "../ingress/_objects.ts";
import { sent } from "../ingress/_through.ts";

const WORLD = { ingresses: [ingress({ tls: [{ hosts: ["shop.example.com"], secretName: "shop-tls" }] })] };
const [LEAF, ISSUER] = tlsSecret().certificates as readonly [Certificate, Certificate];

function served(leaf: Partial<Certificate>, given: Partial<ServedTls> = {}) {
  const tls: ServedTls = { certificates: [{ ...LEAF, ...leaf }, ISSUER], protocol: "TLSv1.3", ...given };
  return sent({ hop: "host", scheme: "https", attempt: { tls } });
}

const distrust = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const FAKE = "O=Acme Co, CN=Kubernetes Ingress Controller Fake Certificate";

checkCases(check, {
  fires: [
    {
      name: "the controller's own default certificate",
      given: {
        ...WORLD,
        probes: [served({ subject: FAKE, issuer: FAKE, dnsNames: ["ingress.local"], selfIssued: true }, { distrust })],
      },
      expect: ["probe/tls-invalid error"],
    },
    {
      name: "expired by the cluster's clock",
      given: { ...WORLD, probes: [served({ notAfter: ago(86_400) }, { distrust: "CERT_HAS_EXPIRED" })] },
      expect: ["probe/tls-invalid error"],
    },
    {
      name: "not valid yet",
      given: { ...WORLD, probes: [served({ notBefore: ago(-86_400) }, { distrust: "CERT_NOT_YET_VALID" })] },
      expect: ["probe/tls-invalid error"],
    },
    {
      name: "for another host",
      given: {
        ...WORLD,
        probes: [served({ dnsNames: ["other.example.com"] }, { distrust: "ERR_TLS_CERT_ALTNAME_INVALID" })],
      },
      expect: ["probe/tls-invalid error"],
    },
    {
      name: "an authority that only other machines may know",
      given: { ...WORLD, probes: [served({}, { distrust: "SELF_SIGNED_CERT_IN_CHAIN" })] },
      expect: ["probe/tls-invalid warning"],
    },
    {
      name: "the same at the load balancer and by name is one fault",
      given: {
        ...WORLD,
        probes: [
          served({ dnsNames: [] }),
          sent({
            hop: "controller-lb",
            scheme: "https",
            attempt: { tls: { certificates: [{ ...LEAF, dnsNames: [] }], protocol: "" } },
          }),
        ],
      },
      expect: ["probe/tls-invalid error"],
    },
  ],
  silent: [
    { name: "valid and trusted", given: { ...WORLD, probes: [served({})] } },
    { name: "by a wildcard", given: { ...WORLD, probes: [served({ dnsNames: ["*.example.com"] })] } },
    {
      name: "expired by this machine's clock only, which is wrong",
      given: { ...WORLD, probes: [served({}, { distrust: "CERT_HAS_EXPIRED" })] },
    },
    { name: "plain http", given: { ...WORLD, probes: [sent({ hop: "host" })] }, status: "skipped" },
    {
      name: "from inside: whom a test pod trusts is nobody's business",
      given: { ...WORLD, probes: [sent({ hop: "controller-pod", scheme: "https", from: vantage() })] },
      status: "skipped",
    },
  ],
});
