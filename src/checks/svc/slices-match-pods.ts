import { defineCheck } from "../../model/check.ts";
import { type Endpoint, expectedEndpoints, hasSelector, mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Pod } from "../../model/kube.ts";
import { ageOf, hasStatus, ipsOf, isTerminal, quietFor, timeOf } from "../../model/pods.ts";
import { selectedPods } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { ENDPOINT_SLICES, forEachService, onlyExternalNames, unreadable, YOUTH_UNPROVEN } from "./_shared.ts";

/**
 * The slices against what the pods call for. Slices and pods are listed a moment apart, so a difference counts only when it is proven to be
 * older than the controller's lag; without a proof nothing is said.
 */
export const check = defineCheck({
  id: "svc/slices-match-pods",
  question: "Do the EndpointSlices say what the pods call for?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices", "pods"],
  wants: ["nodes"],
  findings: {
    "svc/endpoint-missing": {
      severity: "warning",
      title: "A ready pod is missing in the EndpointSlices",
      explain:
        "The pod is selected, has an address and has been ready for more than a minute, but no slice lists it as ready. The EndpointSlice controller writes that within a second, so it is stuck, overloaded or not running.",
      docs: [ENDPOINT_SLICES],
    },
    "svc/endpoint-stale": {
      severity: "warning",
      title: "An EndpointSlice lists a pod that is gone",
      explain:
        "A slice lists an address as ready whose pod no longer exists, or has ended, for more than a minute. A share of the connections goes there and fails. The EndpointSlice controller should have removed it within a second.",
      docs: [ENDPOINT_SLICES],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, pods, now, clockIsLowerBound, settings, wanted }, find) {
    const nodes = wanted.nodes.state === "ok" ? wanted.nodes.items : undefined;
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const selected = selectedPods(service, pods);
      if (selected.length > 0 && !selected.some(hasStatus)) return { unknown: "the pods carry no status" };
      const young = (ageOf(service.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.statusLag;
      if (young && !clockIsLowerBound) return [];
      const { namespace, name } = service.metadata;
      const slices = slicesOf(service, endpointSlices);
      const found = mergeSlices(slices);
      const settled = (pod: Pod | undefined): boolean =>
        pod !== undefined && (quietFor(pod, now) ?? 0) > settings.statusLag;
      const byKey = new Map(selected.map((pod) => [pod.metadata.name, pod]));

      const missing = expectedEndpoints(service, selected, nodes)
        .endpoints.filter((endpoint) => endpoint.ready && (clockIsLowerBound || settled(byKey.get(endpoint.pod ?? ""))))
        .filter(
          (endpoint) => !found.some((other) => other.ip === endpoint.ip && other.ready && sameUid(other, endpoint)),
        )
        .toSorted(byPodAndIp);
      const dead = usable(found).length === 0;
      const missed = [...new Set(missing.map((endpoint) => endpoint.pod))].slice(0, 5).map((podName) => {
        const endpoint = missing.find((one) => one.pod === podName);
        const listedAs = found.find((other) => other.ip === endpoint?.ip);
        const unproven = young || !settled(byKey.get(podName ?? ""));
        return find("svc/endpoint-missing", {
          severity: dead ? "error" : "warning",
          // Without the nodes it cannot be told from a pod whose node is gone, which the controller leaves out.
          confidence: nodes === undefined || unproven ? "possible" : "certain",
          object: { kind: "Pod", namespace, name: podName ?? "" },
          summary: `ready pod ${podName} is ${listedAs === undefined ? "missing in the EndpointSlices" : "not listed as ready"} of Service ${name}`,
          evidence: [
            { k: "address", v: endpoint?.ip ?? "" },
            ...(unproven ? [YOUTH_UNPROVEN] : []),
            {
              k: "listed",
              v:
                listedAs === undefined
                  ? "no"
                  : `in ${listedAs.slice}, ready ${listedAs.ready}, uid ${listedAs.podUid ?? "none"}`,
            },
            ...(nodes === undefined
              ? [
                  {
                    k: "not verified",
                    v: `${unreadable("nodes", wanted.nodes) ?? "nodes were not read"}: whether the pod's node exists`,
                  },
                ]
              : []),
          ],
          remedy: [
            "# the EndpointSlice controller lags or is down; look at the control plane:",
            "kubectl get --raw '/readyz?verbose'",
            kubectl(namespace, "get", "endpointslices", "-l", `kubernetes.io/service-name=${name}`, "-o", "yaml"),
          ],
        });
      });

      // A slice that misses a pod for so long is behind altogether: then an address without a pod is no race either.
      const behind =
        nodes !== undefined && !young && missing.some((endpoint) => settled(byKey.get(endpoint.pod ?? "")));
      const stale = found
        .filter(
          (endpoint) => endpoint.pod !== undefined && endpoint.ready && !endpoint.terminating && ours(endpoint, slices),
        )
        .flatMap((endpoint) => {
          const why = whyStale(endpoint, selected, settled, behind, now, settings.statusLag);
          return why === undefined ? [] : [{ endpoint, why }];
        })
        .toSorted((a, b) => byPodAndIp(a.endpoint, b.endpoint));
      return [
        ...missed,
        ...stale.slice(0, 5).map(({ endpoint, why }) =>
          find("svc/endpoint-stale", {
            object: { kind: "EndpointSlice", namespace, name: endpoint.slice, path: "endpoints" },
            summary: `EndpointSlice ${endpoint.slice} still sends traffic of Service ${name} to ${endpoint.ip}: ${why}`,
            evidence: [
              { k: "address", v: endpoint.ip },
              { k: "targetRef", v: `${endpoint.pod}, uid ${endpoint.podUid ?? "none"}` },
            ],
            remedy: [
              "# the EndpointSlice controller lags or is down (deleting the slice while it is down would take away all endpoints); look at the control plane:",
              "kubectl get --raw '/readyz?verbose'",
              kubectl(namespace, "get", "endpointslice", endpoint.slice, "-o", "yaml"),
            ],
          }),
        ),
      ];
    });
  },
});

function sameUid(listed: Endpoint, wanted: Endpoint): boolean {
  return listed.podUid === undefined || wanted.podUid === undefined || listed.podUid === wanted.podUid;
}

function byPodAndIp(a: Endpoint, b: Endpoint): number {
  const [x, y] = [`${a.pod} ${a.ip}`, `${b.pod} ${b.ip}`];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Slices of other managers follow rules of their own. */
function ours(endpoint: Endpoint, slices: ReturnType<typeof slicesOf>): boolean {
  const slice = slices.find((one) => one.metadata.name === endpoint.slice);
  return slice?.metadata.labels?.["endpointslice.kubernetes.io/managed-by"] === "endpointslice-controller.k8s.io";
}

/** Why this address is provably out of date; undefined when it is right, or may be a race between two lists. */
function whyStale(
  endpoint: Endpoint,
  pods: readonly Pod[],
  settled: (pod: Pod | undefined) => boolean,
  behind: boolean,
  now: number,
  lag: number,
): string | undefined {
  const pod = pods.find((one) =>
    endpoint.podUid === undefined || one.metadata.uid === undefined
      ? one.metadata.name === endpoint.pod
      : one.metadata.uid === endpoint.podUid,
  );
  if (pod !== undefined) {
    if (isTerminal(pod) && settled(pod)) return `pod ${endpoint.pod} has ended`;
    if (!isTerminal(pod) && ipsOf(pod).length > 0 && !ipsOf(pod).includes(endpoint.ip) && settled(pod))
      return `pod ${endpoint.pod} has the address ${ipsOf(pod).join(", ")} now`;
    return undefined;
  }
  const successor = pods.find((one) => one.metadata.name === endpoint.pod);
  if (successor !== undefined) {
    const since = timeOf(successor.metadata.creationTimestamp);
    return since !== undefined && now - since > lag
      ? `pod ${endpoint.pod} was made anew and has another uid`
      : undefined;
  }
  // Pods on the host network share their node's address.
  const holder = pods.find((one) => one.spec?.hostNetwork !== true && ipsOf(one).includes(endpoint.ip));
  if (holder !== undefined && settled(holder)) return `the address belongs to pod ${holder.metadata.name} now`;
  return behind ? `pod ${endpoint.pod} does not exist, or is not selected any more` : undefined;
}
