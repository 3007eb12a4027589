import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import {
  changedSince,
  type Endpoint,
  endpointsObject,
  expectedEndpoints,
  familiesOf,
  hasSelector,
  listedIn,
  mergeSlices,
  slicesOf,
  usable,
} from "../../model/endpoints.ts";
import { isSurging } from "../../model/groups.ts";
import { type Pod, refOf, type Service } from "../../model/kube.ts";
import { ageOf, hasStatus, ipsOf, isReady, isTerminal, isTerminating, timeOf } from "../../model/pods.ts";
import { eligiblePods, notYet, selectedPods } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  DEBUG_SERVICE,
  ENDPOINT_SLICES,
  forEachService,
  sortedByName,
  unreadable,
  VIRTUAL_IPS,
  whyNotReady,
  YOUTH_UNPROVEN,
} from "./_shared.ts";

/**
 * How many endpoints take traffic. Judged by the slices, the pods say why; without slices by the Endpoints of the older API, without those by what they would
 * have to hold.
 */
export const check = defineCheck({
  id: "svc/ready-endpoints",
  question: "Has the Service endpoints that take traffic?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  essential: true,
  needs: [],
  wants: ["endpointSlices", "endpoints", "pods", "nodes", "deployments"],
  findings: {
    "svc/no-ready-endpoints": {
      severity: "error",
      title: "The Service has no ready endpoint",
      explain:
        "Pods are selected, but none of them is ready (and none still serves while it terminates), so kube-proxy has nowhere to send connections: they are refused. The evidence says for each pod why. " +
        "Not a fault while all of the pods are only seconds old.",
      docs: [DEBUG_SERVICE, ENDPOINT_SLICES],
    },
    "svc/only-terminating-endpoints": {
      severity: "warning",
      title: "Only terminating pods serve",
      explain:
        "No endpoint is ready; kube-proxy falls back to pods that are being deleted and still pass their readiness probe. When they are gone, connections are refused. " +
        "In a rollout that replaces pods one by one this is over within the grace period.",
      docs: [VIRTUAL_IPS],
    },
    "svc/some-endpoints-not-ready": {
      severity: "warning",
      title: "Some of the selected pods take no traffic",
      explain:
        "Some selected pods are not ready, so the others carry their load. Finished and terminating pods do not count, and a rollout in progress or a pod that just started is no fault.",
      docs: [ENDPOINT_SLICES],
    },
  },
  run({ scope, now, clockIsLowerBound, settings, wanted }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const { namespace, name } = service.metadata;
      const podsRead = wanted.pods.state === "ok";
      const selected = selectedPods(service, itemsOr(wanted.pods));
      const eligible = sortedByName(eligiblePods(service, selected));
      if (podsRead && selected.length === 0) return { skipped: "the selector matches no pod" };
      if (podsRead && eligible.length === 0) return { skipped: "all selected pods are finished" };
      if (eligible.length > 0 && !eligible.some(hasStatus))
        return { unknown: "the pods carry no status: this looks like a manifest, not a cluster" };

      const nodes = wanted.nodes.state === "ok" ? wanted.nodes.items : undefined;
      const older =
        wanted.endpointSlices.state === "ok" ? undefined : endpointsObject(service, itemsOr(wanted.endpoints));
      const slicesMissing = wanted.endpointSlices.state !== "ok" && older === undefined;
      const found =
        older === undefined ? mergeSlices(slicesOf(service, itemsOr(wanted.endpointSlices))) : listedIn(older);
      const judged = slicesMissing ? expectedEndpoints(service, eligible, nodes).endpoints : found;
      if (slicesMissing && !podsRead) return { unknown: "neither endpointSlices nor pods could be read" };

      const serving = usable(judged);
      const object = refOf(service);
      const why = eligible.map((pod) => ({
        k: `pod ${pod.metadata.name}`,
        v: reasonOf(service, pod, found, slicesMissing),
      }));
      const seen = slicesMissing
        ? {
            k: "endpointSlices",
            v: `${unreadable("endpointSlices", wanted.endpointSlices) ?? "not read"}: judged by the pods`,
          }
        : {
            k: older === undefined ? "endpoints" : "Endpoints (older API; slices could not be read)",
            v: `${found.length} listed, ${found.filter((endpoint) => endpoint.ready).length} ready`,
          };

      if (serving.length === 0) {
        const age = ageOf(service.metadata, now);
        // Nobody can say how old the pods are; the controller notes when they changed last.
        const notes = older === undefined ? slicesOf(service, itemsOr(wanted.endpointSlices)) : [older];
        const changed = !podsRead && changedSince(notes, now - settings.statusLag);
        const isNew = age !== undefined && age < settings.settle;
        const unproven = clockIsLowerBound && (isNew || changed);
        const early = notYet(service, eligible, now, settings, clockIsLowerBound);
        if (early !== undefined) return { unknown: early };
        if (changed && !unproven)
          return {
            unknown: "no endpoint is ready, pods could not be read, and the slices changed within the last minute",
          };
        // The older API never lists a pod that is being deleted, though such a one may still serve.
        if (older !== undefined && selected.some(isTerminating))
          return {
            unknown:
              "no endpoint is ready, and the Endpoints do not say whether pods that are being deleted still serve",
          };
        // Where no pod has an address of the Service's family, svc/endpoint-ip-family-missing says so.
        const addressed = eligible.filter((pod) => ipsOf(pod).length > 0);
        if (addressed.some(isReady) && addressed.every((pod) => wrongFamily(service, pod))) return [];
        const gaps = [unreadable("endpointSlices", wanted.endpointSlices), unreadable("pods", wanted.pods)];
        if (!slicesMissing && older === undefined && gaps[0] !== undefined) return { unknown: gaps[0] };
        return [
          find("svc/no-ready-endpoints", {
            object,
            confidence: unproven ? "possible" : slicesMissing || older !== undefined ? "likely" : "certain",
            summary: podsRead
              ? `Service ${name} has no ready endpoint: none of its ${eligible.length} pod(s) is ready`
              : `Service ${name} has no ready endpoint`,
            evidence: [
              seen,
              ...(unproven ? [YOUTH_UNPROVEN] : []),
              ...why.slice(0, 5),
              ...(why.length > 5 ? [{ k: "and", v: `${why.length - 5} more pods` }] : []),
              ...(podsRead
                ? []
                : [
                    {
                      k: "not verified",
                      v: `${unreadable("pods", wanted.pods) ?? "pods were not read"}: whether the selector matches`,
                    },
                  ]),
            ],
            remedy: [
              eligible[0] === undefined
                ? kubectl(namespace, "get", "endpointslices", "-l", `kubernetes.io/service-name=${name}`, "-o", "yaml")
                : kubectl(namespace, "describe", "pod", eligible[0].metadata.name),
            ],
          }),
        ];
      }

      // What should be ready may still be missing in the slices that nobody could read.
      if (slicesMissing)
        return {
          unknown: `${unreadable("endpointSlices", wanted.endpointSlices) ?? "endpointSlices were not read"}; by its pods the Service should have ${serving.length} endpoint(s)`,
        };

      if (!serving.some((endpoint) => endpoint.ready)) {
        const names = new Set(serving.map((endpoint) => endpoint.pod));
        const leaving = selected.filter((pod) => names.has(pod.metadata.name));
        const inGrace =
          leaving.length > 0 && leaving.every((pod) => (timeOf(pod.metadata.deletionTimestamp) ?? 0) > now);
        const replaced = eligible.some((pod) => !isTerminating(pod));
        return [
          find("svc/only-terminating-endpoints", {
            severity: inGrace && replaced ? "info" : "warning",
            object,
            summary: `only pods that are being deleted still serve Service ${name} (${serving.length}); kube-proxy falls back to them`,
            evidence: [seen, ...why.slice(0, 5)],
            remedy: [
              kubectl(namespace, "get", "pods", "-l", selectorOf(service)),
              "# and see why no other pod is ready",
            ],
          }),
        ];
      }

      if (!podsRead && older !== undefined) {
        const idle = found.filter((endpoint) => !endpoint.ready);
        if (idle.length === 0) return [];
        return [
          find("svc/some-endpoints-not-ready", {
            // Without the pods nobody can say whether they merely start or a rollout exchanges them.
            confidence: "possible",
            object,
            summary: `${idle.length} of the ${found.length} endpoints of Service ${name} take no traffic`,
            evidence: [
              seen,
              ...idle.slice(0, 5).map(({ ip, pod }) => ({ k: pod === undefined ? ip : `pod ${pod}`, v: "not ready" })),
            ],
            remedy: [kubectl(namespace, "get", "pods", "-l", selectorOf(service), "-o", "wide")],
          }),
        ];
      }
      const meant = eligible.filter((pod) => !isTerminating(pod));
      const idle = meant.filter((pod) => !isReady(pod) && !serving.some((endpoint) => isOf(endpoint, pod)));
      if (idle.length === 0) return [];
      const deployments = itemsOr(wanted.deployments);
      const isYoung = (pod: Pod): boolean => (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle;
      const isRolling = (pod: Pod): boolean => isSurging(pod, meant, deployments, now);
      const unproven = clockIsLowerBound && idle.some((pod) => isYoung(pod) && !isRolling(pod));
      const excused = !unproven && idle.every((pod) => isYoung(pod) || isRolling(pod));
      return [
        find("svc/some-endpoints-not-ready", {
          severity: excused ? "info" : "warning",
          confidence: unproven ? "possible" : "certain",
          object,
          summary: `${idle.length} of the ${meant.length} pods of Service ${name} take no traffic${excused ? ": starting, or a rollout is in progress" : ""}`,
          evidence: [
            seen,
            ...(unproven ? [YOUTH_UNPROVEN] : []),
            ...idle.slice(0, 5).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: whyNotReady(pod) ?? "" })),
          ],
          remedy: [kubectl(namespace, "describe", "pod", idle[0]?.metadata.name ?? "")],
        }),
      ];
    });
  },
});

function selectorOf(service: Service): string {
  return Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function wrongFamily(service: Service, pod: Pod): boolean {
  const families = familiesOf(service);
  const ips = ipsOf(pod);
  return ips.length > 0 && ips.every((ip) => !families.includes(parseAddress(ip)?.family ?? 4));
}

/** Why this pod is no ready endpoint. */
function reasonOf(service: Service, pod: Pod, found: readonly Endpoint[], slicesMissing: boolean): string {
  if (isTerminal(pod)) return whyNotReady(pod) ?? "";
  const own = whyNotReady(pod);
  if (own !== undefined) return own;
  if (wrongFamily(service, pod)) return "ready, but without an address of the Service's IP family";
  if (slicesMissing) return "ready";
  const ips = ipsOf(pod);
  return found.some((endpoint) => ips.includes(endpoint.ip))
    ? "ready, but listed as not ready in the slice"
    : "ready, but in no slice";
}

/** By UID, or by name and address where a hand-made slice carries no UID. */
function isOf(endpoint: Endpoint, pod: Pod): boolean {
  if (endpoint.podUid !== undefined && pod.metadata.uid !== undefined) return endpoint.podUid === pod.metadata.uid;
  return (endpoint.pod ?? pod.metadata.name) === pod.metadata.name && ipsOf(pod).includes(endpoint.ip);
}
