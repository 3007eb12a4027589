import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, containerFacts, describeContainer } from "../../model/containers.ts";
import { eventsOf, eventTime, isAbout } from "../../model/events.ts";
import { describeExit } from "../../model/exitcodes.ts";
import { speaksOfPlatform } from "../../model/images.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { configAdvice, createAdvice } from "./_create.ts";
import { isLeaving, judgePods, POD_DOCS } from "./_judge.ts";

/** Source: kubelet pkg/kubelet/kuberuntime/kuberuntime_container.go. */
const CREATE_REASONS: readonly string[] = [
  "CreateContainerError",
  "PreCreateHookError",
  "PreStartHookError",
  "RunContainerError",
];
/** What containerd and the Docker shim call a container whose process never began. */
const NEVER_STARTED: readonly string[] = ["StartError", "ContainerCannotRun"];

/** Can the kubelet create and start each container? */
export const check = defineCheck({
  id: "pod/container-create",
  question: "Can the containers be created and started?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["events"],
  findings: {
    "pod/container-config-error": {
      severity: "error",
      title: "The container's configuration is incomplete",
      explain:
        "The kubelet cannot put the container's configuration together: a Secret, ConfigMap or key it refers to does not exist, or runAsNonRoot cannot be verified.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/", ...POD_DOCS],
    },
    "pod/container-create-error": {
      severity: "error",
      title: "The container cannot be started",
      explain:
        "The image is there, but the runtime could not create the container or execute its command: the command does not exist in the image, is not executable, or a mount cannot be made.",
      docs: [
        "https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/",
        ...POD_DOCS,
      ],
    },
    "pod/container-post-start-hook": {
      severity: "error",
      title: "The postStart hook fails",
      explain: "The container's postStart hook failed, so the kubelet kills the container. It never becomes ready.",
      docs: ["https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/"],
    },
  },
  run({ scope, wanted }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      const hookEvents = eventsOf(itemsOr(wanted.events), pod).filter(
        (event) => event.reason === "FailedPostStartHook",
      );
      return containerFacts(pod).flatMap((fact) => {
        const waiting = fact.status?.state?.waiting;
        if (waiting?.reason === "CreateContainerConfigError") return [configError(pod, fact, waiting.message ?? "")];
        const hook = hookEvents.find((event) => isAbout(event, fact.name));
        const runningSince = timeOf(fact.status?.state?.running?.startedAt);
        // The hook ran well when the container of a later start runs on.
        const survived = hook !== undefined && runningSince !== undefined && runningSince > eventTime(hook);
        const recovered = fact.status?.ready === true || survived;
        if (waiting?.reason === "PostStartHookError" || (hook !== undefined && !recovered && hasHook(fact))) {
          return [hookError(pod, fact, waiting?.reason === "PostStartHookError" ? waiting.message : hook?.message)];
        }
        const never = neverStarted(fact);
        return never === undefined || speaksOfPlatform(never.message) ? [] : [createError(pod, fact, never)];
      });
    });

    function configError(pod: Pod, fact: ContainerFact, message: string) {
      const { cause, remedy } = configAdvice(message, pod);
      return find("pod/container-config-error", {
        object: refOf(pod, `${fact.path}.state.waiting`),
        summary: `${describeContainer(fact)} of pod ${pod.metadata.name} cannot be configured: ${cause}`,
        evidence: [{ k: "CreateContainerConfigError", v: redact(message) || "no message" }],
        remedy,
      });
    }

    function createError(pod: Pod, fact: ContainerFact, never: NeverStarted) {
      const { cause, remedy } = createAdvice(never.message, fact.container);
      const { name, namespace } = pod.metadata;
      return find("pod/container-create-error", {
        object: refOf(pod, `${fact.path}.state`),
        summary: `${describeContainer(fact)} of pod ${name} cannot be started: ${cause}`,
        evidence: [
          { k: never.reason, v: redact(never.message) || "no message" },
          ...(never.exit === undefined ? [] : [{ k: "exit", v: never.exit }]),
        ],
        remedy: [...remedy, kubectl(namespace, "describe", "pod", name)],
      });
    }

    function hookError(pod: Pod, fact: ContainerFact, message = "") {
      const { name, namespace } = pod.metadata;
      const hook = fact.container.lifecycle?.postStart;
      const what = hook?.exec?.command?.[0] ?? hook?.httpGet?.path ?? "postStart";
      return find("pod/container-post-start-hook", {
        object: refOf(pod, "spec.containers[].lifecycle.postStart"),
        summary: `the postStart hook of ${describeContainer(fact)} in pod ${name} fails, so the container is killed`,
        evidence: [
          { k: "hook", v: what },
          { k: "message", v: redact(message) || "no message" },
        ],
        remedy: [
          kubectl(namespace, "describe", "pod", name),
          "# mend lifecycle.postStart of the container in the workload",
        ],
      });
    }
  },
});

interface NeverStarted {
  readonly reason: string;
  readonly message: string;
  readonly exit?: string;
}

/** The runtime's word that the process never began; also from the last run, while the container waits in back-off for the next try. */
function neverStarted(fact: ContainerFact): NeverStarted | undefined {
  const { state, lastState } = fact.status ?? {};
  const waiting = state?.waiting;
  if (waiting !== undefined && CREATE_REASONS.includes(waiting.reason ?? "")) {
    return { reason: waiting.reason ?? "", message: waiting.message ?? lastState?.terminated?.message ?? "" };
  }
  const ended = state?.terminated ?? (waiting?.reason === "CrashLoopBackOff" ? lastState?.terminated : undefined);
  if (ended === undefined || !NEVER_STARTED.includes(ended.reason ?? "")) return undefined;
  return { reason: ended.reason ?? "", message: ended.message ?? "", exit: describeExit(ended) };
}

function hasHook(fact: ContainerFact): boolean {
  return fact.container.lifecycle?.postStart !== undefined;
}
