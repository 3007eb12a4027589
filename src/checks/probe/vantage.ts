import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import type { VantageReport } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";

const POD_SECURITY = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";

const OTHER_PLACES = [
  "# from a namespace where such a pod may run (policies may treat it differently): --probe-namespace NAME",
  "# or without a test pod: --probe=exec --from POD (a running pod with curl), --probe=proxy, --probe=port-forward",
];

/** What became of the places from which requests were to be sent. Never says anything about the application. */
export const check = defineCheck({
  id: "probe/vantage",
  question: "Could requests be sent from inside the cluster?",
  hop: "client",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["vantages"],
  findings: {
    "probe/pod-create-forbidden": {
      severity: "info",
      title: "You may not create a test pod",
      explain:
        "--probe sends requests from a short-lived pod beside the application, which needs permission to create and delete pods (and to read their log) in the namespace. " +
        "Without it an ephemeral container (where you agree), the API server's proxy or port-forward is used, whichever is allowed; these do not go through the cluster IP, DNS or network policies as a client does. --probe=exec --from POD sends from a running pod.",
      docs: ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/"],
    },
    "probe/pod-admission-denied": {
      severity: "warning",
      title: "The cluster refuses the test pod",
      explain:
        "The test pod fulfils the Pod Security level `restricted` and has requests and limits, but a quota, a webhook or a policy of this cluster still refuses it. Nothing was created, and nothing follows from it about the application.",
      docs: [POD_SECURITY],
    },
    "probe/pod-not-started": {
      severity: "warning",
      title: "The test pod did not start",
      explain:
        "The test pod was admitted but gave no result: most often its image cannot be pulled (a cluster without access to docker.io) or no node takes it. It has been deleted again. Nothing follows from it about the application.",
      docs: ["https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/"],
    },
    "probe/leftover": {
      severity: "warning",
      title: "Test pods of earlier runs are still there",
      explain:
        "Test pods go away by themselves within two minutes where Jobs may be created. These are older and could not be deleted.",
      docs: [],
    },
  },
  run({ vantages }, find) {
    return vantages.flatMap((report): readonly Finding[] => {
      const { outcome, namespace } = report;
      const object = { kind: "Namespace", namespace: "", name: namespace };
      const evidence = [{ k: report.what, v: report.detail }];
      if (outcome === "forbidden" && isOurs(report))
        return [
          find("probe/pod-create-forbidden", {
            object,
            summary: `${report.what} cannot be created in namespace ${namespace}: you lack the permission`,
            evidence,
            remedy: [
              report.what.startsWith("test pod")
                ? kubectl(namespace, "auth", "can-i", "create", "pods")
                : kubectl(namespace, "auth", "can-i", "patch", "pods", "--subresource=ephemeralcontainers"),
              ...OTHER_PLACES,
            ],
          }),
        ];
      if (outcome === "denied")
        return [
          find("probe/pod-admission-denied", {
            object,
            summary: `the cluster refuses ${report.what} in namespace ${namespace}: ${reasonIn(report)}`,
            evidence,
            remedy: OTHER_PLACES,
          }),
        ];
      if (outcome === "not-started" || (outcome === "failed" && isOurs(report)))
        return [
          find("probe/pod-not-started", {
            object,
            summary: `${report.what} gave no result: ${firstLine(report.detail)}`,
            evidence,
            remedy: /image|pull/i.test(report.detail)
              ? [
                  "# name an image that the cluster can pull, with a shell and curl: --probe-image REGISTRY/curl:TAG",
                  "az acr import -n ACR --source docker.io/curlimages/curl:8.10.1",
                ]
              : [kubectl(namespace, "get", "events", "--sort-by=.lastTimestamp"), ...OTHER_PLACES],
          }),
        ];
      if (outcome === "leftover")
        return [
          find("probe/leftover", {
            object,
            summary: `${report.names.length} test pods or Jobs of earlier runs could not be deleted`,
            evidence: [{ k: "left", v: report.names.join(", ") }],
            remedy: [`kubectl netcheck cleanup -n ${namespace}`],
          }),
        ];
      return [];
    });
  },
});

/** Something that we make, unlike the API server's proxy or this machine. */
function isOurs({ what }: VantageReport): boolean {
  return what.startsWith("test pod") || what.startsWith("an ephemeral container");
}

function firstLine(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** The part of the message that names the reason: PodSecurity and quotas put the object's name before it. */
function reasonIn({ detail }: VantageReport): string {
  const match = /(violates PodSecurity.*|exceeded quota.*|admission webhook.*|ValidatingAdmissionPolicy.*)/s.exec(
    detail,
  );
  return firstLine(match?.[1] ?? detail);
}
