import type { Pod, ServicePort } from "./kube.ts";
import { longRunning } from "./pods.ts";

/** A service port's targetPort as the API server stores it: absent means "the same number as port". */
export function targetPortOf(port: ServicePort): number | string {
  return port.targetPort ?? port.port ?? 0;
}

/** The port's protocol; the API's default is TCP. */
export function protocolOf(port: { readonly protocol?: string }): string {
  return port.protocol ?? "TCP";
}

/** `80/TCP→http`, or `http 80/TCP→8080` when named. */
export function describePort(port: ServicePort): string {
  const name = port.name === undefined || port.name === "" ? "" : `${port.name} `;
  return `${name}${port.port ?? "?"}/${protocolOf(port)}→${targetPortOf(port)}`;
}

/** A declared container port with the container that declares it. */
export interface DeclaredPort {
  readonly container: string;
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: string;
}

/** All ports declared by the pod's app containers and sidecars, in search order. Declaring ports is optional. */
export function declaredPorts(pod: Pod): readonly DeclaredPort[] {
  return longRunning(pod).flatMap((container) =>
    (container.ports ?? []).map((port) => ({
      container: container.name ?? "",
      name: port.name,
      number: port.containerPort ?? 0,
      protocol: protocolOf(port),
    })),
  );
}

/**
 * The pod's port number for a service port, or undefined: an integer targetPort is taken as it is (no containerPort needs to be
 * declared); a name must be declared, with the same protocol, by an app container or a sidecar, never by a plain init container.
 * Source: endpointslice `FindPort`.
 */
export function findPort(pod: Pod, port: ServicePort): number | undefined {
  const target = targetPortOf(port);
  if (typeof target === "number") return target;
  return declaredPorts(pod).find((declared) => declared.name === target && declared.protocol === protocolOf(port))
    ?.number;
}

/** The service port meant by `--port`: by number, or by name. */
export function matchesPortArgument(port: ServicePort, argument: string): boolean {
  return String(port.port) === argument || (port.name !== undefined && port.name !== "" && port.name === argument);
}

/**
 * What each pod says of the number that a service port sends to, when all of them declare it and none with the port's protocol; otherwise undefined, also
 * for a targetPort that is a name, which is looked up with its protocol.
 */
export function declaredOtherwise(pods: readonly Pod[], port: ServicePort): readonly DeclaredPort[] | undefined {
  const number = targetPortOf(port);
  const perPod = pods.map((pod) => declaredPorts(pod).filter((declared) => declared.number === number));
  if (perPod.some((ports) => ports.some(({ protocol }) => protocol === protocolOf(port)))) return undefined;
  const first = perPod.flatMap((ports) => ports[0] ?? []);
  return first.length > 0 && first.length === pods.length ? first : undefined;
}
