import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import type { Workload } from "../../model/groups.ts";
import { wantedReplicas } from "../../model/groups.ts";
import { type KubeEvent, type ReplicaSet, refOf } from "../../model/kube.ts";
import { ownerOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgeWorkloads, servicesOf, WORKLOAD_DOCS, WORKLOAD_LISTS, workloadName } from "./_judged.ts";

/** A failed creation longer ago than this may be history: controllers repeat what still fails, with growing pauses. */
const CREATE_FRESH = 10 * 60_000;

/** May the workload's controller create its pods? */
export const check = defineCheck({
  id: "workload/replica-failure",
  question: "Can the workload create its pods?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: [...WORKLOAD_LISTS, "events"],
  findings: {
    "workload/replica-failure": {
      severity: "error",
      title: "The pods cannot be created",
      explain:
        "The API server refuses the pods that the workload's controller wants to create: a quota is used up, Pod Security forbids them, an admission webhook denies them, or their service account does not exist. " +
        "There is then no pod to look at; the controller's message says why.",
      docs: [
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
        ...WORKLOAD_DOCS,
      ],
    },
  },
  run({ scope, wanted, now }, find) {
    return judgeWorkloads(scope, wanted, (workload) => {
      const { desired, existing } = counts(workload);
      if (desired <= existing) return [];
      const message = failureMessage(workload);
      if (message === undefined) return [];
      const { cause, remedy } = advice(message, workload.metadata.namespace);
      return [
        find("workload/replica-failure", {
          object: refOf(workload, "status.conditions[ReplicaFailure]"),
          summary: `${workloadName(workload)} has ${existing} of ${desired} pods because they cannot be created: ${cause}`,
          evidence: [
            { k: "pods", v: `${existing} of ${desired}` },
            ...servicesOf(scope, workload),
            { k: "message", v: redact(message) },
          ],
          remedy: [
            ...remedy,
            kubectl(workload.metadata.namespace, "describe", workload.kind.toLowerCase(), workload.metadata.name),
          ],
        }),
      ];
    });

    function failureMessage(workload: Workload): string | undefined {
      const condition = (workload.status as Conditioned | undefined)?.conditions?.find(
        (one) => one.type === "ReplicaFailure" && one.status === "True",
      );
      if (condition !== undefined) return condition.message ?? condition.reason ?? "ReplicaFailure";
      const events = itemsOr(wanted.events);
      const makers: readonly (Workload | ReplicaSet)[] = [
        workload,
        ...itemsOr(wanted.replicaSets).filter(
          (set) =>
            workload.kind === "Deployment" &&
            ownerOf(set)?.uid !== undefined &&
            ownerOf(set)?.uid === workload.metadata.uid,
        ),
      ];
      return makers.flatMap((maker) => failedCreate(eventsOf(events, maker)) ?? [])[0];
    }

    /** The newest failure, unless a pod was created after it. */
    function failedCreate(events: readonly KubeEvent[]): string | undefined {
      const failed = newest(events, ["FailedCreate"], now - CREATE_FRESH);
      const worked = newest(events, ["SuccessfulCreate"]);
      if (failed === undefined || (worked !== undefined && eventTime(worked) > eventTime(failed))) return undefined;
      return failed.message ?? "FailedCreate";
    }
  },
});

interface Conditioned {
  readonly conditions?: readonly {
    readonly type?: string;
    readonly status?: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

function counts(workload: Workload): { readonly desired: number; readonly existing: number } {
  const status = workload.status as
    | { readonly replicas?: number; readonly desiredNumberScheduled?: number; readonly currentNumberScheduled?: number }
    | undefined;
  return workload.kind === "DaemonSet"
    ? { desired: status?.desiredNumberScheduled ?? 0, existing: status?.currentNumberScheduled ?? 0 }
    : { desired: wantedReplicas(workload) ?? 0, existing: status?.replicas ?? 0 };
}

function advice(message: string, namespace: string): { readonly cause: string; readonly remedy: readonly string[] } {
  if (/exceeded quota/i.test(message)) {
    const quota = /exceeded quota: ([^,\s]+)/i.exec(message)?.[1] ?? "a quota";
    return {
      cause: `quota ${quota} is used up`,
      remedy: [kubectl(namespace, "describe", "resourcequota"), "# raise the quota, or ask for less"],
    };
  }
  if (/violates PodSecurity/i.test(message)) {
    const level = /violates PodSecurity "([^"]+)"/i.exec(message)?.[1] ?? "";
    return {
      cause: `Pod Security ${level} forbids them`,
      remedy: [
        kubectl("", "get", "namespace", namespace, "--show-labels"),
        "# give the pod template the security context that the message asks for",
      ],
    };
  }
  if (/admission webhook/i.test(message)) {
    const webhook = /admission webhook "([^"]+)"/i.exec(message)?.[1] ?? "a webhook";
    return {
      cause: `webhook ${webhook} denies them`,
      remedy: ["# mend what the webhook complains about; its rules are its owner's"],
    };
  }
  if (/failed calling webhook/i.test(message)) {
    const webhook = /failed calling webhook "([^"]+)"/i.exec(message)?.[1] ?? "a webhook";
    return {
      cause: `webhook ${webhook} does not answer`,
      remedy: [kubectl("", "get", "validatingwebhookconfigurations,mutatingwebhookconfigurations")],
    };
  }
  const account = /serviceaccount "([^"]+)" not found/i.exec(message)?.[1];
  if (account !== undefined) {
    return {
      cause: `service account ${account} does not exist`,
      remedy: [kubectl(namespace, "create", "serviceaccount", account)],
    };
  }
  const line = redact(message.split("\n")[0] ?? "");
  return { cause: line.length > 160 ? `${line.slice(0, 159)}…` : line, remedy: [] };
}
