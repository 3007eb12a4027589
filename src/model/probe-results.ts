import type { Labels, ObjectRef } from "./kube.ts";
import type { Certificate } from "./tls.ts";

/** What an attempt ended with (catalogue §11.6). `unclear`: the evidence fits none of the others; nothing is concluded from it. */
export type ProbeClass =
  | "ok"
  | "refused"
  | "timeout-connect"
  | "no-route"
  | "reset-connect"
  | "empty-reply"
  | "timeout-response"
  | "tls-on-plain"
  | "plain-on-tls"
  | "tls-verify"
  | "tls-alert"
  | "not-http"
  | "dns"
  | "dns-timeout"
  /** UDP only: nothing came back, neither an answer nor a refusal. */
  | "udp-silent"
  | "unclear";

/**
 * The stations that can be tried, from the inside out. `service-proxy`: an endpoint of the API server's own choice, past cluster IP and kube-proxy. The last four lead through an ingress controller, with the URL of the app: its pod, the cluster
 * IP of its Service, its load balancer's address, and whatever the host's name resolves to.
 */
export const PROBE_HOPS = [
  "pod",
  "service-proxy",
  "cluster-ip",
  "dns-name",
  "node-port",
  "load-balancer",
  "controller-pod",
  "controller-ip",
  "controller-lb",
  "host",
] as const;

export type ProbeHop = (typeof PROBE_HOPS)[number];

/** `udp` is tried too, but never judged: silence there means nothing. */
export type ProbeScheme = "http" | "https" | "tcp" | "udp";

/** One address and port to try, and what in the cluster it stands for. */
export interface ProbeTarget {
  readonly hop: ProbeHop;
  /** Address or name that is dialled, without brackets. */
  readonly host: string;
  /** The host of the URL where it is not `host`: what Host and SNI say, whatever address is dialled. */
  readonly name?: string;
  readonly port: number;
  readonly scheme: ProbeScheme;
  /** The scheme is ours, not the user's or the Service's word: the other one is tried too when this one is not understood. */
  readonly guessed: boolean;
  readonly path: string;
  /** The Pod or Service behind it. */
  readonly object: ObjectRef;
  /** The Service's port by which one comes here, where there is a Service. */
  readonly servicePort?: number;
  /** JSON path of the route in its Ingress that a URL leads to, for the stations of a controller. */
  readonly route?: string;
  /** The node of the endpoint, for a pod. */
  readonly node?: string;
  /** The statuses that the user expects, as given: `200,3xx`. */
  readonly expect?: string;
}

/** From where a target was tried. */
export interface Vantage {
  /**
   * `pod`: a test pod of ours · `client-pod`: inside a pod of the user (`--from`, exec, an ephemeral container) · `api-proxy`: the API server's
   * proxy · `port-forward`: the kubelet, on 127.0.0.1 inside the pod · `local`: the user's machine.
   */
  readonly kind: "pod" | "client-pod" | "api-proxy" | "port-forward" | "local";
  /** `test pod on node1`: how tables and sentences name it. */
  readonly label: string;
  /** The node it ran on, where it ran in the cluster. */
  readonly node?: string;
  /** The user's machine is in the network of the nodes, as far as can be told: private addresses of the cluster are then meant for it. */
  readonly near?: boolean;
  /** The pod that sent, as network policies see it. */
  readonly pod?: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Labels;
    readonly ip?: string;
    /** Of every family that it has. */
    readonly ips?: readonly string[];
    readonly hostNetwork?: boolean;
  };
}

/** One try with the evidence that its class was read from. */
export interface ProbeAttempt {
  readonly class: ProbeClass;
  /** HTTP status of the answer, when there was one. */
  readonly status?: number;
  /** Milliseconds until the end of the try, and until the connection stood (absent when it never did). */
  readonly total: number;
  readonly connect?: number;
  /** The tool's own words: `curl exit 7, no connection, "Connection refused"`. */
  readonly evidence: string;
  /** The beginning of the answer's body, of answers that are errors. */
  readonly body?: string;
  /** The server was understood only in the other scheme: which. */
  readonly speaks?: ProbeScheme;
  /** The address that was connected to. */
  readonly peer?: string;
  /** Headers of the answer that tell who answered (`RESPONSE_HEADERS`), names in lower case; no cookies, nothing secret. Only from this machine. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the server showed in the TLS handshake. Only from this machine. */
  readonly tls?: ServedTls;
}

/** Headers that tell who answered and where it sends one on. Others are not kept: they may hold what is nobody's business. */
export const RESPONSE_HEADERS = [
  "server",
  "via",
  "location",
  "retry-after",
  "x-cache",
  "x-azure-ref",
  "x-served-by",
  "x-amz-cf-id",
  "x-akamai-request-id",
  "cf-ray",
  "cf-cache-status",
  "ocp-apim-trace-location",
  "x-msedge-ref",
] as const;

/** A certificate chain as it came over the wire, and whether this machine would trust it for the name asked for. */
export interface ServedTls {
  /** The leaf first. */
  readonly certificates: readonly Certificate[];
  /** Why this machine does not trust it, in the words of OpenSSL or node: `CERT_HAS_EXPIRED`, `SELF_SIGNED_CERT_IN_CHAIN`. Undefined: it does. */
  readonly distrust?: string;
  /** `TLSv1.3`. */
  readonly protocol: string;
}

/** What DNS said of a name, to the place that asked. */
export interface Resolved {
  /** Empty when the name has none, or when nobody answered: the attempts' class tells which. */
  readonly addresses: readonly string[];
  /** Targets of CNAME records, in order, as far as this place can tell. */
  readonly cnames: readonly string[];
}

export interface ProbeResult {
  readonly vantage: Vantage;
  readonly target: ProbeTarget;
  /** In order, at least one. */
  readonly attempts: readonly ProbeAttempt[];
  /** For targets that are dialled by name. */
  readonly resolved?: Resolved;
  /** Twelve hexadecimal digits that every request of these attempts carried, to find them in the log of what they pass. */
  readonly marker?: string;
}

/** A vantage that was asked for: what became of it. */
export interface VantageReport {
  /** The place: `test pod`, `API server proxy`, `this machine`. */
  readonly what: string;
  /** `no-consent`: it would have left something for good, and nobody agreed. */
  readonly outcome: "used" | "forbidden" | "denied" | "not-started" | "failed" | "leftover" | "no-consent";
  /** What this place cannot prove, when it was used; else the server's words. */
  readonly detail: string;
  readonly namespace: string;
  /** The object that tells more: the test pod that did not start, the leftovers. */
  readonly names: readonly string[];
}

/** Any answer, in any language: the way to the server is open. */
const REACHED: ReadonlySet<ProbeClass> = new Set([
  "ok",
  "not-http",
  "tls-on-plain",
  "plain-on-tls",
  "tls-verify",
  "tls-alert",
]);

/** Whether the try proves that packets go to the server and back: any HTTP status, a wrong protocol, a refused certificate. */
export function isReached(attempt: ProbeAttempt): boolean {
  return REACHED.has(attempt.class);
}

/** Whether anything follows from the try. */
function isClear(attempt: ProbeAttempt): boolean {
  return attempt.class !== "unclear" && attempt.class !== "udp-silent";
}

/** `ok`: every try got through; `failed`: none did; `mixed`: some did; `unclear`: nothing can be said. */
export type ProbeVerdict = "ok" | "failed" | "mixed" | "unclear";

export function verdictOfProbe({ attempts }: ProbeResult): ProbeVerdict {
  const clear = attempts.filter(isClear);
  if (clear.length === 0) return "unclear";
  const reached = clear.filter(isReached).length;
  return reached === clear.length ? "ok" : reached === 0 ? "failed" : "mixed";
}

/** The class that most failed tries have; undefined when none failed. Of equally frequent ones, the first seen. */
export function failureOf({ attempts }: ProbeResult): ProbeClass | undefined {
  const failed = attempts.filter((attempt) => !isReached(attempt) && isClear(attempt));
  const count = (one: ProbeClass): number => failed.filter((attempt) => attempt.class === one).length;
  return failed.map((attempt) => attempt.class).toSorted((a, b) => count(b) - count(a))[0];
}

/** `host:port`, with brackets around IPv6. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export const CLASS_WORDS: Readonly<Record<ProbeClass, string>> = {
  ok: "answers",
  refused: "connection refused",
  "timeout-connect": "no connection within the time (packets are dropped)",
  "no-route": "no route to it",
  "reset-connect": "connection reset",
  "empty-reply": "closed without an answer",
  "timeout-response": "connected, but no answer within the time",
  "tls-on-plain": "does not speak TLS",
  "plain-on-tls": "speaks TLS only",
  "tls-verify": "its certificate is not trusted",
  "tls-alert": "refuses the TLS handshake",
  "not-http": "connects, but does not speak HTTP",
  dns: "the name does not resolve",
  "dns-timeout": "the DNS server does not answer",
  "udp-silent": "no answer, which means nothing on UDP",
  unclear: "unclear",
};

/** One line per try group: `connection refused (2 of 2 tries)`. */
export function describeProbe(result: ProbeResult): string {
  const counts = new Map<string, number>();
  for (const attempt of result.attempts) {
    const word = attempt.status === undefined ? CLASS_WORDS[attempt.class] : `HTTP ${attempt.status}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${word} (${count} of ${result.attempts.length} tries)`).join(", ");
}

/** Whether a status is among the expected ones, written as `200`, `3xx`, or several with commas. */
export function isExpected(status: number, expect: string): boolean {
  return expect.split(",").some((one) => {
    const text = one.trim().toLowerCase();
    return text.endsWith("xx") ? text[0] === String(status)[0] : text === String(status);
  });
}

/** Whether every try ended without a connection and without a refusal: something on the way drops the packets. */
export function hasLostPackets(result: ProbeResult): boolean {
  const failure = failureOf(result);
  return verdictOfProbe(result) === "failed" && (failure === "timeout-connect" || failure === "no-route");
}
