import { defineCheck } from "../../model/check.ts";
import { isDefaultClass } from "../../model/ingress/class.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { INGRESS } from "./_shared.ts";

/** Two default classes make every Ingress without a class impossible to create. */
export const check = defineCheck({
  id: "ingress/default-classes",
  question: "Is there at most one default IngressClass?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["ingressClasses"],
  findings: {
    "ingress/multiple-default-classes": {
      severity: "warning",
      title: "Several IngressClasses are the default",
      explain:
        "With two default classes the API server refuses to create an Ingress that names none. Ingresses that exist, and those that name a class, are not touched.",
      docs: [`${INGRESS}#default-ingress-class`],
    },
  },
  run({ ingressClasses }, find) {
    const defaults = ingressClasses
      .filter(isDefaultClass)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const [first, second] = defaults;
    if (first === undefined || second === undefined) return [];
    return [
      find("ingress/multiple-default-classes", {
        object: refOf(second, "metadata.annotations"),
        summary: `${defaults.length} IngressClasses are the default: an Ingress without a class can no longer be created`,
        evidence: defaults.map((one) => ({ k: `IngressClass ${one.metadata.name}`, v: one.spec?.controller ?? "" })),
        remedy: [
          `# if ${first.metadata.name} is meant to be the default:`,
          kubectl("", "annotate", "ingressclass", second.metadata.name, "ingressclass.kubernetes.io/is-default-class-"),
        ],
      }),
    ];
  },
});
