import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import type { Finding } from "../../model/finding.ts";
import { matchHost } from "../../model/ingress/host.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { coversHost } from "../../model/tls.ts";
import { forEachIngress, INGRESS, jsonPatch, listed, resolved } from "./_shared.ts";
import { noTls, readSecrets, tlsAsked } from "./_tls.ts";

/** Which hosts the certificates are for, against the hosts of TLS and of the rules. */
export const check = defineCheck({
  id: "ingress/tls-hosts",
  question: "Are the certificates for the hosts that they serve?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["tlsSecrets", "allIngresses", "ingressClasses", "controllerPods"],
  notFor: noTls,
  findings: {
    "ingress/tls-host-mismatch": {
      severity: "error",
      title: "The certificate is for another host",
      explain:
        "None of the certificate's DNS names covers the host (a wildcard covers one label; browsers ignore the common name). ingress-nginx then silently serves its default certificate. Not " +
        "reported for hosts that are addresses.",
      docs: [`${INGRESS}#tls`],
    },
    "ingress/tls-host-not-in-rules": {
      severity: "warning",
      title: "TLS is set up for a host that has no rule",
      explain:
        "A host of spec.tls has no rule in this Ingress. Not reported when another Ingress has the host, or when a rule takes every host.",
      docs: [`${INGRESS}#tls`],
    },
    "ingress/rule-host-without-tls": {
      severity: "info",
      title: "A host is served without a certificate of its own",
      explain:
        "spec.tls is there, but names other hosts: this one gets the controller's default certificate over HTTPS. Usual when only some hosts have certificates.",
      docs: [`${INGRESS}#tls`],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const tls = ingress.spec?.tls ?? [];
      if (tls.length === 0) return { skipped: "no TLS is configured" };
      const rules = ruleHosts(ingress);
      const { kind } = resolved(ingress, wanted);
      const mismatches = readSecrets(ingress, wanted.tlsSecrets).flatMap(({ entry, secret }): readonly Finding[] => {
        const leaf = secret.certificates[0];
        if (leaf === undefined) return [];
        const hosts = (entry.hosts.length > 0 ? entry.hosts : rules).filter(
          (host) => host !== "" && parseAddress(host) === undefined && !coversHost(leaf, host),
        );
        if (hosts.length === 0) return [];
        const consequence =
          kind?.paths === "ingress-nginx" ? "; ingress-nginx serves its default certificate instead" : "";
        return [
          find("ingress/tls-host-mismatch", {
            severity: tlsAsked(entry, scope) ? "error" : "warning",
            object: {
              kind: "Secret",
              namespace: ingress.metadata.namespace,
              name: entry.secretName,
              path: "data[tls.crt]",
            },
            summary: `the certificate in Secret ${entry.secretName} is not for ${listed(hosts)}${consequence}`,
            evidence: [
              { k: "DNS names", v: listed(leaf.dnsNames, 10) || "none (the common name does not count)" },
              { k: "subject", v: leaf.subject },
              { k: `spec.tls[${entry.index}].hosts`, v: listed(entry.hosts, 10) || "none: every host of the rules" },
            ],
            remedy: [
              "# put in a certificate for the host, or name the Secret that has one:",
              kubectl(ingress.metadata.namespace, "get", "secrets", "--field-selector=type=kubernetes.io/tls"),
            ],
          }),
        ];
      });
      const others = itemsOr(wanted.allIngresses).flatMap(ruleHosts);
      const orphans = tls.flatMap((entry, i) =>
        (entry.hosts ?? []).flatMap((host) =>
          [...rules, ...others].some((rule) => rule === "" || rule === host || matchHost(rule, host) !== undefined) ||
          ingress.spec?.defaultBackend !== undefined
            ? []
            : [{ host, i }],
        ),
      );
      const blind = wanted.allIngresses.state !== "ok" || (wanted.allIngresses.gaps ?? []).length > 0;
      const orphaned = orphans.map(({ host, i }) =>
        find("ingress/tls-host-not-in-rules", {
          // Another Ingress may have the host where they could not all be read.
          severity: blind ? "info" : "warning",
          object: refOf(ingress, `spec.tls[${i}].hosts`),
          summary: `TLS is set up for ${host}, and no rule has that host`,
          evidence: [
            { k: `spec.tls[${i}].hosts`, v: listed(tls[i]?.hosts ?? []) },
            { k: "hosts of the rules", v: listed(rules) || "none" },
          ],
          remedy:
            rules.length === 1
              ? [
                  `# if ${rules[0]} is meant:`,
                  jsonPatch(ingress, [{ op: "replace", path: `/spec/tls/${i}/hosts`, value: rules }]),
                ]
              : ["# add a rule with this host, or take it out of spec.tls"],
        }),
      );
      const all = tls.some((entry) => (entry.hosts ?? []).length === 0);
      const bare = all
        ? []
        : rules.filter(
            (host) =>
              host !== "" &&
              !tls.some((entry) =>
                (entry.hosts ?? []).some((one) => one === host || matchHost(one, host) !== undefined),
              ),
          );
      const plain = bare.map((host) =>
        find("ingress/rule-host-without-tls", {
          object: refOf(ingress, "spec.tls"),
          summary: `${host} is not among the hosts of spec.tls: over HTTPS it gets the default certificate`,
          evidence: [{ k: "hosts of spec.tls", v: listed(tls.flatMap((entry) => entry.hosts ?? [])) }],
        }),
      );
      return [...mismatches, ...orphaned, ...plain];
    });
  },
});

function ruleHosts(ingress: Ingress): readonly string[] {
  return [...new Set((ingress.spec?.rules ?? []).map((rule) => rule.host ?? ""))];
}
