import type { ContainerFact } from "./containers.ts";
import type { Container, Probe } from "./kube.ts";
import { timeOf } from "./pods.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

export type ProbeKind = "readiness" | "startup" | "liveness";

/** The container's probe of that kind. */
export function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === "readiness") return container.readinessProbe;
  return kind === "startup" ? container.startupProbe : container.livenessProbe;
}

/** Probe times in ms with the API's defaults filled in. Source: core/v1 Probe. */
export function probeTimes(probe: Probe): {
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly failures: number;
} {
  return {
    initialDelay: (probe.initialDelaySeconds ?? 0) * 1000,
    period: (probe.periodSeconds ?? 10) * 1000,
    timeout: (probe.timeoutSeconds ?? 1) * 1000,
    failures: probe.failureThreshold ?? 3,
  };
}

/** How long after its container started a probe may still fail without being a fault: initialDelay + period × failureThreshold, in ms. */
export function probeWindow(probe: Probe): number {
  const { initialDelay, period, failures } = probeTimes(probe);
  return initialDelay + period * failures;
}

/** The port a probe goes to, as written: a number, a name, or undefined for exec probes. */
export function probePort(probe: Probe): number | string | undefined {
  return probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
}

/** The probe's port as a number: a name is looked up in the container's own ports only, as the kubelet does. */
export function probePortNumber(container: Container, probe: Probe): number | undefined {
  const port = probePort(probe);
  if (port === undefined || typeof port === "number") return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container.ports?.find((declared) => declared.name === port)?.containerPort;
}

/** `http-get :8080/healthz`, without its times. An exec probe's command is not shown whole: it may hold secrets. */
export function probeTarget(probe: Probe): string {
  const { httpGet, tcpSocket, grpc, exec } = probe;
  if (httpGet !== undefined) {
    const scheme = (httpGet.scheme ?? "HTTP").toLowerCase();
    return `${scheme}-get ${httpGet.host ?? ""}:${httpGet.port ?? "?"}${httpGet.path ?? "/"}`;
  }
  if (tcpSocket !== undefined) return `tcp ${tcpSocket.host ?? ""}:${tcpSocket.port ?? "?"}`;
  if (grpc !== undefined) return `grpc :${grpc.port ?? "?"}`;
  return exec === undefined ? "probe without an action" : `exec ${exec.command?.[0] ?? ""}`.trimEnd();
}

/** `http-get :8080/healthz, every 10s, timeout 1s, 3 failures`. */
export function describeProbe(probe: Probe): string {
  const { initialDelay, period, timeout, failures } = probeTimes(probe);
  const delay = initialDelay === 0 ? "" : `, after ${initialDelay / 1000}s`;
  return `${probeTarget(probe)}${delay}, every ${period / 1000}s, timeout ${timeout / 1000}s, ${failures} failures`;
}

/**
 * Whether a running container is still inside the time its startup or readiness probe allows: not ready is then "starting", no fault.
 * Without a probe it is ready as soon as it runs, so there is no such time. After a restart the time runs anew, but only `restarts` 0
 * counts for a startup probe: a container that was restarted may be in its second failing window. Readiness may take the settle time at least.
 */
export function isStarting(fact: ContainerFact, now: number): boolean {
  const started = timeOf(fact.status?.state?.running?.startedAt);
  if (started === undefined || fact.status === undefined) return false;
  const elapsed = now - started;
  const { startupProbe, readinessProbe } = fact.container;
  if (fact.status.started !== true && startupProbe !== undefined) {
    return (fact.status.restartCount ?? 0) === 0 && elapsed < probeWindow(startupProbe);
  }
  if (readinessProbe === undefined) return false;
  // The readiness probe begins only when the startup probe has succeeded, at a time the status does not hold: allow for both.
  const before = startupProbe === undefined ? 0 : probeTimes(startupProbe).period;
  // A probe every second has used up its failures within three, which is no time for an app to start.
  return elapsed < Math.max(before + probeWindow(readinessProbe), DEFAULT_SETTINGS.settle);
}
