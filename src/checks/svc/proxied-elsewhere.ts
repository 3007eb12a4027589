import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { SERVICE } from "./_shared.ts";

const PROXY_NAME = "service.kubernetes.io/service-proxy-name";

/** A label that takes the Service away from kube-proxy. */
export const check = defineCheck({
  id: "svc/proxied-elsewhere",
  question: "Does another proxy than kube-proxy serve this Service?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/proxied-elsewhere": {
      severity: "info",
      title: "kube-proxy ignores this Service",
      explain: `The label ${PROXY_NAME} gives the Service to another proxy. Without that proxy on the nodes its cluster IP leads nowhere.`,
      docs: [
        "https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioservice-proxy-name",
        SERVICE,
      ],
    },
  },
  run({ scope }, find) {
    return scope.services.flatMap((service) => {
      const proxy = service.metadata.labels?.[PROXY_NAME];
      if (proxy === undefined) return [];
      return [
        find("svc/proxied-elsewhere", {
          object: refOf(service, "metadata.labels"),
          summary: `Service ${service.metadata.name} is left to the proxy "${proxy}"; kube-proxy ignores it`,
          evidence: [{ k: PROXY_NAME, v: proxy }],
        }),
      ];
    });
  },
});
