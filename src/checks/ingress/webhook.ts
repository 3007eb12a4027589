import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { controllerName, type FoundController, isNginx } from "../../model/ingress/found.ts";
import { type LabelSelector, refOf, type Service, type ValidatingWebhookConfiguration } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { matchesSelector } from "../../model/selectors.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, NGINX_TROUBLE, resolved, unreadable } from "./_shared.ts";

type Webhook = NonNullable<ValidatingWebhookConfiguration["webhooks"]>[number];

/** Whether the API server calls the webhook for new Ingresses of this namespace; undefined when that hangs on labels that nobody read. */
function concerns(webhook: Webhook, namespace: string): boolean | undefined {
  const rules = webhook.rules ?? [];
  const asked = rules.some(
    ({ apiGroups = [], resources = [] }) =>
      apiGroups.some((group) => group === "*" || group === "networking.k8s.io") &&
      resources.some((resource) => resource === "*" || resource === "ingresses"),
  );
  if (!asked) return false;
  const selector: LabelSelector = webhook.namespaceSelector ?? {};
  const keys = [
    ...Object.keys(selector.matchLabels ?? {}),
    ...(selector.matchExpressions ?? []).map(({ key }) => key ?? ""),
  ];
  // The one label that every namespace has, with its own name.
  if (keys.some((key) => key !== "kubernetes.io/metadata.name")) return undefined;
  return matchesSelector(selector, { "kubernetes.io/metadata.name": namespace });
}

/** The webhook that looks at new Ingresses: what is already there goes on working, but nobody can change it. */
export const check = defineCheck({
  id: "ingress/webhook",
  question: "Can Ingresses be changed: does the controller's admission webhook answer?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["admissionWebhooks", "controllerServices", "controllerSlices", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/webhook-down": {
      severity: "warning",
      title: "The controller's admission webhook has no endpoint",
      explain:
        "The API server asks the controller's webhook about every new or changed Ingress, nobody answers there, and the webhook's failurePolicy is Fail: creating and changing Ingresses is refused. " +
        "Routes that exist go on working. Not reported with failurePolicy Ignore, for a webhook that is not called for this namespace, or for a webhook Service that is only seconds old.",
      docs: [
        NGINX_TROUBLE,
        "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
      ],
    },
  },
  run({ scope, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const takers = resolved(ingress, wanted).takers.filter(isNginx);
      if (takers.length === 0) return { skipped: "no ingress-nginx that takes the Ingress was found" };
      // Only asked when the controller's Services show no endpoint of a webhook.
      const { admissionWebhooks, controllerSlices } = wanted;
      if (admissionWebhooks.state !== "ok") {
        const why = unreadable("admission webhooks", admissionWebhooks);
        return why === undefined ? [] : { unknown: why };
      }
      if (controllerSlices.state !== "ok") return { unknown: "the controller's endpointSlices could not be read" };
      return takers.flatMap((controller) =>
        admissionWebhooks.items.flatMap((configuration) =>
          (configuration.webhooks ?? []).flatMap((webhook) =>
            judged(ingress.metadata.namespace, controller, configuration, webhook),
          ),
        ),
      );
    });

    function judged(
      namespace: string,
      controller: FoundController,
      configuration: ValidatingWebhookConfiguration,
      webhook: Webhook,
    ) {
      const service = webhook.clientConfig?.service;
      // Fail is the default of admissionregistration.k8s.io/v1.
      if (service?.name === undefined || (webhook.failurePolicy ?? "Fail") !== "Fail") return [];
      if (service.namespace !== controller.namespace) return [];
      const called = concerns(webhook, namespace);
      if (called === false) return [];
      const own = itemsOr(wanted.controllerServices).find(
        ({ metadata }) => metadata.name === service.name && metadata.namespace === service.namespace,
      );
      if (own !== undefined && (isYoung(own) || serves(own))) return [];
      return [
        find("ingress/webhook-down", {
          confidence: called === undefined ? "possible" : "certain",
          object: refOf(configuration, `webhooks[${webhook.name ?? ""}].clientConfig.service`),
          summary: `the admission webhook of ${controllerName(controller)} has no endpoint: Ingresses go on working, but cannot be created or changed`,
          evidence: [
            { k: "webhook", v: `${configuration.metadata.name}, failurePolicy Fail` },
            {
              k: `Service ${service.namespace}/${service.name}`,
              v: own === undefined ? "does not exist" : "no ready endpoint",
            },
          ],
          remedy: [
            own === undefined
              ? kubectl("", "get", "validatingwebhookconfiguration", configuration.metadata.name, "-o", "yaml")
              : kubectl(
                  controller.namespace,
                  "get",
                  "endpointslices",
                  "-l",
                  `kubernetes.io/service-name=${service.name}`,
                ),
            "# a webhook that an uninstalled controller left behind can go:",
            `# ${kubectl("", "delete", "validatingwebhookconfiguration", configuration.metadata.name)}`,
          ],
        }),
      ];
    }

    function isYoung(service: Service): boolean {
      return (ageOf(service.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle;
    }

    function serves(service: Service): boolean {
      return usable(mergeSlices(slicesOf(service, itemsOr(wanted.controllerSlices)))).length > 0;
    }
  },
});
