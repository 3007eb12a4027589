/** `--from deploy/web`: which pod stands in for a workload or a Service. */
import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import type { Pod } from "../model/kube.ts";
import { isReady, isTerminating } from "../model/pods.ts";
import { kubectl, sh } from "../model/shell.ts";
import type { SourceRequest } from "../model/target.ts";
import { Asker } from "./policy/asker.ts";
import { livePodsOf, type Owner, unreadOf } from "./policy/ends.ts";
import { findObjects } from "./policy/objects.ts";

export interface StandIn {
  readonly request: SourceRequest;
  /** For the user: which pod it is, and of how many. */
  readonly told: string;
}

/**
 * One running pod of `ref`, which the user wrote as `text`: one that is ready where there is one, the first by name. Pods of one template are the same to
 * policies; where they differ (a rollout, a Service over several workloads) the answer holds for the pod that it names. Throws UserError when none runs or
 * they may not be read.
 */
export async function standIn(text: string, ref: Owner, source: ClusterSource): Promise<StandIn> {
  if (ref.type === "Node")
    throw new UserError(`--from ${text} is a node, and no pod stands for it`, [
      `for the flows of a node: kubectl netcheck policy --from ${sh(text)} --to …`,
    ]);
  const { namespace, name, type } = ref;
  const found = await findObjects(new Asker(source), [ref]);
  const live = livePodsOf(found, ref);
  const running = live.filter((pod) => pod.status?.phase === "Running" && !isTerminating(pod)).toSorted(byName);
  const chosen = running.find(isReady) ?? running[0];
  if (chosen !== undefined) {
    const pod = `${namespace}/${chosen.metadata.name}`;
    const others = running.length === 1 ? "the only one that runs" : `one of ${running.length} that run`;
    return {
      request: { kind: "pod", namespace, name: chosen.metadata.name },
      told: `--from ${text}: pod ${pod} stands for it, ${others}`,
    };
  }
  const why = unreadOf(found, ref);
  if (live.length === 0 && why !== undefined)
    throw new UserError(`cannot read the pods of ${type} "${name}" in namespace "${namespace}": ${why}`, [
      kubectl(namespace, "auth", "can-i", "list", "pods"),
    ]);
  const isKnown = live.length > 0 || [...found.workloads.values(), ...found.services.values()].length > 0;
  if (!isKnown)
    throw new UserError(`${type} "${name}" of --from not found in namespace "${namespace}"`, [
      kubectl(namespace, "get", `${type.toLowerCase()}s`),
    ]);
  throw new UserError(`no pod of ${type} "${name}" in namespace "${namespace}" runs, so none can be the client`, [
    ...(type === "Service"
      ? []
      : [
          `by its pod template: kubectl netcheck policy --from ${sh(`${namespace}/${type.toLowerCase()}/${name}`)} --to …`,
        ]),
  ]);
}

function byName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
