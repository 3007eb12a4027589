import type { Service } from "../kube.ts";
import { selects } from "../selectors.ts";
import type { FoundController } from "./found.ts";

/**
 * The Services through which requests reach a controller: the one of `--publish-service`, else those that select its pods. LoadBalancer and
 * NodePort ones come before plain ones, which are taken only when there is nothing else: the plain ones of an exposed controller are for its webhook
 * and its metrics.
 */
export function exposingServices(controller: FoundController, services: readonly Service[]): readonly Service[] {
  const [namespace, name] = (controller.flags.get("publish-service") ?? "").split("/");
  const published = services.filter(
    (service) => service.metadata.namespace === namespace && service.metadata.name === name,
  );
  if (published.length > 0) return published;
  const selecting = services.filter((service) => controller.pods.some((pod) => selects(service, pod)));
  const exposed = selecting.filter((service) => ["LoadBalancer", "NodePort"].includes(service.spec?.type ?? ""));
  if (exposed.length > 0) return exposed;
  return selecting.filter((service) => !/(admission|webhook|metrics|telemetry)$/.test(service.metadata.name));
}

/** The Services in front of the controller's admission webhook, by the names that Helm charts and manifests give them. */
export function admissionServices(controller: FoundController, services: readonly Service[]): readonly Service[] {
  return services.filter(
    ({ metadata }) =>
      metadata.namespace === controller.namespace && /-(admission|validating-webhook)$/.test(metadata.name),
  );
}
