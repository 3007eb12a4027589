import { defineCheck } from "../../model/check.ts";
import { crashLoop, describeContainer, servingFacts, willRestart } from "../../model/containers.ts";
import { describeExit } from "../../model/exitcodes.ts";
import { refOf } from "../../model/kube.ts";
import { isJobPod, timeOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { isLeaving, judgePods, POD_DOCS, span } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** Has a container ended, while the pod goes on? For good, or for the first time: a container that ends repeatedly is a crash loop. */
export const check = defineCheck({
  id: "pod/container-exited",
  question: "Have all containers kept running?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["logs"],
  findings: {
    "pod/container-exited": {
      severity: "error",
      title: "A container has ended",
      explain:
        "A container of the running pod has ended and its restart policy does not start it again, so the pod never becomes ready. In the pod of a Job that is normal. " +
        "A container that ended for the first time and will be restarted is a warning: wait, and see whether it stays up.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy", ...POD_DOCS],
    },
  },
  run({ scope, wanted, settings, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      return servingFacts(pod).flatMap((fact) => {
        const ended = fact.status?.state?.terminated;
        if (ended === undefined || crashLoop(pod, fact, now, settings) !== undefined) return [];
        const restarts = willRestart(pod, fact, ended.exitCode ?? 0);
        const finished = timeOf(ended.finishedAt);
        const ago = finished === undefined ? "" : ` ${span(now - finished)} ago`;
        const said = ended.message ?? "";
        return [
          find("pod/container-exited", {
            severity: isJobPod(pod) ? "info" : restarts ? "warning" : "error",
            object: refOf(pod, `${fact.path}.state.terminated`),
            summary: restarts
              ? `${describeContainer(fact)} of pod ${pod.metadata.name} ended${ago} with ${describeExit(ended)}; the kubelet starts it again`
              : `${describeContainer(fact)} of pod ${pod.metadata.name} ended with ${describeExit(ended)} and is not restarted`,
            evidence: [
              { k: "exit", v: `${describeExit(ended)}${ago}` },
              { k: "restartPolicy", v: fact.container.restartPolicy ?? pod.spec?.restartPolicy ?? "Always" },
              { k: "restarts so far", v: String(fact.status?.restartCount ?? 0) },
              ...(said === "" ? [] : [{ k: "termination message", v: redact(said) }]),
              ...logEvidence(wanted.logs, pod, fact.name, false),
            ],
            remedy: [
              logCommand(pod, fact.name, false),
              restarts
                ? "# ask again in a minute: if it ends again, it is a crash loop"
                : "# for a server use restartPolicy Always (a Deployment does); a sidecar of a Job belongs into initContainers with restartPolicy Always",
            ],
          }),
        ];
      });
    });
  },
});
