import { defineCheck } from "../../model/check.ts";
import { hasSelector } from "../../model/endpoints.ts";
import { type PartialObject, type Pod, refOf, type Service } from "../../model/kube.ts";
import { describeMiss, type NearMiss, nearMisses } from "../../model/near-misses.ts";
import { ageOf, hasStatus, ipsOf, isJobPod, isTerminal, topOwner } from "../../model/pods.ts";
import { selectedPods } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  DEBUG_SERVICE,
  forEachService,
  listed,
  onlyExternalNames,
  patchService,
  SERVICE,
  sortedByName,
  unreadable,
  whyNotReady,
} from "./_shared.ts";
import { type Maker, makersOf } from "./_workloads.ts";

/** Does the selector pick pods that can serve at all? Whether those are ready is the question of svc/ready-endpoints. */
export const check = defineCheck({
  id: "svc/selector",
  question: "Does the Service's selector pick pods that can serve?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  essential: true,
  needs: ["pods"],
  wants: ["podLabels", "deployments", "statefulSets", "daemonSets", "replicaSets"],
  findings: {
    "svc/selector-matches-nothing": {
      severity: "error",
      title: "The selector matches no pod",
      explain:
        "Every key=value pair of spec.selector must be in a pod's labels, byte for byte, in the Service's own namespace. No pod has them all, so the Service has no " +
        "endpoints and connections to it are refused. Not a fault when the workload that would make such pods is scaled to zero: that is then the finding.",
      docs: [DEBUG_SERVICE, `${SERVICE}#defining-a-service`],
    },
    "svc/selector-only-terminal": {
      severity: "error",
      title: "The selector matches only finished pods",
      explain:
        "All selected pods are Succeeded or Failed. Such pods never run again and are left out of the EndpointSlices. Usual when a selector also fits a Job, or when only " +
        "evicted leftovers remain. Not a fault for a Service that exists for a Job that is done.",
      docs: [DEBUG_SERVICE],
    },
    "svc/selector-no-pod-ip": {
      severity: "warning",
      title: "No selected pod has an address",
      explain:
        "The selected pods have no IP yet: they are not scheduled, or their sandbox could not be made. The reason stands with the pods; the Service itself is right.",
      docs: [DEBUG_SERVICE],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods, now, clockIsLowerBound, settings, wanted }, find) {
    const workloads = [
      ...itemsOr(wanted.deployments),
      ...itemsOr(wanted.statefulSets),
      ...itemsOr(wanted.daemonSets),
      ...itemsOr(wanted.replicaSets),
    ];
    const unread = [
      unreadable("deployments", wanted.deployments),
      unreadable("statefulSets", wanted.statefulSets),
    ].filter((text) => text !== undefined);

    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const { namespace, name } = service.metadata;
      const matched = selectedPods(service, pods);
      const alive = matched.filter((pod) => !isTerminal(pod));
      if (alive.length > 0) {
        if (!alive.some(hasStatus)) return { unknown: "the pods carry no status" };
        const addressless = sortedByName(alive.filter((pod) => ipsOf(pod).length === 0));
        if (addressless.length < alive.length) return [];
        // An address comes with the sandbox, a few seconds after scheduling.
        const young = alive.some((pod) => (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle);
        if (young && !clockIsLowerBound) return [];
        return [
          find("svc/selector-no-pod-ip", {
            confidence: young ? "possible" : "certain",
            object: refOf(service, "spec.selector"),
            summary: `none of the ${alive.length} pod(s) that Service ${name} selects has an address`,
            evidence: addressless
              .slice(0, 5)
              .map((pod) => ({ k: `pod ${pod.metadata.name}`, v: whyNotReady(pod) ?? "" })),
            remedy: [kubectl(namespace, "describe", "pod", addressless[0]?.metadata.name ?? "")],
          }),
        ];
      }

      const makers = makersOf(service, workloads);
      // Nothing is meant to run: workload/scaled-to-zero is the answer, and a selector that fits it is right.
      const idle = makers.some((maker) => maker.replicas === 0 && maker.workload.kind !== "DaemonSet");
      if (idle && !makers.some((maker) => (maker.replicas ?? 0) > 0)) return [];

      if (matched.length > 0) {
        const jobs = matched.every(isJobPod);
        return [
          find("svc/selector-only-terminal", {
            severity: jobs ? "info" : "error",
            object: refOf(service, "spec.selector"),
            summary: `all ${matched.length} pod(s) that Service ${name} selects are finished`,
            evidence: sortedByName(matched)
              .slice(0, 5)
              .map((pod) => ({
                k: `pod ${pod.metadata.name}`,
                v: `${whyNotReady(pod)}${topOwner(pod) === "" ? "" : `, owner ${topOwner(pod)}`}`,
              })),
            remedy: [
              "# is the selector meant for a workload that serves? See who owns the pods and what else carries these labels:",
              kubectl(namespace, "get", "pods", "-l", selectorText(service), "--show-labels"),
            ],
          }),
        ];
      }

      const intent = makers.find((maker) => !maker.live);
      if (intent !== undefined)
        return {
          unknown: `${intent.name} makes pods that match, but there are no pods here: this looks like a manifest, not a cluster`,
        };
      // Seen before its controller has made the pods: starting, not broken.
      const starting = makers.find(
        ({ workload }) =>
          (ageOf(workload.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle ||
          (workload.status?.observedGeneration ?? 0) < (workload.metadata.generation ?? 0),
      );
      if (starting !== undefined)
        return {
          unknown: `no pod matches yet: ${starting.name} is only seconds old, or its controller has not seen it yet`,
        };
      const near = nearMisses(service, distinct(pods, itemsOr(wanted.podLabels)));
      const first = near.best[0];
      return [
        find("svc/selector-matches-nothing", {
          object: refOf(service, "spec.selector"),
          summary: `the selector ${selectorText(service)} of Service ${name} matches no pod in namespace ${namespace}`,
          evidence: [
            { k: "spec.selector", v: selectorText(service) },
            ...near.best
              .filter((miss) => miss.matching > 0 || miss.close || miss === first)
              .map((miss) => ({ k: `pod ${miss.name}`, v: describeMiss(miss) })),
            ...near.elsewhere.slice(0, 5).map((miss) => ({
              k: `namespace ${miss.namespace}`,
              v: `pod ${miss.name}${miss.alike > 0 ? ` and ${miss.alike} more` : ""} would match, but a Service selects only in its own namespace`,
            })),
            ...makers.map((maker) => ({
              k: maker.name,
              v:
                maker.workload.kind === "DaemonSet" && maker.replicas === 0
                  ? "its template matches, but no node fits its node selector, affinity and tolerations (0 wanted)"
                  : `its template matches, but it has no pod (${maker.replicas ?? "?"} wanted)`,
            })),
            ...unread.map((text) => ({
              k: "not verified",
              v: `${text}: a workload scaled to zero would look the same`,
            })),
          ],
          remedy: remedies(service, near.best, near.elsewhere, makers),
        }),
      ];
    });
  },
});

function selectorText(service: Service): string {
  return Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** A pod and its metadata may both be there: each pod once. A list that is alone stays the very same, so that what is made of it is made once. */
function distinct(pods: readonly Pod[], labels: readonly PartialObject[]): readonly PartialObject[] {
  if (pods.length === 0) return labels;
  if (labels.length === 0) return pods;
  return [
    ...new Map(
      [...pods, ...labels].map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
    ).values(),
  ];
}

function remedies(
  service: Service,
  best: readonly NearMiss[],
  elsewhere: readonly NearMiss[],
  makers: readonly Maker[],
): readonly string[] {
  const { namespace, name } = service.metadata;
  const maker = makers[0];
  if (maker?.workload.kind === "DaemonSet" && maker.replicas === 0)
    return [
      "# the selector is right, but no node fits the DaemonSet: compare what it asks for with the nodes:",
      kubectl(
        namespace,
        "get",
        maker.name.toLowerCase(),
        "-o",
        "jsonpath={.spec.template.spec.nodeSelector} {.spec.template.spec.affinity} {.spec.template.spec.tolerations}",
      ),
      kubectl("", "get", "nodes", "--show-labels"),
    ];
  if (maker !== undefined)
    return [
      "# the selector is right; see why the workload has no pods:",
      kubectl(namespace, "describe", maker.name.toLowerCase()),
    ];
  const first = best.find((miss) => miss.close) ?? best.find((miss) => miss.matching > 0);
  if (first !== undefined) {
    const corrected = Object.fromEntries(
      first.pairs.flatMap((pair) => {
        if (pair.found !== undefined) return [[pair.key, pair.found]];
        return pair.elsewhere === undefined ? [] : [[pair.elsewhere, pair.wanted]];
      }),
    );
    const missing = first.pairs.filter((pair) => pair.found === undefined && pair.elsewhere === undefined);
    return [
      `# if ${first.owner || `pod ${first.name}`} is meant, make the selector fit its labels:`,
      patchService(service, [{ op: "replace", path: "/spec/selector", value: corrected }]),
      ...(missing.length > 0
        ? [
            `# or add ${missing.map((pair) => `${pair.key}=${pair.wanted}`).join(", ")} to the labels of its pod template`,
          ]
        : []),
    ];
  }
  const other = elsewhere[0];
  if (other !== undefined)
    return [
      `# the pods are in namespace ${other.namespace}: call the Service there, or move one of the two`,
      kubectl(other.namespace, "get", "services"),
    ];
  return [
    `# no pod here resembles the selector of ${name}: is the app deployed, and in this namespace (${listed([namespace])})?`,
    kubectl(namespace, "get", "pods", "--show-labels"),
  ];
}
