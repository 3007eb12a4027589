import { check as chain } from "../../../src/checks/ingress/tls-chain.ts";
import { check as hosts } from "../../../src/checks/ingress/tls-hosts.ts";
import { check as secrets } from "../../../src/checks/ingress/tls-secret.ts";
import { check as validity } from "../../../src/checks/ingress/tls-validity.ts";
import type { Certificate } from "../../../src/model/tls.ts";
import { checkCases } from "../../support/checks.ts";
import { ago } from "../../support/objects.ts";
import { FORBIDDEN, type Given, ingress, ingressClass, nginxPod, tlsSecret } from "./_objects.ts";

const TLS = [{ hosts: ["shop.example.com"], secretName: "shop-tls" }];
const web = (more: Given = {}) => [ingress({ tls: TLS, ...more })];
const [leaf, intermediate] = tlsSecret().certificates as readonly [Certificate, Certificate];
const holding = (...certificates: readonly Partial<Certificate>[]) => [
  tlsSecret({ certificates: certificates.map((one) => ({ ...leaf, ...one })) }),
];
const issuer = { "cert-manager.io/cluster-issuer": "letsencrypt" };
const NOBODY: readonly never[] = [];

checkCases(secrets, {
  fires: [
    {
      name: "no such Secret",
      given: { ingresses: web(), tlsSecrets: NOBODY },
      expect: ["ingress/tls-secret-missing error"],
    },
    {
      name: "cert-manager had time enough",
      given: { ingresses: web({ annotations: issuer }), tlsSecrets: NOBODY },
      expect: ["ingress/tls-secret-missing error"],
    },
    {
      name: "cert-manager is at it",
      given: { ingresses: web({ annotations: issuer, age: 300 }), tlsSecrets: NOBODY },
      expect: ["ingress/tls-cert-pending warning"],
    },
    {
      name: "cert-manager, and nobody knows since when",
      given: { ingresses: web({ annotations: issuer }), tlsSecrets: NOBODY, takenAt: "1970-01-01T00:00:00Z" },
      expect: ["ingress/tls-cert-pending warning"],
    },
    {
      name: "application routing makes it from Key Vault",
      given: {
        ingresses: web({ annotations: { "kubernetes.azure.com/tls-cert-keyvault-uri": "https://v" } }),
        tlsSecrets: NOBODY,
      },
      expect: ["ingress/tls-cert-pending warning"],
    },
    {
      name: "missing, but another host was asked about",
      given: { ingresses: web(), tlsSecrets: NOBODY, scope: { host: "www.example.com" } },
      expect: ["ingress/tls-secret-missing warning"],
    },
    {
      name: "no name is legal",
      given: { ingresses: web({ tls: [{ hosts: ["shop.example.com"] }] }) },
      expect: ["ingress/tls-no-secret-name info"],
    },
    {
      name: "no key",
      given: { ingresses: web(), tlsSecrets: [tlsSecret({ keys: ["tls.crt"], privateKey: "missing" })] },
      expect: ["ingress/tls-secret-bad-keys error"],
    },
    {
      name: "no PEM",
      given: { ingresses: web(), tlsSecrets: [tlsSecret({ certificate: "not-pem", certificates: [] })] },
      expect: ["ingress/tls-secret-bad-keys error"],
    },
    {
      name: "Opaque with both keys works",
      given: { ingresses: web(), tlsSecrets: [tlsSecret({ type: "Opaque" })] },
      expect: ["ingress/tls-secret-bad-keys info"],
    },
    {
      name: "another key",
      given: { ingresses: web(), tlsSecrets: [tlsSecret({ pair: "mismatch" })] },
      expect: ["ingress/tls-key-mismatch error"],
    },
    {
      name: "the order is wrong",
      given: { ingresses: web(), tlsSecrets: [tlsSecret({ pair: "wrong-order" })] },
      expect: ["ingress/tls-key-mismatch error"],
    },
    { name: "403", given: { ingresses: web(), tlsSecrets: FORBIDDEN }, expect: ["ingress/tls-secret-unreadable info"] },
    {
      name: "403 for one of two",
      given: {
        ingresses: web({ tls: [...TLS, { hosts: ["b.example.com"], secretName: "b" }] }),
        tlsSecrets: { state: "ok", items: [tlsSecret()], gaps: ["secrets b is forbidden"] },
      },
      expect: ["ingress/tls-secret-unreadable info"],
    },
  ],
  silent: [
    { name: "as it should be", given: { ingresses: web(), tlsSecrets: [tlsSecret()] } },
    { name: "no TLS", given: { ingresses: [ingress()] }, status: "skipped" },
    {
      name: "TLS is passed through",
      given: {
        ingresses: web({ annotations: { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" } }),
        tlsSecrets: NOBODY,
      },
    },
    {
      name: "the gateway keeps the certificate",
      given: {
        ingresses: web({ annotations: { "appgw.ingress.kubernetes.io/appgw-ssl-certificate": "c" } }),
        tlsSecrets: NOBODY,
      },
    },
    {
      name: "a key that cannot be read",
      given: { ingresses: web(), tlsSecrets: [{ ...tlsSecret(), pair: undefined }] },
    },
    {
      name: "a dump without Secrets",
      given: { ingresses: web(), tlsSecrets: { state: "unavailable", reason: "not-in-dump", detail: "no secrets" } },
      status: "unknown",
    },
  ],
});

checkCases(validity, {
  fires: [
    {
      name: "expired",
      given: { ingresses: web(), tlsSecrets: holding({ notAfter: ago(86_400) }) },
      expect: ["ingress/tls-expired error"],
    },
    {
      name: "expired, but another host was asked about",
      given: { ingresses: web(), tlsSecrets: holding({ notAfter: ago(86_400) }), scope: { host: "www.example.com" } },
      expect: ["ingress/tls-expired warning"],
    },
    {
      name: "not valid yet",
      given: { ingresses: web(), tlsSecrets: holding({ notBefore: ago(-3600) }) },
      expect: ["ingress/tls-not-yet-valid error"],
    },
    {
      name: "in three days",
      given: { ingresses: web(), tlsSecrets: holding({ notAfter: ago(-3 * 86_400) }) },
      expect: ["ingress/tls-expiring warning"],
    },
    {
      name: "in three days, and cert-manager renews it",
      given: { ingresses: web({ annotations: issuer }), tlsSecrets: holding({ notAfter: ago(-3 * 86_400) }) },
      expect: ["ingress/tls-expiring info"],
    },
    {
      name: "an intermediate has expired",
      given: { ingresses: web(), tlsSecrets: holding({}, { ...intermediate, notAfter: ago(10) }) },
      expect: ["ingress/tls-expired warning"],
    },
  ],
  silent: [
    { name: "valid", given: { ingresses: web(), tlsSecrets: [tlsSecret()] } },
    {
      name: "a dump without a clock",
      given: { ingresses: web(), tlsSecrets: holding({ notAfter: ago(86_400) }), takenAt: "1970-01-01T00:00:00Z" },
      status: "unknown",
    },
    {
      name: "an old root at the end of the chain",
      given: { ingresses: web(), tlsSecrets: holding({}, { selfIssued: true, notAfter: ago(10) }) },
    },
    { name: "403", given: { ingresses: web(), tlsSecrets: FORBIDDEN }, status: "unknown" },
    { name: "no Secret is named", given: { ingresses: web({ tls: [{}] }), tlsSecrets: FORBIDDEN }, status: "skipped" },
    { name: "a missing Secret is told elsewhere", given: { ingresses: web(), tlsSecrets: NOBODY }, status: "skipped" },
  ],
});

checkCases(hosts, {
  fires: [
    {
      name: "another name",
      given: { ingresses: web(), tlsSecrets: holding({ dnsNames: ["b.example.com"] }), allIngresses: web() },
      expect: ["ingress/tls-host-mismatch error"],
    },
    {
      name: "the common name does not count",
      given: {
        ingresses: web(),
        tlsSecrets: holding({ dnsNames: [] }),
        allIngresses: web(),
        ingressClasses: [ingressClass()],
        controllerPods: [nginxPod()],
      },
      expect: ["ingress/tls-host-mismatch error"],
    },
    {
      name: "a wildcard covers one label",
      given: {
        ingresses: web({
          tls: [{ hosts: ["a.b.example.com"], secretName: "shop-tls" }],
          rules: [{ host: "a.b.example.com", paths: ["/ Prefix web:80"] }],
        }),
        tlsSecrets: holding({ dnsNames: ["*.example.com"] }),
        allIngresses: NOBODY,
      },
      expect: ["ingress/tls-host-mismatch error"],
    },
    {
      name: "no hosts in spec.tls: those of the rules count",
      given: {
        ingresses: web({ tls: [{ secretName: "shop-tls" }] }),
        tlsSecrets: holding({ dnsNames: ["b.example.com"] }),
        allIngresses: NOBODY,
      },
      expect: ["ingress/tls-host-mismatch error"],
    },
    {
      name: "TLS for a host without a rule, and a rule without TLS",
      given: { ingresses: web({ tls: [{ hosts: ["www.example.com"] }] }), allIngresses: NOBODY },
      expect: ["ingress/tls-host-not-in-rules warning", "ingress/rule-host-without-tls info"],
    },
    {
      name: "the other Ingresses may not be read",
      given: { ingresses: web({ tls: [{ hosts: ["www.example.com", "shop.example.com"] }] }), allIngresses: FORBIDDEN },
      expect: ["ingress/tls-host-not-in-rules info"],
    },
  ],
  silent: [
    { name: "covered", given: { ingresses: web(), tlsSecrets: [tlsSecret()], allIngresses: web() } },
    {
      name: "covered by a wildcard",
      given: { ingresses: web(), tlsSecrets: holding({ dnsNames: ["*.example.com"] }), allIngresses: web() },
    },
    {
      name: "another Ingress has the host",
      given: {
        ingresses: web({ tls: [{ hosts: ["www.example.com", "shop.example.com"] }] }),
        allIngresses: [ingress({ name: "www", rules: [{ host: "www.example.com", paths: [] }] })],
      },
    },
    {
      name: "a rule takes every host",
      given: {
        ingresses: web({ tls: [{ hosts: ["www.example.com"] }], rules: [{ paths: ["/ Prefix web:80"] }] }),
        allIngresses: NOBODY,
      },
    },
    { name: "the Secret may not be read", given: { ingresses: web(), tlsSecrets: FORBIDDEN, allIngresses: web() } },
    { name: "no TLS", given: { ingresses: [ingress()] }, status: "skipped" },
  ],
});

checkCases(chain, {
  fires: [
    {
      name: "a leaf of a public authority alone",
      given: { ingresses: web(), tlsSecrets: holding({ issuer: "CN=R11, O=Let's Encrypt" }) },
      expect: ["ingress/tls-chain-incomplete warning"],
    },
    {
      name: "a leaf of somebody else alone",
      given: { ingresses: web(), tlsSecrets: holding({ issuer: "CN=Corp CA" }) },
      expect: ["ingress/tls-chain-incomplete info"],
    },
  ],
  silent: [
    { name: "with its intermediate", given: { ingresses: web(), tlsSecrets: [tlsSecret()] } },
    { name: "self-signed", given: { ingresses: web(), tlsSecrets: holding({ selfIssued: true }) } },
    { name: "403", given: { ingresses: web(), tlsSecrets: FORBIDDEN }, status: "unknown" },
  ],
});
