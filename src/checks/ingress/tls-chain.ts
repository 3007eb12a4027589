import { defineCheck } from "../../model/check.ts";
import { forEachIngress } from "./_shared.ts";
import { noSecret, readSecrets } from "./_tls.ts";

/** Authorities that browsers trust: they never issue from a root, so a leaf alone is never the whole chain. */
const PUBLIC =
  /Let's Encrypt|DigiCert|Sectigo|COMODO|GlobalSign|Google Trust|Amazon|GoDaddy|Starfield|Entrust|ZeroSSL|Microsoft Corporation|GeoTrust|Thawte|RapidSSL|Buypass|SSL Corporation|Certum|Actalis|IdenTrust|QuoVadis|SwissSign|T-Systems|Telekom|HARICA/i;

/** A chain without its intermediates works in browsers that remember them and fails everywhere else. */
export const check = defineCheck({
  id: "ingress/tls-chain",
  question: "Are the certificates' chains complete?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["tlsSecrets"],
  notFor: noSecret,
  findings: {
    "ingress/tls-chain-incomplete": {
      severity: "warning",
      title: "The intermediate certificate is missing",
      explain:
        "tls.crt holds one certificate, and its issuer is a public authority, which never issues from its root: clients that do not know the intermediate (curl, other services, phones) refuse the " +
        "connection, while browsers often work. An information for other issuers: a private root may sign directly.",
      docs: ["https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets"],
    },
  },
  run({ scope, tlsSecrets }, find) {
    return forEachIngress(scope, (ingress) =>
      readSecrets(ingress, { state: "ok", items: tlsSecrets }).flatMap(({ entry, secret }) => {
        const [leaf, ...rest] = secret.certificates;
        if (leaf === undefined || leaf.selfIssued || rest.some((one) => one.subject === leaf.issuer)) return [];
        const known = PUBLIC.test(leaf.issuer);
        if (!known && rest.length > 0) return [];
        return [
          find("ingress/tls-chain-incomplete", {
            severity: known ? "warning" : "info",
            confidence: "likely",
            object: {
              kind: "Secret",
              namespace: ingress.metadata.namespace,
              name: entry.secretName,
              path: "data[tls.crt]",
            },
            summary: known
              ? `the certificate in Secret ${entry.secretName} comes without the intermediate that issued it`
              : `the certificate in Secret ${entry.secretName} comes alone; that is the whole chain only if its issuer is a root that clients trust`,
            evidence: [
              { k: "issuer", v: leaf.issuer },
              { k: "certificates in tls.crt", v: String(secret.certificates.length) },
            ],
            remedy: [
              "# write the leaf and then its intermediates into tls.crt (the file that certificate authorities call full chain)",
            ],
          }),
        ];
      }),
    );
  },
});
