import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { forEachIngress, resolved } from "./_shared.ts";

/** Something to plan for, not a fault. */
export const check = defineCheck({
  id: "ingress/controller-retired",
  question: "Is the controller still maintained?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/controller-retired": {
      severity: "info",
      title: "ingress-nginx is no longer maintained",
      explain:
        "The project ended in March 2026: no releases and no security fixes since. The NGINX of AKS application routing gets critical fixes until November 2026. What runs keeps running; plan the move to another " +
        "controller or to the Gateway API.",
      docs: [
        "https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/",
        "https://learn.microsoft.com/azure/aks/app-routing",
      ],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind } = resolved(ingress, wanted);
      if (kind?.paths !== "ingress-nginx") return { skipped: "the controller is another one" };
      return [
        find("ingress/controller-retired", {
          object: refOf(ingress),
          summary:
            kind.id === "app-routing"
              ? "application routing's NGINX gets critical fixes until November 2026 only"
              : "ingress-nginx is no longer maintained since March 2026",
          evidence: [{ k: "controller", v: kind.title }],
        }),
      ];
    });
  },
});
