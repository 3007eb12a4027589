import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isTerminal } from "../../model/pods.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgeSpecs } from "./_judge.ts";

/** What kind of pod is this, where that changes how to read everything else? */
export const check = defineCheck({
  id: "pod/platform",
  question: "Is the pod on the host network or on Windows?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["nodes"],
  findings: {
    "pod/host-network": {
      severity: "info",
      title: "The pod uses its node's network",
      explain:
        "With hostNetwork the pod's address is the node's. NetworkPolicy mostly does not apply to it, network security groups of the node do, and cluster names resolve only with dnsPolicy ClusterFirstWithHostNet.",
      docs: ["https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"],
    },
    "pod/windows": {
      severity: "info",
      title: "A Windows pod",
      explain:
        "On Windows nodes there is no /proc to look into, ping through the network plugin does not work, the client address is not preserved, and a NodePort with local policy cannot be reached from the node itself.",
      docs: [
        "https://kubernetes.io/docs/concepts/services-networking/windows-networking/",
        "https://learn.microsoft.com/azure/aks/windows-faq",
      ],
    },
  },
  run({ scope, wanted }, find) {
    return judgeSpecs(scope, (pod) => {
      if (isTerminal(pod)) return [];
      const { name } = pod.metadata;
      const node = itemsOr(wanted.nodes).find((one) => one.metadata.name === pod.spec?.nodeName);
      const os = pod.spec?.os?.name ?? node?.metadata.labels?.["kubernetes.io/os"] ?? "linux";
      const host =
        pod.spec?.hostNetwork === true
          ? [
              find("pod/host-network", {
                object: refOf(pod, "spec.hostNetwork"),
                summary: `pod ${name} uses the network of its node: its address is the node's, and NetworkPolicy mostly does not apply`,
                evidence: [
                  { k: "spec.hostNetwork", v: "true" },
                  { k: "spec.dnsPolicy", v: pod.spec.dnsPolicy ?? "ClusterFirst" },
                ],
              }),
            ]
          : [];
      const windows =
        os === "windows"
          ? [
              find("pod/windows", {
                object: refOf(pod, "spec.os.name"),
                summary: `pod ${name} runs on Windows: no ping, no preserved client address, no look at its sockets`,
                evidence: [
                  {
                    k: "os",
                    v: pod.spec?.os?.name === undefined ? `windows (label of node ${pod.spec?.nodeName})` : "windows",
                  },
                ],
              }),
            ]
          : [];
      return [...host, ...windows];
    });
  },
});
