import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { forEachIngress, INGRESS } from "./_shared.ts";

/** A rule without host is legal and takes every host: good to know when another rule seems to be ignored. */
export const check = defineCheck({
  id: "ingress/host-empty",
  question: "Do all rules name a host?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  findings: {
    "ingress/host-empty": {
      severity: "info",
      title: "A rule takes every host",
      explain:
        "A rule without host is legal: it takes requests for any host that no other rule of the controller names.",
      docs: [`${INGRESS}#ingress-rules`],
    },
  },
  run({ scope }, find) {
    return forEachIngress(scope, (ingress) =>
      (ingress.spec?.rules ?? []).flatMap((rule, i) =>
        (rule.host ?? "") !== "" || rule.http === undefined
          ? []
          : [
              find("ingress/host-empty", {
                object: refOf(ingress, `spec.rules[${i}]`),
                summary: `rule ${i + 1} of Ingress ${ingress.metadata.name} names no host: it takes every host that no other rule names`,
                evidence: [{ k: "paths", v: (rule.http?.paths ?? []).map((path) => path.path ?? "/").join(", ") }],
              }),
            ],
      ),
    );
  },
});
