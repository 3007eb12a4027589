import { containerFacts } from "../../model/containers.ts";
import type { Pod } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";

interface Advice {
  readonly cause: string;
  readonly remedy: readonly string[];
}

/** The cause in a FailedCreatePodSandBox or NetworkNotReady message, and what to do. */
export function sandboxRemedy(message: string, pod: Pod): Advice {
  const node = pod.spec?.nodeName ?? "<NODE>";
  if (
    /no available ip|failed to allocate|no free ip|exhausted|not enough ip|no ip addresses? available/i.test(message)
  ) {
    return {
      cause: "no free pod address is left",
      remedy: [
        "# the subnet of the node pool, or the node's share of it, is used up",
        "az network vnet subnet show --ids <POD_SUBNET_ID> --query '{prefix:addressPrefix,used:length(ipConfigurations)}'",
        "az aks nodepool show --resource-group <RESOURCE_GROUP> --cluster-name <CLUSTER> --name <NODEPOOL> --query '{podSubnet:podSubnetId,maxPods:maxPods}'",
      ],
    };
  }
  if (
    /cni (plugin|config) (not initialized|uninitialized)|network plugin is not ready|NetworkPluginNotReady/i.test(
      message,
    )
  ) {
    return {
      cause: "the network plugin is not ready on that node",
      remedy: [
        kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${node}`),
        kubectl("", "describe", "node", node),
      ],
    };
  }
  return {
    cause: lastWords(message) || "the container runtime could not create its sandbox",
    remedy: [
      kubectl(pod.metadata.namespace, "describe", "pod", pod.metadata.name),
      kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${node}`),
    ],
  };
}

/** The cause in a FailedMount or FailedAttachVolume message, and what to do. */
export function volumeRemedy(message: string, pod: Pod): Advice {
  const { namespace } = pod.metadata;
  const missing = /(secret|configmap)s? "([^"]+)" not found/i.exec(message);
  if (missing?.[1] !== undefined && missing[2] !== undefined) {
    const kind = missing[1].toLowerCase();
    const what = kind === "secret" ? "Secret" : "ConfigMap";
    return {
      cause: `${what} ${missing[2]} does not exist`,
      remedy: [
        kubectl(namespace, "get", kind),
        `# create ${what} ${missing[2]} in namespace ${namespace}, or mend the name in spec.volumes`,
      ],
    };
  }
  const unbound = /persistentvolumeclaims? "([^"]+)" (?:not found|is not bound)/i.exec(message)?.[1];
  if (unbound !== undefined) {
    return {
      cause: `claim ${unbound} is missing or not bound`,
      remedy: [kubectl(namespace, "describe", "pvc", unbound)],
    };
  }
  if (/references non-existent (?:secret|config) key/i.test(message)) {
    return {
      cause: lastWords(message),
      remedy: [kubectl(namespace, "get", "secret,cm"), "# add the key, or mend spec.volumes[].items"],
    };
  }
  if (/multi-attach/i.test(message)) {
    return {
      cause: "its disk is still attached to another node",
      remedy: [
        kubectl("", "get", "volumeattachments"),
        "# a ReadWriteOnce disk serves one node: wait until the old pod is gone, or delete it",
      ],
    };
  }
  return {
    cause: lastWords(message) || "it cannot be mounted",
    remedy: [kubectl(namespace, "get", "secret,cm,pvc"), kubectl(namespace, "describe", "pod", pod.metadata.name)],
  };
}

/** The end of the first line, at most 160 characters: Go writes `failed to …: failed to …: cause`, so the cause stands last. */
export function lastWords(message: string): string {
  const line = message.split("\n")[0]?.trim() ?? "";
  return line.length <= 160 ? line : `…${line.slice(-159)}`;
}

/**
 * Whether the kubelet is still preparing: what waits, waits for creation only. Containers behind a running or failed init, or behind a sidecar
 * that has not started, wait too, but then that one is the story. Beside a container that runs already another may still be pulled.
 */
export function isBeingCreated(pod: Pod): boolean {
  const reported = containerFacts(pod).flatMap(({ role, status }) =>
    status?.state === undefined ? [] : [{ role, started: status.started === true, state: status.state }],
  );
  const preparing = (reason: string | undefined): boolean =>
    reason === undefined || reason === "ContainerCreating" || reason === "PodInitializing";
  const runs = reported.filter(({ state }) => state.running !== undefined);
  return (
    (runs.length === 0 || runs.length < reported.length) &&
    runs.every(({ role, started }) => role === "app" || (role === "sidecar" && started)) &&
    reported.every(
      ({ state }) =>
        preparing(state.waiting?.reason) && (state.terminated === undefined || state.terminated.exitCode === 0),
    )
  );
}
