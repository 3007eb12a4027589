import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf } from "../../model/endpoints.ts";
import { type KubeNode, refOf } from "../../model/kube.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { nodesOf } from "./_nodes.ts";
import { listed, patchService, sortedByName, VIRTUAL_IPS } from "./_shared.ts";

/** Session affinity makes one test say nothing about the other pods. */
export const check = defineCheck({
  id: "svc/session-affinity",
  question: "Is each client tied to one pod?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["endpointSlices", "nodes"],
  findings: {
    "svc/session-affinity": {
      severity: "info",
      title: "Each client is tied to one pod",
      explain:
        "sessionAffinity ClientIP sends all connections of a client address to the same pod, so repeated tests show one pod only, and a broken pod is broken for some clients all the time. Windows nodes before Server 2022 do not support it.",
      docs: [
        `${VIRTUAL_IPS}#session-affinity`,
        "https://kubernetes.io/docs/concepts/services-networking/windows-networking/",
      ],
    },
  },
  run({ scope, wanted }, find) {
    return scope.services
      .filter((service) => service.spec?.sessionAffinity === "ClientIP")
      .map((service) => {
        const holders = nodesOf(mergeSlices(slicesOf(service, itemsOr(wanted.endpointSlices))));
        const old = sortedByName(
          itemsOr(wanted.nodes).filter((node) => holders.has(node.metadata.name) && isOldWindows(node)),
        );
        const seconds = service.spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800;
        return find("svc/session-affinity", {
          severity: old.length > 0 ? "warning" : "info",
          object: refOf(service, "spec.sessionAffinity"),
          summary:
            old.length > 0
              ? `Service ${service.metadata.name} wants session affinity, which Windows before Server 2022 does not support`
              : `Service ${service.metadata.name} ties each client to one pod for ${seconds} s`,
          evidence: [
            { k: "spec.sessionAffinity", v: `ClientIP, ${seconds} s` },
            ...(old.length > 0
              ? [
                  {
                    k: "Windows nodes",
                    v: listed(old.map((node) => `${node.metadata.name} (${node.status?.nodeInfo?.kernelVersion})`)),
                  },
                ]
              : []),
          ],
          remedy:
            old.length > 0
              ? [patchService(service, [{ op: "replace", path: "/spec/sessionAffinity", value: "None" }])]
              : [],
        });
      });
  },
});

/** Server 2022 is build 20348. */
function isOldWindows(node: KubeNode): boolean {
  const info = node.status?.nodeInfo;
  if (info?.operatingSystem !== "windows") return false;
  const build = /^10\.0\.(\d+)/.exec(info.kernelVersion ?? "")?.[1];
  return build !== undefined && Number(build) < 20348;
}
