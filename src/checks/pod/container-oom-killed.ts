import { defineCheck } from "../../model/check.ts";
import { containerFacts, describeContainer } from "../../model/containers.ts";
import { refOf } from "../../model/kube.ts";
import { isReady, timeOf, topOwner } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { isLeaving, judgePods, span } from "./_judge.ts";

/** An out-of-memory kill longer ago than this is history. */
const OOM_RECENT = 60 * 60_000;

/** Was a container killed for its memory? Only the reason OOMKilled says so; exit code 137 alone does not. */
export const check = defineCheck({
  id: "pod/container-oom-killed",
  question: "Do the containers get along with their memory limit?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  findings: {
    "pod/container-oom-killed": {
      severity: "error",
      title: "The container ran out of memory",
      explain:
        "The kernel killed the container because it used more memory than resources.limits.memory (or than the node had). It is restarted and will be killed again when it needs as much again. " +
        "When it runs and is ready now, this is a warning.",
      docs: [
        "https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/intermittent-timeouts-or-server-issue",
      ],
    },
  },
  run({ scope, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      return containerFacts(pod).flatMap((fact) => {
        const { state, lastState } = fact.status ?? {};
        const killed = [state?.terminated, lastState?.terminated].find((ended) => ended?.reason === "OOMKilled");
        const finished = timeOf(killed?.finishedAt);
        if (killed === undefined || finished === undefined || now - finished > OOM_RECENT) return [];
        // An init that succeeded in the end no longer matters.
        if (fact.role === "init" && state?.terminated?.exitCode === 0) return [];
        const { name, namespace } = pod.metadata;
        const limit = fact.container.resources?.limits?.["memory"];
        const fine = state?.running !== undefined && fact.status?.ready === true && isReady(pod);
        const owner = topOwner(pod);
        return [
          find("pod/container-oom-killed", {
            severity: fine ? "warning" : "error",
            object: refOf(pod, `${fact.path}.lastState`),
            summary: `${describeContainer(fact)} of pod ${name} was killed for using more memory than ${
              limit === undefined ? "the node had (it has no limit)" : `its limit of ${limit}`
            }, ${span(now - finished)} ago`,
            evidence: [
              { k: "reason", v: `OOMKilled, exit code ${killed.exitCode ?? "?"}` },
              { k: "limits.memory", v: limit ?? "none" },
              { k: "restarts", v: String(fact.status?.restartCount ?? 0) },
            ],
            remedy: [
              kubectl(namespace, "top", "pod", name, "--containers"),
              owner === ""
                ? "# raise resources.limits.memory, or mend the leak"
                : `${kubectl(namespace, "set", "resources", owner, "-c", fact.name)} --limits=memory=<MORE>`,
            ],
          }),
        ];
      });
    });
  },
});
