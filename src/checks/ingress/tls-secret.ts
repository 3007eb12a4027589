import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { annotation, forEachIngress, INGRESS, nginxAnnotation } from "./_shared.ts";
import { certManaged, noTls, secretOf, tlsAsked, tlsEntries } from "./_tls.ts";

/** An issuer may take this long, DNS challenges included. */
const PENDING = 15 * 60 * 1000;

/** Is the Secret there, and does it hold a certificate with its key? No value of it is ever read here. */
export const check = defineCheck({
  id: "ingress/tls-secret",
  question: "Do the TLS Secrets exist, with a certificate and its key?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["tlsSecrets"],
  notFor: noTls,
  findings: {
    "ingress/tls-secret-missing": {
      severity: "error",
      title: "A TLS Secret does not exist",
      explain:
        "spec.tls names a Secret that is not in the Ingress' namespace, so the controller serves its own default certificate, which no client trusts. Not reported with ssl-passthrough or where " +
        "the certificate is kept elsewhere (Application Gateway, AWS ACM).",
      docs: [`${INGRESS}#tls`],
    },
    "ingress/tls-cert-pending": {
      severity: "warning",
      title: "A certificate is still to be made",
      explain:
        "The Secret is not there yet, but something is to make it: cert-manager, for an Ingress younger than 15 minutes, or application routing from Azure Key Vault (annotation " +
        "kubernetes.azure.com/tls-cert-keyvault-uri, Secret keyvault-<ingress>).",
      docs: [
        `${INGRESS}#tls`,
        "https://cert-manager.io/docs/troubleshooting/",
        "https://learn.microsoft.com/azure/aks/app-routing-dns-ssl",
      ],
    },
    "ingress/tls-no-secret-name": {
      severity: "info",
      title: "TLS with the controller's default certificate",
      explain:
        "spec.tls without secretName is legal: the controller's default certificate is used. ingress-nginx still redirects to HTTPS.",
      docs: [`${INGRESS}#tls`],
    },
    "ingress/tls-secret-bad-keys": {
      severity: "error",
      title: "A TLS Secret holds no usable certificate and key",
      explain:
        "The controller needs tls.crt and tls.key in PEM; one of them is missing, empty or something else, so it serves its default certificate. A Secret of another type that holds both keys is " +
        "accepted and told as information.",
      docs: ["https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets"],
    },
    "ingress/tls-key-mismatch": {
      severity: "error",
      title: "The private key does not belong to the first certificate",
      explain:
        "The key in tls.key is another one than that of the certificate that stands first in tls.crt; the controller cannot load the pair. Often only the order is wrong: the leaf must come first, " +
        "intermediates after it. Not reported when key or certificate cannot be read.",
      docs: ["https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets"],
    },
    "ingress/tls-secret-unreadable": {
      severity: "info",
      title: "A TLS Secret may not be read",
      explain:
        "The permission to get the Secret is missing, so its certificate is not judged. Nothing else of the Ingress depends on it.",
      docs: [],
    },
  },
  run({ scope, now, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { namespace, name } = ingress.metadata;
      const gathered = wanted.tlsSecrets;
      const unnamed = (ingress.spec?.tls ?? []).flatMap((tls, i) =>
        (tls.secretName ?? "") === ""
          ? [
              find("ingress/tls-no-secret-name", {
                object: refOf(ingress, `spec.tls[${i}]`),
                summary: `TLS of ${(tls.hosts ?? []).join(", ") || `Ingress ${name}`} names no Secret: the controller's default certificate is served`,
                evidence: [{ k: `spec.tls[${i}].secretName`, v: "not set" }],
              }),
            ]
          : [],
      );
      if (gathered.state === "unavailable" && gathered.reason !== "forbidden" && tlsEntries(ingress).length > 0)
        return unnamed.length > 0 ? unnamed : { unknown: `the TLS Secrets were not read: ${gathered.detail}` };
      const findings = tlsEntries(ingress).flatMap((entry): readonly Finding[] => {
        const secret = secretOf(ingress, entry.secretName, gathered);
        const object = { kind: "Secret", namespace, name: entry.secretName };
        const asked = tlsAsked(entry, scope);
        if (secret === "unreadable")
          return [
            find("ingress/tls-secret-unreadable", {
              object,
              summary: `Secret ${entry.secretName} may not be read: its certificate is not judged`,
              evidence: [{ k: `spec.tls[${entry.index}].secretName`, v: entry.secretName }],
              remedy: [kubectl(namespace, "auth", "can-i", "get", `secrets/${entry.secretName}`)],
            }),
          ];
        if (secret === undefined) {
          if (keptElsewhere(ingress)) return [];
          const evidence = [
            { k: `spec.tls[${entry.index}]`, v: `${entry.secretName} for ${entry.hosts.join(", ") || "every host"}` },
            ...makers(ingress).map((v) => ({ k: "made by", v })),
          ];
          const vault = annotation(ingress, "kubernetes.azure.com/tls-cert-keyvault-uri") !== undefined;
          const young = now === 0 || (ageOf(ingress.metadata, now) ?? Number.POSITIVE_INFINITY) < PENDING;
          if (vault || (certManaged(ingress) && young))
            return [
              find("ingress/tls-cert-pending", {
                object,
                summary: `Secret ${entry.secretName} is not there yet: ${vault ? "application routing makes it from Key Vault" : "cert-manager is to make it"}`,
                evidence,
                remedy: vault
                  ? [
                      kubectl(namespace, "get", "secretproviderclass", `keyvault-${name}`, "-o", "yaml"),
                      kubectl(namespace, "get", "events"),
                    ]
                  : [
                      kubectl(
                        namespace,
                        "describe",
                        "certificates,certificaterequests,orders.acme.cert-manager.io,challenges.acme.cert-manager.io",
                      ),
                    ],
              }),
            ];
          return [
            find("ingress/tls-secret-missing", {
              severity: asked ? "error" : "warning",
              object,
              summary: `TLS Secret ${entry.secretName} of Ingress ${name} does not exist in namespace ${namespace}: the controller's default certificate is served`,
              evidence,
              remedy: certManaged(ingress)
                ? [
                    "# cert-manager did not make it in time; its objects say why:",
                    kubectl(
                      namespace,
                      "describe",
                      "certificates,certificaterequests,orders.acme.cert-manager.io,challenges.acme.cert-manager.io",
                    ),
                  ]
                : [
                    kubectl(
                      namespace,
                      "create",
                      "secret",
                      "tls",
                      entry.secretName,
                      "--cert=FULL_CHAIN.pem",
                      "--key=KEY.pem",
                    ),
                  ],
            }),
          ];
        }
        const { certificate, privateKey } = secret;
        if (certificate !== "ok" || privateKey !== "ok")
          return [
            find("ingress/tls-secret-bad-keys", {
              severity: asked ? "error" : "warning",
              object,
              summary: `TLS Secret ${entry.secretName} is not usable: ${certificate === "ok" ? `tls.key is ${words(privateKey)}` : `tls.crt is ${words(certificate)}`}`,
              evidence: [
                { k: "type", v: secret.type },
                { k: "keys", v: secret.keys.join(", ") || "none" },
                { k: "tls.crt", v: words(certificate) },
                { k: "tls.key", v: words(privateKey) },
              ],
              remedy: remake(namespace, entry.secretName),
            }),
          ];
        const typed: readonly Finding[] =
          secret.type === "kubernetes.io/tls"
            ? []
            : [
                find("ingress/tls-secret-bad-keys", {
                  severity: "info",
                  object,
                  summary: `TLS Secret ${entry.secretName} is of type ${secret.type}, not kubernetes.io/tls; ingress-nginx accepts it`,
                  evidence: [{ k: "type", v: secret.type }],
                }),
              ];
        if (secret.pair !== "mismatch" && secret.pair !== "wrong-order") return typed;
        return [
          find("ingress/tls-key-mismatch", {
            severity: asked ? "error" : "warning",
            object,
            summary:
              secret.pair === "wrong-order"
                ? `tls.crt of Secret ${entry.secretName} is in the wrong order: the key belongs to a later certificate than the first`
                : `the private key of Secret ${entry.secretName} does not belong to its certificate`,
            evidence: secret.certificates.map((one, i) => ({ k: `certificate ${i + 1}`, v: one.subject })),
            remedy: remake(namespace, entry.secretName),
          }),
        ];
      });
      return [...findings, ...unnamed];
    });
  },
});

function words(state: "ok" | "missing" | "empty" | "not-pem"): string {
  return state === "not-pem" ? "no PEM" : state;
}

function remake(namespace: string, name: string): readonly string[] {
  const create = kubectl(
    namespace,
    "create",
    "secret",
    "tls",
    name,
    "--cert=FULL_CHAIN.pem",
    "--key=KEY.pem",
    "--dry-run=client",
    "-o",
    "yaml",
  );
  return [
    "# leaf first, then intermediates, in FULL_CHAIN.pem:",
    `${create} | ${kubectl(namespace, "apply", "-f", "-")}`,
  ];
}

/** Annotations with which the certificate is not a Secret's matter. */
function keptElsewhere(ingress: Ingress): boolean {
  return (
    nginxAnnotation(ingress, "ssl-passthrough") === "true" ||
    ["appgw.ingress.kubernetes.io/appgw-ssl-certificate", "alb.ingress.kubernetes.io/certificate-arn"].some(
      (key) => annotation(ingress, key) !== undefined,
    )
  );
}

function makers(ingress: Ingress): readonly string[] {
  return Object.entries(ingress.metadata.annotations ?? {}).flatMap(([key, value]) =>
    /^(cert-manager\.io\/.*issuer|kubernetes\.io\/tls-acme|kubernetes\.azure\.com\/tls-cert-keyvault-uri)$/.test(key)
      ? [`${key}: ${value ?? ""}`]
      : [],
  );
}
