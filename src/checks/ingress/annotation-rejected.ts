import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import { configMapOf, nginxVersion } from "../../model/ingress/settings.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, NGINX_ANNOTATIONS, NGINX_PREFIX, resolved, unreadable } from "./_shared.ts";

const HOUR = 60 * 60 * 1000;
const SNIPPET = new RegExp(`^${NGINX_PREFIX.replaceAll(".", "\\.")}.*-snippet$`);

/** ingress-nginx denies a location whose annotations it rejects: clients get 503. */
export const check = defineCheck({
  id: "ingress/annotation-rejected",
  question: "Does the controller accept the annotations?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["events", "configMaps", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/annotation-rejected": {
      severity: "error",
      title: "The controller rejects an annotation",
      explain:
        "ingress-nginx could not parse an annotation, or its risk is above what is allowed (annotations-risk-level, snippets, blocked characters such as { } ' with application routing). It then denies the " +
        "locations of the Ingress: clients get 503. Not reported for events older than the last change of the Ingress.",
      docs: [NGINX_ANNOTATIONS],
    },
    "ingress/snippet-disabled": {
      severity: "warning",
      title: "Snippet annotations are off",
      explain:
        'The Ingress uses an annotation that ends in -snippet, and the controller\'s ConfigMap does not set allow-snippet-annotations to "true" (off by default since 1.9): the webhook refuses such an ' +
        "Ingress, and the controller ignores or denies it.",
      docs: [NGINX_ANNOTATIONS],
    },
  },
  run({ scope, now, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind, takers } = resolved(ingress, wanted);
      if (kind?.paths !== "ingress-nginx") return { skipped: "the controller is not ingress-nginx" };
      const { namespace, name } = ingress.metadata;
      const event = newest(
        eventsOf(itemsOr(wanted.events), ingress),
        ["AnnotationParsingFailed"],
        now === 0 ? 0 : now - HOUR,
      );
      const stale = event !== undefined && eventTime(event) + 1000 < lastChange(ingress);
      const rejected =
        event === undefined || stale
          ? []
          : [
              find("ingress/annotation-rejected", {
                object: refOf(ingress, "metadata.annotations"),
                summary: `the controller rejects an annotation of Ingress ${name} and denies its locations: clients get 503`,
                evidence: [{ k: "event AnnotationParsingFailed", v: event.message ?? "" }],
                remedy: [
                  "# mend or remove the annotation that the event names:",
                  kubectl(namespace, "edit", "ingress", name),
                ],
              }),
            ];
      const snippets = Object.keys(ingress.metadata.annotations ?? {}).filter((key) => SNIPPET.test(key));
      const taker = takers[0];
      if (snippets.length === 0 || taker === undefined) return rejected;
      const config = configMapOf(taker, itemsOr(wanted.configMaps));
      const unread = unreadable("the controller's ConfigMap", wanted.configMaps);
      if (config === undefined && (unread !== undefined || taker.flags.has("configmap") === false))
        return rejected.length > 0 ? rejected : { unknown: unread ?? "the controller's ConfigMap is not known" };
      const version = nginxVersion(taker);
      const allowed =
        config?.data?.["allow-snippet-annotations"] ?? (version !== undefined && version < 1009 ? "true" : "false");
      if (allowed === "true") return rejected;
      const [place, map] = (taker.flags.get("configmap") ?? "").split("/");
      return [
        ...rejected,
        find("ingress/snippet-disabled", {
          object: refOf(ingress, "metadata.annotations"),
          summary: `Ingress ${name} uses snippets, which controller ${taker.namespace} does not allow`,
          evidence: [
            { k: "annotations", v: snippets.join(", ") },
            {
              k: "allow-snippet-annotations",
              v: config?.data?.["allow-snippet-annotations"] ?? "not set (off by default)",
            },
          ],
          remedy: [
            "# whoever may write such an Ingress can then read what the controller can; better is a setting of its own:",
            kubectl(
              place ?? "",
              "patch",
              "configmap",
              map ?? "",
              "--type=merge",
              "-p",
              '{"data":{"allow-snippet-annotations":"true"}}',
            ),
          ],
        }),
      ];
    });
  },
});

/** When a person or a tool last wrote the Ingress itself, not its status; 0 when that is not recorded. */
function lastChange(ingress: Ingress): number {
  const times = (ingress.metadata.managedFields ?? []).flatMap((entry) =>
    entry.subresource === "status" ? [] : (timeOf(entry.time) ?? []),
  );
  return Math.max(0, ...times);
}
