import type { ConfigMap } from "../kube.ts";
import { controllerContainer, type FoundController } from "./found.ts";

/** The ConfigMap of `--configmap=NS/NAME`, when it was read. */
export function configMapOf(controller: FoundController, maps: readonly ConfigMap[]): ConfigMap | undefined {
  const [namespace, name] = (controller.flags.get("configmap") ?? "").split("/");
  return maps.find((one) => one.metadata.namespace === namespace && one.metadata.name === name);
}

/** The version of an ingress-nginx from its image's tag, as major × 1000 + minor (`v1.9.4` is 1009); undefined for other tags. */
export function nginxVersion(controller: FoundController): number | undefined {
  const pod = controller.pods[0];
  const image = pod === undefined ? undefined : controllerContainer(pod, controller.kind)?.image;
  const [, major, minor] = /:v?(\d+)\.(\d+)(?:\.\d+)?(?:[-@].*)?$/.exec(image ?? "") ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 1000 + Number(minor);
}
