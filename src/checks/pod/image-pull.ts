import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, containerFacts, describeContainer } from "../../model/containers.ts";
import { eventsOf, isAbout } from "../../model/events.ts";
import { classifyPull, IMAGE_REASONS, registryOf, speaksOfPlatform } from "../../model/images.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { redact } from "../../model/redact.ts";
import { kubectl, sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { pullAdvice } from "./_images.ts";
import { isLeaving, judgePods, POD_DOCS } from "./_judge.ts";
import { logOf } from "./_logs.ts";

/** Is every image there, and built for the node it runs on? */
export const check = defineCheck({
  id: "pod/image-pull",
  question: "Can the node pull and run the images?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["events", "nodes", "logs"],
  findings: {
    "pod/container-image-pull": {
      severity: "error",
      title: "The image cannot be pulled",
      explain:
        "The node could not get the container's image, so the container never starts. The registry's answer says why: a wrong name or tag, missing permission, a rate limit, " +
        "or a registry that the node cannot reach.",
      docs: [
        "https://kubernetes.io/docs/concepts/containers/images/",
        "https://learn.microsoft.com/azure/aks/cluster-container-registry-integration",
      ],
    },
    "pod/image-arch-mismatch": {
      severity: "error",
      title: "The image is built for another platform",
      explain:
        "The image has no variant for the processor architecture or operating system of the node (amd64 or arm64, Linux or Windows build), so its program cannot be executed. " +
        "A script without a #! line gives the same 'exec format error'.",
      docs: ["https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch", ...POD_DOCS],
    },
  },
  run({ scope, wanted }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      return containerFacts(pod).flatMap((fact) => {
        const arch = archMessage(pod, fact);
        if (arch !== undefined) return [archMismatch(pod, fact, arch)];
        return IMAGE_REASONS.includes(fact.status?.state?.waiting?.reason ?? "") ? [pullFailed(pod, fact)] : [];
      });
    });

    function pullFailed(pod: Pod, fact: ContainerFact) {
      const { name, namespace } = pod.metadata;
      const image = fact.container.image ?? fact.status?.image ?? "";
      const { reason = "", message } = pullMessage(pod, fact);
      const { cause, remedy } = pullAdvice(classifyPull(reason, message), image, pod);
      return find("pod/container-image-pull", {
        object: refOf(pod, `${fact.path}.state.waiting`),
        summary: `the image ${image} of ${describeContainer(fact)} in pod ${name} cannot be pulled: ${cause}`,
        evidence: [
          { k: "image", v: image },
          { k: "registry", v: registryOf(image) },
          { k: reason, v: redact(message) || "no message" },
        ],
        remedy: [...remedy, kubectl(namespace, "describe", "pod", name)],
      });
    }

    /** The waiting message; `Back-off pulling image` says nothing, so then the kubelet's event about the failed pull. */
    function pullMessage(pod: Pod, fact: ContainerFact): { readonly reason: string; readonly message: string } {
      const { reason = "", message = "" } = fact.status?.state?.waiting ?? {};
      if (message !== "" && classifyPull(reason, message) !== "unknown") return { reason, message };
      const image = fact.container.image ?? "";
      const told = eventsOf(itemsOr(wanted.events), pod).find(
        (event) =>
          event.reason === "Failed" &&
          isAbout(event, fact.name) &&
          /failed to pull image|pull/i.test(event.message ?? "") &&
          (event.message ?? "").includes(image),
      );
      return { reason, message: told?.message ?? message };
    }

    /** The text that says the platform is wrong: in the status, or as the last words of the crashed run. */
    function archMessage(pod: Pod, fact: ContainerFact): string | undefined {
      const { state, lastState } = fact.status ?? {};
      // A container that runs now has been executed; what its log says about others is not about its image.
      if (state?.running !== undefined || state === undefined) return undefined;
      if ((state.terminated?.exitCode ?? 1) === 0) return undefined;
      const texts = [
        state.waiting?.message,
        state.terminated?.message,
        lastState?.terminated?.message,
        IMAGE_REASONS.includes(state.waiting?.reason ?? "") ? pullMessage(pod, fact).message : undefined,
        // The runtime writes `exec /app: exec format error` as the only line: a longer log is the program's own.
        ...[true, false].map((previous) => {
          const lines = logOf(wanted.logs, pod, fact.name, previous)?.lines.filter((line) => line.trim() !== "") ?? [];
          return lines.length <= 2 ? lines.find((line) => /^(standard_init_linux\.go|exec )/.test(line)) : undefined;
        }),
      ];
      return texts.find((text) => text !== undefined && speaksOfPlatform(text));
    }

    function archMismatch(pod: Pod, fact: ContainerFact, message: string) {
      const { name } = pod.metadata;
      const image = fact.container.image ?? fact.status?.image ?? "";
      const node = itemsOr(wanted.nodes).find((one) => one.metadata.name === pod.spec?.nodeName);
      const labels = node?.metadata.labels ?? {};
      const os = labels["kubernetes.io/os"];
      const arch = labels["kubernetes.io/arch"];
      const platform = os === undefined || arch === undefined ? undefined : `${os}/${arch}`;
      return find("pod/image-arch-mismatch", {
        object: refOf(pod, `${fact.path}.state`),
        summary: `the image ${image} of ${describeContainer(fact)} in pod ${name} cannot be executed on ${platform ?? "its node"}: ${
          /format error/i.test(message) ? "exec format error" : "no variant for that platform"
        }`,
        evidence: [
          { k: "message", v: redact(message) },
          { k: "node", v: `${pod.spec?.nodeName ?? "-"} ${platform ?? "(platform not read)"}` },
        ],
        confidence: /exec format error/i.test(message) ? "likely" : "certain",
        remedy: [
          `docker manifest inspect ${sh(image)}`,
          `# build the image for ${platform ?? "the node's platform"} too, or pin the pod to nodes it fits: nodeSelector kubernetes.io/arch`,
          "# an entrypoint script needs a first line such as #!/bin/sh",
        ],
      });
    }
  },
});
