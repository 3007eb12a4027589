import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { annotation, forEachIngress, resolved } from "./_shared.ts";

const PREFIX = "alb.networking.azure.io/";

/** Application Gateway for Containers must be told which gateway to use. */
export const check = defineCheck({
  id: "ingress/agc-target",
  question: "Does the Ingress name its Application Gateway for Containers?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/agc-target-missing": {
      severity: "error",
      title: "The Ingress names no Application Gateway for Containers",
      explain:
        "An Ingress of class azure-alb-external needs the annotation alb-id (a gateway that was brought along), or alb-name and alb-namespace (one that the controller manages). Without them nothing is programmed.",
      docs: ["https://learn.microsoft.com/azure/application-gateway/for-containers/ingress-controller-annotations"],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      if (resolved(ingress, wanted).kind?.id !== "agc") return { skipped: "the controller is another one" };
      const has = (name: string): boolean => (annotation(ingress, `${PREFIX}${name}`) ?? "") !== "";
      if (has("alb-id") || (has("alb-name") && has("alb-namespace"))) return [];
      const { namespace, name } = ingress.metadata;
      return [
        find("ingress/agc-target-missing", {
          confidence: "likely",
          object: refOf(ingress, "metadata.annotations"),
          summary: `Ingress ${name} names no Application Gateway for Containers`,
          evidence: ["alb-id", "alb-name", "alb-namespace"].map((key) => ({
            k: `${PREFIX}${key}`,
            v: annotation(ingress, `${PREFIX}${key}`) ?? "not set",
          })),
          remedy: [
            "# one that the controller manages:",
            "kubectl get applicationloadbalancer -A",
            kubectl(
              namespace,
              "annotate",
              "ingress",
              name,
              `${PREFIX}alb-name=NAME`,
              `${PREFIX}alb-namespace=NAMESPACE`,
            ),
          ],
        }),
      ];
    });
  },
});
