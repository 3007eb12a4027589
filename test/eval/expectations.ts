/**
 * What our findings should say of the broken cases, by the case's id: our reading of each case's truth, in our ids. A case is right when every one of its
 * questions is answered right. A case that is neither here nor in `OUT_OF_SCOPE` fails the evaluation: nobody has read its truth.
 */
export interface Question {
  /** The command line of a user, without `kubectl netcheck`; namespaces as the case names them. */
  readonly ask: string;
  /** One of these must be the first root finding. Empty: no root finding is an error. A flow (`policy`) is asked for its verdict and policy instead. */
  readonly first?: readonly string[];
  /** Each of these must be among the root findings too. */
  readonly also?: readonly string[];
  /** Ids, or beginnings of ids that end in `*`, which may not be said. */
  readonly never?: readonly string[];
  /** `deny POLICY`: what `policy` must answer. */
  readonly flow?: string;
  /** Text of the error for a target that is not there (exit code 2). */
  readonly says?: string;
}

/**
 * `files`: state is in the files, and the answer must be right from them. `cluster`: the files are an intent; they are applied to a real cluster, and
 * the answer must be right there. From the files alone such a case may be right or unknown, never wrong.
 */
export interface Expectation {
  readonly from: "files" | "cluster";
  readonly questions: readonly Question[];
}

const files = (...questions: readonly Question[]): Expectation => ({ from: "files", questions });
const cluster = (...questions: readonly Question[]): Expectation => ({ from: "cluster", questions });
const ask = (command: string, ...first: readonly string[]): Question => ({ ask: command, first });

export const EXPECTED: Readonly<Record<string, Expectation>> = {
  "aibench-probes": cluster(
    ask("svc webapp -n orders", "pod/readiness-probe-failing", "pod/liveness-kills", "pod/container-crash-loop"),
  ),
  "aibench-service-routing": cluster(ask("svc nginx -n web", "svc/selector-matches-nothing")),
  "holmes-10-imagepull": cluster(ask("pod deploy/customer-relations-webapp -n default", "pod/container-image-pull")),
  "holmes-11-init": cluster(ask("pod logging-agent -n default", "pod/container-create-error", "pod/init-failed")),
  "holmes-14-pending-gpu": cluster(ask("pod deploy/user-profile-resources -n default", "pod/unscheduled")),
  "holmes-42-dns-egress-deny": cluster(
    ask("svc nginx-service --from client -n test-ns-42a", "net/policy-denies-egress"),
    {
      ask: "policy --from client --to svc/nginx-service -n test-ns-42a",
      flow: "deny test-ns-42a/default-deny-egress",
    },
  ),
  "holmes-57-wrong-namespace": cluster({ ask: "pod deploy/video-streamer -n app-57", says: "test-57" }),
  "holmes-76-svc-selector": cluster(ask("svc backend-service -n namespace-76", "svc/selector-matches-nothing")),
  "holmes-80-pvc-sc": cluster(ask("pod sts/database -n namespace-80", "pod/unscheduled")),
  "holmes-82-antiaffinity": cluster(ask("pod deploy/silver-puffin -n namespace-82", "pod/unscheduled")),
  "holmes-83-secret": cluster(ask("pod deploy/database -n namespace-83", "pod/container-config-error")),
  "holmes-84-netpol": cluster({
    ask: "policy --from deploy/frontend --to svc/backend-service -n namespace-84",
    flow: "deny namespace-84/backend-network-policy",
  }),
  "k8sgpt-ingress-class-gce": files({
    ...ask("ingress gce -n default"),
    never: ["ingress/class-*"],
  }),
  "k8sgpt-ingress-class-non-existent-class": cluster(
    ask("ingress non-existent-class -n default", "ingress/class-not-found"),
  ),
  "k8sgpt-ingress-multi": cluster({
    ...ask("ingress test-ingress-multi -n default", "ingress/class-missing"),
    also: ["ingress/backend-service-missing", "ingress/tls-secret-missing"],
  }),
  "k8sgpt-ingress-resource-backend": cluster(
    ask("ingress test-ingress-resource-backend -n default", "ingress/class-missing"),
  ),
  "k8sgpt-service-leader-election": files({
    ...ask("svc test-service -n default"),
    never: ["svc/no-ready-endpoints", "svc/selector-matches-nothing"],
  }),
  "k8sgpt-service-no-endpoints": files(ask("svc test-service -n default", "svc/no-ready-endpoints")),
  "k8sgpt-service-notready": files(ask("svc test-service -n default", "svc/no-ready-endpoints")),
  "k8sgpt-service-notready-nil-targetref": files(ask("svc test-service -n default", "svc/no-ready-endpoints")),
  "kstatus-deployment-unavailable-replicas": files(
    ask("pod deploy/httpbin-deployment -n test1", "workload/unavailable"),
  ),
  "kstatus-pod-liveness-kill-137": files({
    ...ask("pod -A", "pod/liveness-kills", "pod/container-crash-loop"),
    never: ["pod/container-oom-killed"],
  }),
  "kstatus-pod-non-existing-image": files(ask("pod -A", "pod/container-image-pull")),
  "kstatus-pod-pending-nodeselector": files(ask("pod -A", "pod/unscheduled")),
  "kstatus-pod-probe-readiness-failing": files(ask("pod -A", "pod/readiness-probe-failing")),
  "kstatus-pod-readiness-gate": files(ask("pod -A", "pod/readiness-gate-unmet")),
  "kstatus-service-clusterip-with-no-endpoint": files(ask("svc test -n test1", "svc/no-ready-endpoints")),
  "kstatus-service-with-not-ready-addresses": files(ask("svc web -n test1", "svc/some-endpoints-not-ready")),
  "kubelinter-dangling-ingress": files(
    ask("ingress missing-service -n default", "ingress/backend-service-missing"),
    ask("ingress bad-port -n default", "ingress/backend-port-missing"),
    ...["dont-fire", "dont-fire-named-port", "dont-fire-defaultbackend", "dont-fire-resource"].map((name) => ({
      ...ask(`ingress ${name} -n default`),
      never: ["ingress/backend-*"],
    })),
  ),
  "kubelinter-dangling-service": cluster(
    ask("svc app1 -n default", "svc/selector-matches-nothing"),
    ask("svc app2 -n default", "svc/selector-matches-nothing"),
    { ...ask("svc dont-fire -n default"), never: ["svc/selector-*"] },
  ),
  "troubleshoot-message-pod-crashloop-backoff": files(
    ask("pod -A", "pod/container-crash-loop", "pod/container-create-error"),
  ),
};

const GATEWAY = "Gateway API has no command yet";
const ISTIO = "the mesh's own objects have no command yet";

/** Cases that are not scored, each with its reason. They are still read and judged: nothing may crash. */
export const OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  "gwapi-httproute-hostname-intersection": GATEWAY,
  "gwapi-httproute-invalid-cross-namespace-backend-ref": GATEWAY,
  "gwapi-httproute-reference-grant": GATEWAY,
  "kstatus-gateway-not-programmed": GATEWAY,
  "kstatus-gateway-tls-problems": GATEWAY,
  "popeye-httproutes": GATEWAY,
  "istio-deployment-multi-service": ISTIO,
  "istio-gateway-custom-ingressgateway-badport": ISTIO,
  "istio-gateway-no-workload": ISTIO,
  "istio-virtualservice_destinationhosts": ISTIO,
  "holmes-13a-nodeselector-live": "recorded text of kubectl describe, no object: netcheck reads objects",
  "kstatus-ingress-with-problems":
    "extensions/v1beta1, which left Kubernetes in 1.22; the Services and endpoints that its truth speaks of are not in the file",
  "kubelinter-invalid-target-ports": "no API server takes it (ports without a number, names too long)",
  "kubelinter-readiness-port":
    "no API server takes it (no name, no image), and three of its four `faults` are legal: declaring a port is optional",
  "popeye-netpol": "selectors of policies that match nothing: a linter's question, no flow is named",
  "popeye-services": "holds Endpoints only: the Services and pods of its truth are not in the file",
  "troubleshoot-default-unhealthy":
    "a status that no kubelet writes (phase CrashLoopBackOff on a pod that is Ready with a running container)",
  "troubleshoot-message-container-creating-failed-mount": "holds events only: the pod of its truth is not in the file",
  "troubleshoot-message-image-pull-fail": "holds events only: the pod of its truth is not in the file",
};

/** Warnings on healthy sets that are right, each with its reason. Any other fails the evaluation. */
export const RIGHT_WARNINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "ingress-nginx": {
    "ingress/duplicate-route":
      "examples that are alternatives lie in one folder and claim the same host and path: applied together, they do fight",
    "ingress/backend-service-missing":
      "the example leads to a Service of another project that is not among its files; said as possible, of manifests",
  },
};
