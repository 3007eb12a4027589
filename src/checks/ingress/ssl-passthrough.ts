import { defineCheck } from "../../model/check.ts";
import { flagOn } from "../../model/ingress/flags.ts";
import { controllerName, isNginx } from "../../model/ingress/found.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachIngress, NGINX, NGINX_PREFIX, nginxAnnotation, resolved } from "./_shared.ts";

/** Passing TLS through is a feature that the controller must be started with. */
export const check = defineCheck({
  id: "ingress/ssl-passthrough",
  question: "Can the controller pass TLS through, where the Ingress wants it?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods"],
  notFor: (scope) =>
    scope.ingresses.some((ingress) => nginxAnnotation(ingress, "ssl-passthrough") === "true")
      ? undefined
      : "no TLS is passed through",
  findings: {
    "ingress/ssl-passthrough-off": {
      severity: "error",
      title: "The controller was started without TLS passthrough",
      explain:
        "The annotation ssl-passthrough has no effect unless ingress-nginx runs with --enable-ssl-passthrough: the controller ends TLS itself, with its default certificate. spec.tls is not needed for it.",
      docs: [`${NGINX}user-guide/tls/#ssl-passthrough`],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      if (nginxAnnotation(ingress, "ssl-passthrough") !== "true") return { skipped: "no TLS is passed through" };
      const takers = resolved(ingress, wanted).takers.filter(isNginx);
      if (takers.length === 0) return { unknown: "no ingress-nginx that takes the Ingress was found" };
      const off = takers.find((one) => !flagOn(one.flags, "enable-ssl-passthrough"));
      if (off === undefined) return [];
      return [
        find("ingress/ssl-passthrough-off", {
          severity: takers.every((one) => !flagOn(one.flags, "enable-ssl-passthrough")) ? "error" : "warning",
          object: refOf(ingress, `metadata.annotations.${NGINX_PREFIX}ssl-passthrough`),
          summary: `Ingress ${ingress.metadata.name} wants TLS passed through, and controller ${controllerName(off)} was started without that`,
          evidence: [
            {
              k: `controller ${controllerName(off)}`,
              v: `--enable-ssl-passthrough=${off.flags.get("enable-ssl-passthrough") ?? "false"}`,
            },
          ],
          remedy: [
            "# add --enable-ssl-passthrough to the controller's arguments:",
            kubectl(
              off.namespace,
              "edit",
              ...off.name.toLowerCase().split("/").slice(0, 1),
              off.name.split("/")[1] ?? off.name,
            ),
          ],
        }),
      ];
    });
  },
});
