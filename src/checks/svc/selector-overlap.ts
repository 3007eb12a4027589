import { defineCheck } from "../../model/check.ts";
import { hasSelector } from "../../model/endpoints.ts";
import { groupPods, type PodGroup } from "../../model/groups.ts";
import { refOf, type ServicePort } from "../../model/kube.ts";
import { isJobPod } from "../../model/pods.ts";
import { declaredPorts, describePort, protocolOf, targetPortOf } from "../../model/ports.ts";
import { eligiblePods, judgedPorts } from "../../model/services.ts";
import { describeDeclared, forEachService, listed, onlyExternalNames, SERVICE, sortedByName } from "./_shared.ts";

/** A selector that also fits pods of another purpose sends them a share of the requests. */
export const check = defineCheck({
  id: "svc/selector-overlap",
  question: "Does the selector pick pods that were not meant?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: ["pods"],
  findings: {
    "svc/selector-too-broad": {
      severity: "warning",
      title: "The selector picks pods of different workloads",
      explain:
        "The selected pods belong to several workloads, and for a port of the Service one workload declares it while another declares other ports only: a share of the requests goes to pods that do not serve them. " +
        "Blue/green and canary workloads, which all declare the port, are no fault, nor are workloads that declare no ports.",
      docs: [`${SERVICE}#defining-a-service`],
    },
    "svc/selector-picks-job-pods": {
      severity: "warning",
      title: "The selector also picks running Job pods",
      explain:
        "Running pods of a Job carry the selector's labels beside the pods that serve. While they run and count as ready they receive requests. A Service made for the Job alone is no fault.",
      docs: [`${SERVICE}#defining-a-service`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const eligible = sortedByName(eligiblePods(service, pods));
      const jobs = eligible.filter(isJobPod);
      const others = eligible.filter((pod) => !isJobPod(pod));
      const object = refOf(service, "spec.selector");
      const { name } = service.metadata;
      const picked =
        jobs.length > 0 && others.length > 0
          ? [
              find("svc/selector-picks-job-pods", {
                object,
                summary: `the selector of Service ${name} also picks ${jobs.length} running Job pod(s)`,
                evidence: [
                  { k: "job pods", v: listed(jobs.map((pod) => pod.metadata.name)) },
                  { k: "other pods", v: listed(others.map((pod) => pod.metadata.name)) },
                ],
                remedy: [
                  "# give the Job's pod template labels of its own, or add a pair to the selector that only the serving pods carry",
                ],
              }),
            ]
          : [];
      const groups = groupPods(others);
      const mixed = judgedPorts(service, scope.port).filter(
        ({ port }) =>
          groups.some((group) => declares(group, port)) && groups.some((group) => declaresOthersOnly(group, port)),
      );
      const first = mixed[0];
      if (first === undefined) return picked;
      const foreign = groups.filter((group) => declaresOthersOnly(group, first.port));
      return [
        ...picked,
        find("svc/selector-too-broad", {
          object,
          summary: `the selector of Service ${name} also picks pods of ${listed(foreign.map((group) => group.owner))}, which do not declare ${describePort(first.port)}`,
          evidence: groups.slice(0, 6).map((group) => ({
            k: group.owner,
            v: `${group.pods.length} pod(s); ports: ${group.pods[0] === undefined ? "" : describeDeclared(group.pods[0])}`,
          })),
          remedy: ["# add a label to the selector that only the pods meant carry, and to their pod template first"],
        }),
      ];
    });
  },
});

function declares(group: PodGroup, port: ServicePort): boolean {
  const target = targetPortOf(port);
  return group.pods.some((pod) =>
    declaredPorts(pod).some(
      (declared) => declared.protocol === protocolOf(port) && (declared.name === target || declared.number === target),
    ),
  );
}

/** Every pod of the group declares ports, and none of them is this one. Undeclared ports prove nothing. */
function declaresOthersOnly(group: PodGroup, port: ServicePort): boolean {
  return !declares(group, port) && group.pods.every((pod) => declaredPorts(pod).length > 0);
}
