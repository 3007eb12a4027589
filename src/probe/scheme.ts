import type { Pod, ServicePort } from "../model/kube.ts";
import { longRunning } from "../model/pods.ts";
import type { ProbeScheme } from "../model/probe-results.ts";

export interface SchemeChoice {
  readonly scheme: ProbeScheme;
  readonly guessed: boolean;
}

/** Ports of well-known servers that speak neither HTTP nor TLS first: an HTTP request would fill their logs with errors. */
const NOT_HTTP = new Set([
  21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 1433, 1521, 1883, 2181, 2379, 3306, 4222, 5432, 5671, 5672,
  6379, 6432, 7687, 8883, 9042, 9092, 9093, 11211, 27017, 33060, 50000,
]);
const TLS_PORTS = new Set([443, 6443, 8443, 9443, 10250]);

const WORDS: readonly (readonly [RegExp, ProbeScheme])[] = [
  [/^(https|wss|http2-tls|kubernetes\.io\/wss)\b/, "https"],
  [/^(http|ws|h2c|web|kubernetes\.io\/(h2c|ws))\b/, "http"],
  // A gRPC server speaks HTTP/2 only; that it accepts the connection is what can be known.
  [/^(grpc|tcp|mysql|postgres|postgresql|mongo|mongodb|redis|kafka|amqp|tls|ssh|ldap|nats|mqtt|sql)\b/, "tcp"],
];

function worded(text: string | undefined): ProbeScheme | undefined {
  return WORDS.find(([pattern]) => pattern.test((text ?? "").toLowerCase()))?.[1];
}

/**
 * How to speak to a port: what the user says, else the Service's appProtocol (its author's word), else the kubelet's probe of that port, the port's
 * name, its number. Only the first two are no guess.
 */
export function schemeFor(
  given: ProbeScheme | undefined,
  port: Pick<ServicePort, "name" | "appProtocol" | "port"> | undefined,
  number: number,
  pods: readonly Pod[],
): SchemeChoice {
  if (given !== undefined) return { scheme: given, guessed: false };
  const said = worded(port?.appProtocol);
  if (said !== undefined) return { scheme: said, guessed: false };
  const guess =
    probedAs(number, pods) ??
    worded(port?.name) ??
    (NOT_HTTP.has(number) || NOT_HTTP.has(port?.port ?? 0) ? "tcp" : undefined) ??
    (TLS_PORTS.has(number) || TLS_PORTS.has(port?.port ?? 0) ? "https" : "http");
  return { scheme: guess, guessed: true };
}

/** The kubelet already talks to this port: as the readiness probe does it. */
function probedAs(number: number, pods: readonly Pod[]): ProbeScheme | undefined {
  for (const container of pods.flatMap(longRunning)) {
    const named = (container.ports ?? []).find((port) => port.containerPort === number)?.name;
    const isThis = (port: number | string | undefined): boolean =>
      port === number || (port !== undefined && port === named);
    for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
      if (isThis(probe?.httpGet?.port)) return probe?.httpGet?.scheme === "HTTPS" ? "https" : "http";
      if (isThis(probe?.grpc?.port)) return "tcp";
    }
  }
  return undefined;
}
