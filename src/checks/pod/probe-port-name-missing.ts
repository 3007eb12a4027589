import { defineCheck } from "../../model/check.ts";
import { containerFacts, describeContainer } from "../../model/containers.ts";
import { refOf } from "../../model/kube.ts";
import { isTerminal } from "../../model/pods.ts";
import { type ProbeKind, probeOf, probePort } from "../../model/probes.ts";
import { judgeSpecs } from "./_judge.ts";

const KINDS: readonly ProbeKind[] = ["startup", "readiness", "liveness"];

/** Does every named probe port exist in its own container? The kubelet looks nowhere else. Needs no status. */
export const check = defineCheck({
  id: "pod/probe-port-name-missing",
  question: "Do the probes name ports that their container declares?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  findings: {
    "pod/probe-port-name-missing": {
      severity: "error",
      title: "A probe names a port that its container does not declare",
      explain:
        "A probe's port given by name is looked up among the ports of the same container. The name is not declared there, so the kubelet cannot probe and counts every try as failed.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
  },
  run({ scope }, find) {
    return judgeSpecs(scope, (pod) => {
      if (isTerminal(pod)) return [];
      return containerFacts(pod)
        .filter((fact) => fact.role !== "init")
        .flatMap((fact) => {
          const declared = (fact.container.ports ?? []).flatMap((port) => port.name ?? []);
          return KINDS.flatMap((kind) => {
            const probe = probeOf(fact.container, kind);
            const port = probe === undefined ? undefined : probePort(probe);
            // gRPC probes take numbers only; a string of digits is a number that a template quoted.
            if (typeof port !== "string" || /^\d+$/.test(port) || declared.includes(port)) return [];
            return [
              find("pod/probe-port-name-missing", {
                object: refOf(pod, `spec.containers[${fact.name}].${kind}Probe`),
                summary: `the ${kind} probe of ${describeContainer(fact)} in pod ${pod.metadata.name} names port "${port}", which the container does not declare`,
                evidence: [
                  { k: `${kind} probe port`, v: port },
                  {
                    k: "declared ports",
                    v:
                      (fact.container.ports ?? [])
                        .map((one) => `${one.name ?? "(no name)"}=${one.containerPort ?? "?"}`)
                        .join(", ") || "none",
                  },
                ],
                remedy: [
                  `# in the workload, give the container's port the name "${port}", or put the number into the probe`,
                ],
              }),
            ];
          });
        });
    });
  },
});
