import { defineCheck } from "../../model/check.ts";
import { contains, parseAddress, parseCidr } from "../../model/cidr.ts";
import { isNginx } from "../../model/ingress/found.ts";
import { exposingServices } from "../../model/ingress/service.ts";
import { configMapOf } from "../../model/ingress/settings.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, NGINX_ANNOTATIONS, NGINX_PREFIX, nginxAnnotation, resolved, unreadable } from "./_shared.ts";

const LISTS = ["whitelist-source-range", "allowlist-source-range", "denylist-source-range"] as const;

/** With externalTrafficPolicy Cluster the controller sees a node's address instead of the client's. */
export const check = defineCheck({
  id: "ingress/allowlist",
  question: "Do lists of client addresses see the clients?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["nodes", "configMaps", "ingressClasses", "controllerPods", "controllerServices"],
  notFor: (scope) =>
    scope.ingresses.some((ingress) => LISTS.some((name) => nginxAnnotation(ingress, name) !== undefined))
      ? undefined
      : "no list of client addresses is configured",
  findings: {
    "ingress/allowlist-sees-node-ip": {
      severity: "warning",
      title: "The list of client addresses is compared with addresses of nodes",
      explain:
        "The controller's Service has externalTrafficPolicy Cluster, so the node that takes a connection replaces the client's address by its own: an allow list answers 403 to everybody, a deny list stops " +
        "nobody. Not reported with PROXY protocol or forwarded headers, nor when the ranges contain the nodes.",
      docs: [`${NGINX_ANNOTATIONS}#whitelist-source-range`, "https://kubernetes.io/docs/tutorials/services/source-ip/"],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const list = LISTS.find((name) => nginxAnnotation(ingress, name) !== undefined);
      if (list === undefined) return { skipped: "no list of client addresses is configured" };
      const taker = resolved(ingress, wanted).takers.find(isNginx);
      if (taker === undefined) return { skipped: "no ingress-nginx that takes the Ingress was found" };
      const exposed = exposingServices(taker, itemsOr(wanted.controllerServices)).filter((service) =>
        ["LoadBalancer", "NodePort"].includes(service.spec?.type ?? ""),
      );
      const service = exposed.find((one) => (one.spec?.externalTrafficPolicy ?? "Cluster") === "Cluster");
      if (service === undefined) return [];
      const unread = unreadable("the controller's ConfigMap", wanted.configMaps);
      if (unread !== undefined) return { unknown: unread };
      const config = configMapOf(taker, itemsOr(wanted.configMaps))?.data ?? {};
      if (["use-proxy-protocol", "use-forwarded-headers"].some((key) => config[key] === "true")) return [];
      const ranges = (nginxAnnotation(ingress, list) ?? "").split(",").flatMap((text) => parseCidr(text.trim()) ?? []);
      const nodes = itemsOr(wanted.nodes).flatMap((node) =>
        (node.status?.addresses ?? []).flatMap((one) =>
          one.type === "InternalIP" ? (parseAddress(one.address ?? "") ?? []) : [],
        ),
      );
      if (nodes.length > 0 && nodes.every((node) => ranges.some((range) => contains(range, node)))) return [];
      return [
        find("ingress/allowlist-sees-node-ip", {
          object: refOf(ingress, `metadata.annotations.${NGINX_PREFIX}${list}`),
          summary: `${list} of Ingress ${ingress.metadata.name} is compared with the nodes' addresses: the controller's Service has externalTrafficPolicy Cluster`,
          evidence: [
            { k: list, v: nginxAnnotation(ingress, list) ?? "" },
            { k: `Service ${service.metadata.namespace}/${service.metadata.name}`, v: "externalTrafficPolicy Cluster" },
          ],
          remedy: [
            kubectl(
              service.metadata.namespace,
              "patch",
              "service",
              service.metadata.name,
              "-p",
              '{"spec":{"externalTrafficPolicy":"Local"}}',
            ),
          ],
        }),
      ];
    });
  },
});
