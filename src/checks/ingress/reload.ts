import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime } from "../../model/events.ts";
import { controllerName, isNginx } from "../../model/ingress/found.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachIngress, NGINX_TROUBLE, resolved } from "./_shared.ts";

const RECENT = 15 * 60 * 1000;

/** A configuration that nginx refuses freezes all Ingresses of the controller at the last good one. */
export const check = defineCheck({
  id: "ingress/reload",
  question: "Can the controller load its configuration?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["controllerEvents"],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/controller-reload-failing": {
      severity: "error",
      title: "The controller cannot load its configuration",
      explain:
        "The newest RELOAD event of a controller pod, less than 15 minutes old, is a failure: nginx refuses the configuration, often because of a snippet of one Ingress, and goes on with the last good one. " +
        "Changes to any Ingress have no effect. Not reported once a reload succeeds.",
      docs: [NGINX_TROUBLE],
    },
  },
  run({ scope, now, controllerEvents, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const takers = resolved(ingress, wanted).takers.filter(isNginx);
      if (takers.length === 0) return { skipped: "no ingress-nginx that takes the Ingress was found" };
      return takers.flatMap((controller) =>
        controller.pods.flatMap((pod) => {
          const newest = eventsOf(controllerEvents, pod).find((event) => event.reason === "RELOAD");
          if (newest === undefined || newest.type !== "Warning") return [];
          if (now > 0 && now - eventTime(newest) > RECENT) return [];
          return [
            find("ingress/controller-reload-failing", {
              object: refOf(pod),
              summary: `controller ${controllerName(controller)} cannot load its configuration: it goes on with the last good one`,
              evidence: [{ k: "event RELOAD", v: newest.message ?? "" }],
              remedy: [
                "# the line with [emerg] names the part that nginx refuses; look for the snippet or value in the Ingresses:",
                `${kubectl(pod.metadata.namespace, "logs", pod.metadata.name, "--tail=500")} | grep -A3 emerg`,
              ],
            }),
          ];
        }),
      );
    });
  },
});
