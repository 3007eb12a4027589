import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, containerFacts, crashLoop } from "../../model/containers.ts";
import { eventsOf, isAbout, newest } from "../../model/events.ts";
import { describeExit } from "../../model/exitcodes.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { conditionOf, timeOf } from "../../model/pods.ts";
import { describeProbe } from "../../model/probes.ts";
import { redact } from "../../model/redact.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { awaitedHosts, initCommand } from "./_init.ts";
import { isLeaving, judgePods, span, surgeSeverity } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** An init that runs longer than this is taken as hanging rather than slow. */
const INIT_HANGS = 10 * 60_000;

/** Have the init containers done their work, and do the sidecars let the app start? They start one after the other. */
export const check = defineCheck({
  id: "pod/init",
  question: "Have the init containers let the app start?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["logs", "services", "events", "deployments"],
  findings: {
    "pod/init-failed": {
      severity: "error",
      title: "An init container fails",
      explain:
        "Init containers run one after the other before the app, and each must end with exit code 0. One of them fails, so the app's containers are never started.",
      docs: ["https://kubernetes.io/docs/tasks/debug/debug-application/debug-init-containers/"],
    },
    "pod/init-waiting": {
      severity: "warning",
      title: "An init container does not finish",
      explain:
        "An init container has been running for minutes, and the app starts only after it. Often it waits in a loop for another service, whose name its command shows. " +
        "After ten minutes it counts as hanging.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/init-containers/"],
    },
    "pod/sidecar-not-started": {
      severity: "error",
      title: "A sidecar does not start up",
      explain:
        "A sidecar (an init container with restartPolicy Always) must have started, by its startup probe if it has one, before the containers after it begin. It has not, so the app waits.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/"],
    },
  },
  run({ scope, wanted, settings, now }, find) {
    return judgePods(scope, (pod) => {
      // Initialized stays True after the first start; a sidecar that is restarted later blocks nothing.
      if (isLeaving(pod) || conditionOf(pod, "Initialized")?.status === "True") return [];
      // They start in order: the first that has not let the next one start is the one that blocks.
      const blocking = containerFacts(pod).find((fact) => fact.role !== "app" && !isThrough(fact));
      if (blocking?.status === undefined) return [];
      return blocking.role === "sidecar" ? sidecar(pod, blocking) : init(pod, blocking);
    });

    function init(pod: Pod, fact: ContainerFact) {
      const { name } = pod.metadata;
      const state = fact.status?.state;
      const loop = crashLoop(pod, fact, now, settings);
      const failed = state?.terminated ?? loop?.last;
      if (failed !== undefined || loop !== undefined) {
        const previous = state?.terminated === undefined;
        const said = failed?.message ?? "";
        const exit = failed === undefined ? "an unknown exit code" : describeExit(failed);
        return [
          find("pod/init-failed", {
            object: refOf(pod, `${fact.path}.state`),
            summary: `init container ${fact.name} of pod ${name} fails with ${exit}, so the app is never started`,
            evidence: [
              { k: "last exit", v: exit },
              { k: "restarts", v: String(fact.status?.restartCount ?? 0) },
              ...(said === "" ? [] : [{ k: "termination message", v: redact(said) }]),
              ...logEvidence(wanted.logs, pod, fact.name, previous),
            ],
            remedy: [
              logCommand(pod, fact.name, previous),
              "# mend what it says; the app's containers wait for this one to end with exit code 0",
            ],
          }),
        ];
      }
      const started = timeOf(state?.running?.startedAt);
      if (started === undefined || now - started <= settings.creating) return [];
      const hosts = awaitedHosts(fact.container, itemsOr(wanted.services), pod.metadata.namespace);
      return [
        find("pod/init-waiting", {
          // A Service or workload whose pods all wait does not serve now; one pod alone may take its time, and so may the new pod of a rollout.
          severity: surgeSeverity(
            pod,
            scope,
            wanted.deployments,
            scope.group || now - started > INIT_HANGS ? "error" : "warning",
            now,
          ),
          object: refOf(pod, `${fact.path}.state.running`),
          summary: `init container ${fact.name} of pod ${name} has been running for ${span(now - started)}, and the app waits for it${
            hosts.length === 0 ? "" : `; it seems to wait for ${hosts.join(", ")}`
          }`,
          evidence: [
            { k: "running for", v: span(now - started) },
            { k: "command", v: initCommand(fact.container) },
            ...hosts.map((host) => ({ k: "waits for", v: host })),
            ...logEvidence(wanted.logs, pod, fact.name, false),
          ],
          remedy: [
            logCommand(pod, fact.name, false),
            ...hosts.map((host) => `# is ${host} there and ready? ask: kubectl netcheck svc`),
          ],
        }),
      ];
    }

    function sidecar(pod: Pod, fact: ContainerFact) {
      const started = timeOf(fact.status?.state?.running?.startedAt);
      // A sidecar that was restarted had its time before.
      const restarted = (fact.status?.restartCount ?? 0) > 0;
      if (started === undefined || (now - started <= settings.creating && !restarted)) return [];
      const probe = fact.container.startupProbe;
      const told = newest(
        eventsOf(itemsOr(wanted.events), pod).filter((event) => isAbout(event, fact.name)),
        ["Unhealthy", "FailedPostStartHook"],
        restarted ? started - settings.creating : started,
      );
      return [
        find("pod/sidecar-not-started", {
          object: refOf(pod, `${fact.path}.started`),
          summary: `sidecar ${fact.name} of pod ${pod.metadata.name} runs for ${span(now - started)} but has not started up, so the app waits`,
          evidence: [
            { k: "started", v: "false" },
            { k: "startup probe", v: probe === undefined ? "none" : describeProbe(probe) },
            ...(told === undefined ? [] : [{ k: told.reason ?? "event", v: redact(told.message ?? "") }]),
            ...logEvidence(wanted.logs, pod, fact.name, false),
          ],
          remedy: [logCommand(pod, fact.name, false), "# mend the sidecar or its startup probe"],
        }),
      ];
    }
  },
});

/** Whether what comes after this container may start: an init ended with 0, a sidecar has started. */
function isThrough(fact: ContainerFact): boolean {
  const { status } = fact;
  if (fact.role === "sidecar") return status?.started === true;
  return status?.state?.terminated?.exitCode === 0;
}
