/**
 * What our findings should say of the broken cases, by the case's id: our reading of each case's truth, in our ids. `out` names what keeps a case out of
 * scope. A case that is not here is judged for crashes alone.
 */
export interface Expectation {
  /** One of these must be among the root findings. Empty: nothing may be reported as an error. */
  readonly anyOf: readonly string[];
  /** The fault shows in live state only (status, endpoints, events): on bare manifests `unknown` is the right answer. */
  readonly live?: true;
}

const LIVE = { live: true } as const;

export const EXPECTED: Readonly<Record<string, Expectation>> = {
  "aibench-probes": { anyOf: ["pod/readiness-probe-failing", "pod/liveness-kills"], ...LIVE },
  "aibench-service-routing": { anyOf: ["svc/selector-matches-nothing"], ...LIVE },
  "holmes-10-imagepull": { anyOf: ["pod/container-image-pull"], ...LIVE },
  "holmes-11-init": { anyOf: ["pod/init-failed"], ...LIVE },
  "holmes-13a-nodeselector-live": { anyOf: ["pod/unscheduled"], ...LIVE },
  "holmes-14-pending-gpu": { anyOf: ["pod/unscheduled"], ...LIVE },
  "holmes-57-wrong-namespace": { anyOf: [], ...LIVE },
  "holmes-76-svc-selector": { anyOf: ["svc/selector-matches-nothing"], ...LIVE },
  "holmes-80-pvc-sc": { anyOf: ["pod/unscheduled", "pod/volume-blocked"], ...LIVE },
  "holmes-82-antiaffinity": { anyOf: ["pod/unscheduled"], ...LIVE },
  "holmes-83-secret": { anyOf: ["pod/container-config-error"], ...LIVE },
  "holmes-84-netpol": { anyOf: ["net/policy-denies-ingress"], ...LIVE },
  "holmes-42-dns-egress-deny": { anyOf: ["net/policy-denies-dns"], ...LIVE },
  "k8sgpt-ingress-class-gce": { anyOf: [] },
  "k8sgpt-ingress-class-non-existent-class": { anyOf: ["ingress/class-not-found"], ...LIVE },
  "k8sgpt-ingress-multi": {
    anyOf: ["ingress/class-missing", "ingress/backend-service-missing", "ingress/tls-secret-missing"],
    ...LIVE,
  },
  "k8sgpt-ingress-resource-backend": { anyOf: ["ingress/class-missing"], ...LIVE },
  "k8sgpt-service-leader-election": { anyOf: [] },
  "k8sgpt-service-no-endpoints": { anyOf: ["svc/no-ready-endpoints", "svc/selector-matches-nothing"], ...LIVE },
  "k8sgpt-service-notready": { anyOf: ["svc/no-ready-endpoints"], ...LIVE },
  "k8sgpt-service-notready-nil-targetref": { anyOf: ["svc/no-ready-endpoints"], ...LIVE },
  "kstatus-deployment-unavailable-replicas": { anyOf: ["workload/unavailable", "workload/rollout-stuck"] },
  "kstatus-ingress-with-problems": { anyOf: ["ingress/backend-service-missing"], ...LIVE },
  "kstatus-pod-liveness-kill-137": {
    anyOf: ["pod/liveness-kills", "pod/container-restarting", "pod/container-crash-loop"],
  },
  "kstatus-pod-non-existing-image": { anyOf: ["pod/container-image-pull"] },
  "kstatus-pod-pending-nodeselector": { anyOf: ["pod/unscheduled"] },
  "kstatus-pod-probe-readiness-failing": { anyOf: ["pod/readiness-probe-failing", "pod/not-ready"] },
  "kstatus-pod-readiness-gate": { anyOf: ["pod/readiness-gate-unmet"] },
  "kstatus-service-clusterip-with-no-endpoint": {
    anyOf: ["svc/no-ready-endpoints", "svc/selector-matches-nothing"],
    ...LIVE,
  },
  "kstatus-service-with-not-ready-addresses": { anyOf: ["svc/some-endpoints-not-ready"], ...LIVE },
  "kubelinter-dangling-ingress": {
    anyOf: ["ingress/backend-service-missing", "ingress/backend-port-missing"],
    ...LIVE,
  },
  "kubelinter-dangling-service": { anyOf: ["svc/selector-matches-nothing"], ...LIVE },
  "kubelinter-invalid-target-ports": { anyOf: ["svc/target-port-name-unresolved"], ...LIVE },
  "kubelinter-readiness-port": { anyOf: ["pod/probe-port-name-missing"], ...LIVE },
  "popeye-services": { anyOf: ["svc/no-ready-endpoints", "svc/selector-matches-nothing"], ...LIVE },
  "troubleshoot-default-unhealthy": {
    anyOf: ["pod/container-crash-loop", "pod/container-image-pull", "pod/not-ready", "pod/unscheduled"],
    ...LIVE,
  },
  "troubleshoot-message-container-creating-failed-mount": { anyOf: ["pod/volume-blocked"] },
  "troubleshoot-message-image-pull-fail": { anyOf: ["pod/container-image-pull"] },
  "troubleshoot-message-pod-crashloop-backoff": { anyOf: ["pod/container-crash-loop", "pod/container-create-error"] },
};

/** Kinds of cases that this tool does not judge. */
export const OUT_OF_SCOPE = /^(gwapi|istio|kstatus-gateway|popeye-(httproutes|netpol))/;
