/** `--from`: which client the user asks about, and what policies see of it. */
import { UserError } from "../errors.ts";
import type { FlowSource } from "../model/check.ts";
import type { Labels } from "../model/kube.ts";
import { isTerminal } from "../model/pods.ts";
import { kubectl } from "../model/shell.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { type EndpointRef, parseEndpoint } from "../policy/endpoints.ts";

/** Reads the text of `--from`; what is written without a namespace is of `namespace`. Throws UserError for what names no client. */
export function clientRef(text: string, namespace: string): EndpointRef {
  const ref = parseEndpoint(text, namespace);
  if (ref !== undefined) return ref;
  throw new UserError(`--from ${text} is neither POD, TYPE/NAME, with or without NS/ before it, nor an IP address`, [
    "--from client, --from shop/client, --from deploy/client or --from shop/deploy/client",
  ]);
}

/**
 * The source of the flows that are judged; undefined when none was named. An address that is a pod's is that pod. Throws UserError when the
 * pod does not exist or may not be read: without its labels nothing can be said about it.
 */
export function sourceOf({ from }: TargetRequest, snapshot: Snapshot): FlowSource | undefined {
  if (from === undefined) return undefined;
  const { sourcePods } = snapshot.collections;
  // A host-network pod speaks with its node's address, which stands for the node; a finished one gave its address back.
  const pod = itemsOr(sourcePods).find(
    (each) => from.kind === "pod" || (each.spec?.hostNetwork !== true && !isTerminal(each)),
  );
  if (pod === undefined && from.kind === "ip") return from;
  if (pod === undefined && from.kind === "pod") {
    const { namespace, name } = from;
    if (sourcePods.state === "unavailable") {
      throw new UserError(`cannot read the source pod "${name}" in namespace "${namespace}": ${sourcePods.detail}`, [
        kubectl(namespace, "auth", "can-i", "get", "pods"),
      ]);
    }
    throw new UserError(`source pod "${name}" not found in namespace "${namespace}"`, [
      kubectl(namespace, "get", "pods", "--show-labels"),
    ]);
  }
  if (pod === undefined) return undefined;
  const { podIP } = pod.status ?? {};
  const { nodeName, hostNetwork } = pod.spec ?? {};
  return {
    kind: "pod",
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    labels: (pod.metadata.labels ?? {}) as Labels,
    ...(podIP === undefined ? {} : { ip: podIP }),
    ...(nodeName === undefined ? {} : { node: nodeName }),
    hostNetwork: hostNetwork === true,
  };
}
