import { defineCheck } from "../../model/check.ts";
import { servingFacts } from "../../model/containers.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { isJobPod, isTerminal } from "../../model/pods.ts";
import { findPort } from "../../model/ports.ts";
import { describeProbe, probePortNumber } from "../../model/probes.ts";
import { servicesSelecting } from "../../model/selecting.ts";
import { judgeSpecs } from "./_judge.ts";

/** Does "ready" say anything about the port that the Services send to? Both findings are only for the reader. */
export const check = defineCheck({
  id: "pod/probe-coverage",
  question: "Does a readiness probe cover the port that Services use?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["services"],
  findings: {
    "pod/no-readiness-probe": {
      severity: "info",
      title: "No readiness probe on the container that serves",
      explain:
        "Without a readiness probe a container counts as ready as soon as its process runs, whether or not it listens. Ready then proves little.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
    "pod/probe-differs-from-service": {
      severity: "info",
      title: "The readiness probe asks another port than the Service",
      explain:
        "The readiness probe does not touch any port that a Service sends to. A health port of its own is normal; but then ready does not prove that the serving port answers.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
  },
  run({ scope, services }, find) {
    return judgeSpecs(scope, (pod) => {
      // Daemons on the host network and Jobs are not meant to be balanced over.
      if (isTerminal(pod) || isJobPod(pod) || pod.spec?.hostNetwork === true) return [];
      const targets = targetPorts(pod);
      if (targets.size === 0) return [];
      const serving = servingFacts(pod).filter((fact) =>
        (fact.container.ports ?? []).some((port) => targets.has(port.containerPort ?? 0)),
      );
      const bare = serving.filter((fact) => fact.container.readinessProbe === undefined);
      const wanted = [...targets].toSorted((a, b) => a - b).join(", ");
      const unprobed = bare.map((fact) =>
        find("pod/no-readiness-probe", {
          object: refOf(pod, `spec.containers[${fact.name}].readinessProbe`),
          summary: `container ${fact.name} of pod ${pod.metadata.name} serves port ${wanted} without a readiness probe: ready only means that its process runs`,
          evidence: [{ k: "readinessProbe", v: "none" }],
        }),
      );
      const probes = servingFacts(pod).flatMap((fact) => {
        const probe = fact.container.readinessProbe;
        const port = probe === undefined ? undefined : probePortNumber(fact.container, probe);
        return probe === undefined || port === undefined ? [] : [{ fact, probe, port }];
      });
      if (probes.length === 0 || probes.some(({ port }) => targets.has(port))) return unprobed;
      return [
        ...unprobed,
        find("pod/probe-differs-from-service", {
          object: refOf(pod, "spec.containers[].readinessProbe"),
          summary: `the readiness probe of pod ${pod.metadata.name} asks port ${probes.map(({ port }) => port).join(", ")}, the Service sends to ${wanted}`,
          evidence: [
            ...probes.map(({ fact, probe }) => ({ k: `probe of ${fact.name}`, v: describeProbe(probe) })),
            { k: "target ports", v: wanted },
          ],
        }),
      ];
    });

    function targetPorts(pod: Pod): ReadonlySet<number> {
      const ports = servicesSelecting(services, pod).flatMap((service) =>
        (service.spec?.ports ?? []).filter((port) => (port.protocol ?? "TCP") === "TCP"),
      );
      return new Set(ports.flatMap((port) => findPort(pod, port) ?? []));
    }
  },
});
