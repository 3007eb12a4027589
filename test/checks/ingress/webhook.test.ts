import { check } from "../../../src/checks/ingress/webhook.ts";
import type { ValidatingWebhookConfiguration } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, service, slice } from "../../support/objects.ts";
import { FORBIDDEN, ingress, ingressClass, nginxPod } from "./_objects.ts";

const NAME = "ingress-nginx-controller-admission";
const NAMESPACE = "ingress-nginx";
const webhook = (given: object = {}): ValidatingWebhookConfiguration[] => [
  {
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "ingress-nginx-admission", namespace: "" },
    webhooks: [
      {
        name: "validate.nginx.ingress.kubernetes.io",
        failurePolicy: "Fail",
        clientConfig: { service: { namespace: NAMESPACE, name: NAME } },
        rules: [{ apiGroups: ["networking.k8s.io"], resources: ["ingresses"], operations: ["CREATE", "UPDATE"] }],
        ...given,
      },
    ],
  } as ValidatingWebhookConfiguration,
];
const own = (metadata: object = {}) => service({ metadata: { name: NAME, namespace: NAMESPACE, ...metadata } });
const slices = (ready: boolean) => [
  slice({
    metadata: { name: `${NAME}-x`, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": NAME } },
    endpoints: [{ addresses: ["10.244.0.9"], conditions: { ready } }],
  }),
];
const base = {
  ingresses: [ingress()],
  ingressClasses: [ingressClass()],
  controllerPods: [nginxPod(["--validating-webhook=:8443"])],
  controllerServices: [own()],
  controllerSlices: slices(false),
  admissionWebhooks: webhook(),
};
const only = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });

checkCases(check, {
  fires: [
    { name: "no endpoint is ready", given: base, expect: ["ingress/webhook-down warning"] },
    {
      name: "its Service is gone, as after a removed Helm release",
      given: { ...base, controllerServices: [], controllerSlices: [] },
      expect: ["ingress/webhook-down warning"],
    },
    {
      name: "no failurePolicy means Fail, and this namespace is among those it is called for",
      given: { ...base, admissionWebhooks: webhook({ failurePolicy: undefined, ...only("shop") }) },
      expect: ["ingress/webhook-down warning"],
    },
  ],
  silent: [
    { name: "it has a ready endpoint", given: { ...base, controllerSlices: slices(true) } },
    { name: "failurePolicy Ignore", given: { ...base, admissionWebhooks: webhook({ failurePolicy: "Ignore" }) } },
    { name: "it is called for another namespace only", given: { ...base, admissionWebhooks: webhook(only("stage")) } },
    {
      name: "it does not look at Ingresses",
      given: { ...base, admissionWebhooks: webhook({ rules: [{ apiGroups: ["apps"], resources: ["deployments"] }] }) },
    },
    {
      name: "its Service is only seconds old",
      given: { ...base, controllerServices: [own({ creationTimestamp: ago(5) })] },
    },
    {
      name: "another program's webhook",
      given: {
        ...base,
        admissionWebhooks: webhook({ clientConfig: { service: { namespace: "cert-manager", name: "webhook" } } }),
      },
    },
    {
      name: "it was not asked for: the Services around the controller show endpoints",
      given: { ...base, admissionWebhooks: { state: "unavailable", reason: "not-requested", detail: "" } },
    },
    { name: "webhooks may not be read", given: { ...base, admissionWebhooks: FORBIDDEN }, status: "unknown" },
  ],
});
