import { type Endpoint, mergeSlices, slicesOf, usableForPort } from "../endpoints.ts";
import type { EndpointSlice, Service, ServicePort } from "../kube.ts";
import { targetPortOf } from "../ports.ts";
import type { PathReading } from "./routes.ts";

/**
 * The Service port that a backend names, by number or by name; undefined when there is none. A number given as text (`"80"`) is a name.
 * Source: networking/v1 ServiceBackendPort.
 */
export function portOf(service: Service, port: number | string | undefined): ServicePort | undefined {
  return (service.spec?.ports ?? []).find((one) => (typeof port === "number" ? one.port === port : one.name === port));
}

/**
 * The port that the controller really uses: ingress-nginx takes a targetPort too. Source: ingress-nginx controller.go serviceEndpoints.
 */
export function portUsed(
  service: Service,
  port: number | string | undefined,
  reading: PathReading,
): ServicePort | undefined {
  const tolerated =
    reading === "ingress-nginx" ? (service.spec?.ports ?? []).find((one) => targetPortOf(one) === port) : undefined;
  return portOf(service, port) ?? tolerated;
}

/** The endpoints that take a backend's requests. */
export function endpointsOf(
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
): readonly Endpoint[] {
  return usableForPort(mergeSlices(slicesOf(service, slices)), port.name);
}
