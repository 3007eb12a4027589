import { defineCheck } from "../../model/check.ts";
import {
  type ContainerFact,
  type CrashLoop,
  crashLoop,
  describeContainer,
  servingFacts,
} from "../../model/containers.ts";
import { describeExit } from "../../model/exitcodes.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { isLeaving, judgePods, POD_DOCS, span } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** Does a container end again and again? See `crashLoop` for the three phases in which a loop shows. Plain inits have a check of their own. */
export const check = defineCheck({
  id: "pod/container-crash-loop",
  question: "Do the containers stay up?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["logs"],
  findings: {
    "pod/container-crash-loop": {
      severity: "error",
      title: "The container crashes again and again",
      explain:
        "The container's process ends soon after each start, and the kubelet waits longer and longer (up to 5 minutes) before it tries again. The last exit code and the log of the run before say why. " +
        "The container counts as looping while it waits in CrashLoopBackOff, when it has just ended again, and in the first seconds of a new try.",
      docs: ["https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/", ...POD_DOCS],
    },
  },
  run({ scope, wanted, settings, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      return servingFacts(pod).flatMap((fact) => {
        const loop = crashLoop(pod, fact, now, settings);
        return loop === undefined ? [] : [looping(pod, fact, loop)];
      });
    });

    function looping(pod: Pod, fact: ContainerFact, loop: CrashLoop) {
      const { last, phase } = loop;
      const restarts = fact.status?.restartCount ?? 0;
      const finished = timeOf(last?.finishedAt);
      const previous = phase !== "terminated";
      const said = last?.message ?? "";
      return find("pod/container-crash-loop", {
        object: refOf(pod, `${fact.path}.state`),
        summary: `${describeContainer(fact)} of pod ${pod.metadata.name} crashes again and again (${restarts} restarts), last with ${
          last === undefined ? "an unknown exit code" : describeExit(last)
        }`,
        evidence: [
          { k: "state", v: STATES[phase] },
          { k: "restarts", v: `${restarts}${finished === undefined ? "" : `, last exit ${span(now - finished)} ago`}` },
          ...(last === undefined ? [] : [{ k: "last exit", v: describeExit(last) }]),
          ...(said === "" ? [] : [{ k: "termination message", v: redact(said) }]),
          ...logEvidence(wanted.logs, pod, fact.name, previous),
        ],
        confidence: phase === "running" ? "likely" : "certain",
        remedy: [logCommand(pod, fact.name, previous), ...advice(last?.exitCode, last?.reason)],
      });
    }
  },
});

const STATES: Readonly<Record<CrashLoop["phase"], string>> = {
  waiting: "waiting, CrashLoopBackOff",
  terminated: "just ended again, waits for its next start",
  running: "started again seconds ago, not ready",
};

function advice(exitCode: number | undefined, reason: string | undefined): readonly string[] {
  if (reason === "OOMKilled") return ["# raise resources.limits.memory in the workload, or mend the leak"];
  switch (exitCode) {
    case 0:
      return ["# a server must not end: its command returns; run it in the foreground"];
    case 126:
    case 127:
    case 128:
      return ["# mend command and args in the workload, or the image's entrypoint"];
    case 137:
    case 143:
      return ["# look for a failing liveness probe: kubectl describe shows it under Events"];
    default:
      return ["# mend what the log says; then the kubelet starts it within 5 minutes, or at once in a new pod"];
  }
}
