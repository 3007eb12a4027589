import type { Workload } from "../../model/groups.ts";
import { wantedReplicas } from "../../model/groups.ts";
import type { LabelSelector, Labels, Service } from "../../model/kube.ts";
import { ownerOf } from "../../model/pods.ts";
import { matchesPairs } from "../../model/selectors.ts";

/** A workload whose pod template carries every pair of a Service's selector. */
export interface Maker {
  /** `Deployment/web`. */
  readonly name: string;
  readonly workload: Workload;
  /** Pods that it wants; for a DaemonSet what its status says, undefined without one. */
  readonly replicas: number | undefined;
  /** Whether a controller has ever written its status. A manifest has none. */
  readonly live: boolean;
}

interface TemplateSpec {
  readonly selector?: LabelSelector;
  readonly template?: { readonly metadata?: { readonly labels?: Labels } };
}

/** The labels of a workload's pod template. */
export function templateLabels(workload: Workload): Labels {
  return (workload.spec as TemplateSpec | undefined)?.template?.metadata?.labels ?? {};
}

/**
 * The workloads of the Service's namespace whose pods it would select, by name. A ReplicaSet counts only when it stands alone: those
 * of a Deployment are its revisions, old ones kept at 0 replicas on purpose.
 */
export function makersOf(service: Service, workloads: readonly Workload[]): readonly Maker[] {
  const pairs = Object.entries(service.spec?.selector ?? {});
  return workloads
    .filter(
      (workload) =>
        workload.metadata.namespace === service.metadata.namespace &&
        (workload.kind !== "ReplicaSet" || ownerOf(workload) === undefined) &&
        matchesPairs(pairs, templateLabels(workload)),
    )
    .map((workload): Maker => {
      const status = workload.status as
        | { readonly desiredNumberScheduled?: number; readonly observedGeneration?: number }
        | undefined;
      return {
        name: `${workload.kind}/${workload.metadata.name}`,
        workload,
        replicas: workload.kind === "DaemonSet" ? status?.desiredNumberScheduled : wantedReplicas(workload),
        live: Object.keys(status ?? {}).length > 0 || workload.metadata.uid !== undefined,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
