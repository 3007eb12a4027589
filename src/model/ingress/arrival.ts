/**
 * Did a request reach the controller? "No line in the access log, so it never arrived" is a rule that misleads: logs are switched off, sampled, sent
 * elsewhere. So a control goes along: the same request from inside the cluster straight to a controller's pod. Only when that one is in the log does
 * the absence of the other prove anything. Pure.
 */
import type { ProbeClass, ProbeResult } from "../probe-results.ts";
import { type AccessLine, accessLineOf } from "./accesslog.ts";
import type { MarkedLog } from "./markedlog.ts";

/** One line of a log that holds the marker of a request. */
export interface Seen {
  readonly line: string;
  readonly pod: string;
  readonly namespace: string;
  /** Undefined: the format is not known. */
  readonly access: AccessLine | undefined;
}

export type Arrival =
  | { readonly kind: "arrived"; readonly seen: readonly Seen[] }
  /** Proven by controls that are in the log. */
  | { readonly kind: "not-arrived"; readonly controls: readonly Seen[] }
  /** No request left this place: its name has no address, or TLS failed before one could be sent. */
  | { readonly kind: "not-sent"; readonly why: string }
  | { readonly kind: "undecidable"; readonly why: string };

/** What the verdict rests on. */
export interface Logged {
  /** The controllers that take the Ingress, for sentences: `ingress-nginx/ingress-nginx-controller`. */
  readonly controllers: readonly { readonly name: string; readonly understood: boolean; readonly carries: boolean }[];
  readonly logs: readonly MarkedLog[];
  /** All results of the run: the controls are among them. */
  readonly results: readonly ProbeResult[];
}

/** The request ended before any HTTP was sent. */
const BEFORE_HTTP: ReadonlySet<ProbeClass> = new Set(["tls-on-plain", "tls-alert"]);

export function seenOf(marker: string, logs: readonly MarkedLog[]): readonly Seen[] {
  return logs.flatMap(({ lines, pod, namespace }) =>
    lines
      .filter((line) => line.includes(marker))
      .map((line): Seen => ({ line, pod, namespace, access: accessLineOf(line) })),
  );
}

/** The lines that tell of whole requests, not of faults on the way to an upstream: those have a format of their own. */
export function accessLines(seen: readonly Seen[]): readonly Seen[] {
  return seen.filter(({ line }) => !/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\]/.test(line));
}

/** Requests from inside the cluster straight to a pod of the controller that were answered: these must be in the log. */
function controlsOf(results: readonly ProbeResult[]): readonly ProbeResult[] {
  return results.filter(
    ({ target, attempts, marker }) =>
      target.hop === "controller-pod" && marker !== undefined && attempts.some(({ status }) => status !== undefined),
  );
}

/** What became of one marked request. */
export function arrivalOf(result: ProbeResult, { controllers, logs, results }: Logged): Arrival {
  const { marker, attempts } = result;
  const seen = marker === undefined ? [] : accessLines(seenOf(marker, logs));
  if (seen.length > 0) return { kind: "arrived", seen };
  if (attempts.every(({ class: found }) => found === "dns" || found === "dns-timeout"))
    return { kind: "not-sent", why: "the name does not resolve" };
  if (attempts.every(({ class: found }) => BEFORE_HTTP.has(found)))
    return { kind: "not-sent", why: "the TLS handshake failed before a request could be sent" };
  // Whoever took the connection may have the request still in hand, and a line is written at the end.
  if (attempts.every(({ class: found }) => found === "timeout-response"))
    return {
      kind: "undecidable",
      why: "the connection stood, and a request that is still being worked on is in no log",
    };
  const why = doubt({ controllers, logs, results });
  if (why !== undefined) return { kind: "undecidable", why };
  return {
    kind: "not-arrived",
    controls: controlsOf(results).flatMap((one) => accessLines(seenOf(one.marker ?? "", logs))),
  };
}

/** Why the absence of a marker proves nothing here; undefined when it does. */
function doubt({ controllers, logs, results }: Logged): string | undefined {
  if (controllers.length === 0)
    return "no controller that takes the Ingress was found in the cluster, so there is no log to look into";
  const foreign = controllers.find(({ carries }) => !carries);
  if (foreign !== undefined) return `the proxies of ${foreign.name} are not its pods, and how they log is not known`;
  const strange = controllers.find(({ understood }) => !understood);
  if (strange !== undefined) return `how ${strange.name} logs requests is not known`;
  if (logs.length === 0) return "no log of the controller was read";
  const closed = logs.find(({ unreadable }) => unreadable !== undefined);
  if (closed !== undefined) return `the log of ${closed.pod} could not be read: ${closed.unreadable}`;
  const partial = logs.find((log) => log.partial !== undefined)?.partial;
  if (partial !== undefined) return partial;
  const silent = logs.find((log) => log.silent !== undefined)?.silent;
  if (silent !== undefined) return silent;
  const controls = controlsOf(results);
  if (controls.length === 0)
    return "no control request from inside the cluster was answered by a pod of the controller";
  const counts = controls.map((one) => ({
    sent: one.attempts.filter(({ status }) => status !== undefined).length,
    logged: accessLines(seenOf(one.marker ?? "", logs)).length,
  }));
  const isUnrouted = controls.every(({ attempts }) => attempts.every(({ status }) => status === 404));
  if (isUnrouted && counts.every(({ logged }) => logged === 0))
    return "the control request from inside was answered 404 and is not in the log either: ingress-nginx may write no line of requests that no rule takes";
  if (counts.every(({ logged }) => logged === 0))
    return "the control request from inside is not in the log either: the access log is off, sampled or sent elsewhere, or markers are rewritten";
  if (counts.some(({ sent, logged }) => logged < sent))
    return "the log holds only some of the control requests from inside: it is sampled, or late";
  return undefined;
}
