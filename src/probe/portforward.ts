import { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { ProbeAttempt, ProbeClass, ProbeResult, ProbeTarget, Vantage } from "../model/probe-results.ts";
import { hostPort } from "../model/probe-results.ts";
import { type Api, podsPath } from "./api.ts";
import { openedOr } from "./exec.ts";
import { classifyError } from "./local.ts";
import type { Refusal } from "./refusal.ts";
import { encodePath } from "./script.ts";

export const PORT_FORWARD: Vantage = { kind: "port-forward", label: "port-forward" };

export const PORT_FORWARD_LIMITS =
  "the kubelet connects to 127.0.0.1 inside the pod: this says nothing about the pod's own address, policies, the network between nodes, or the Service";

/** Stream numbers of the first forwarded port. Source: kubelet/pkg/cri/streaming/portforward/websocket.go. */
const DATA = 0;
const ERROR = 1;
/** Milliseconds for one try, and after which a connection that nobody refused counts as made: the runtime dials at once, on loopback. */
const TRY_LIMIT = 6000;
const CONNECTED_AFTER = 1000;
/** What is read of an answer. */
const ENOUGH = 4096;

/** What the container runtime says when it cannot connect inside the pod. Source: containerd internal/cri/server sandbox_portforward. */
const SAID: readonly (readonly [RegExp, ProbeClass])[] = [
  [/connection refused/i, "refused"],
  [/i\/o timeout|timed out/i, "timeout-connect"],
];

/** What came of one try: the beginning of the answer, what the runtime said, how long it took. */
interface Told {
  readonly answer: string;
  readonly error: string;
  readonly total: number;
}

/** Reads one try. A port that was not refused is open; whatever else is known comes from the answer's first line. */
export function classifyForwarded(
  scheme: ProbeTarget["scheme"],
  { answer, error, total }: Told,
): Pick<ProbeAttempt, "class" | "status" | "evidence" | "body"> {
  if (error !== "") {
    const known = SAID.find(([pattern]) => pattern.test(error));
    return { class: known?.[1] ?? "unclear", evidence: `the kubelet says: ${error.trim().slice(0, 200)}` };
  }
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)/.exec(answer)?.[1];
  if (status === undefined) {
    if (scheme === "tcp") return { class: "ok", evidence: "the kubelet connected inside the pod" };
    if (answer !== "") return { class: "not-http", evidence: "something answered inside the pod, not in HTTP" };
    return total >= TRY_LIMIT
      ? { class: "timeout-response", evidence: "the kubelet connected inside the pod; no answer came" }
      : { class: "empty-reply", evidence: "the kubelet connected inside the pod; it was closed without an answer" };
  }
  const wantsTls =
    status === "400" &&
    /plain http request was sent to https port|client sent an http request to an https server/i.test(answer);
  return {
    class: wantsTls ? "plain-on-tls" : "ok",
    status: Number(status),
    evidence: `answered ${status} on 127.0.0.1 inside the pod`,
    ...(Number(status) >= 500 ? { body: (answer.split("\r\n\r\n")[1] ?? "").slice(0, 160) } : {}),
  };
}

export interface Forwarding {
  readonly api: Api;
  readonly userAgent: string;
  readonly headers: readonly string[];
  readonly signal: AbortSignal;
}

/** Tries the pods among `targets` from inside themselves, twice each. A refusal of the API server ends it: it is the same for all. */
export async function tryByPortForward(
  given: Forwarding,
  targets: readonly ProbeTarget[],
): Promise<readonly ProbeResult[] | Refusal> {
  const results: ProbeResult[] = [];
  const once = targets.filter(
    (one, i) =>
      one.hop === "pod" &&
      one.object.kind === "Pod" &&
      one.scheme !== "udp" &&
      // Both addresses of a dual-stack pod lead to the one loopback.
      targets.findIndex((other) => other.object.name === one.object.name && other.port === one.port) === i,
  );
  for (const target of once) {
    const attempts: ProbeAttempt[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const attempt = await tryOnce(given, target);
      if ("kind" in attempt) return attempt;
      attempts.push(attempt);
    }
    results.push({ vantage: PORT_FORWARD, target, attempts });
  }
  return results;
}

async function tryOnce(given: Forwarding, target: ProbeTarget): Promise<ProbeAttempt | Refusal> {
  const { api, signal } = given;
  if (api.webSocket === undefined) return { kind: "failed", message: "this connection has no WebSockets" };
  const { namespace, name } = target.object;
  const started = performance.now();
  // The first message of each stream is the port's number, two bytes.
  const named = new Set<number>();
  let error = "";
  const ended = AbortSignal.any([signal, AbortSignal.timeout(TRY_LIMIT)]);
  const failing = new AbortController();
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const opened = await openedOr(api.webSocket(), signal, {
    path: `${podsPath(namespace)}/${encodeURIComponent(name)}/portforward?ports=${target.port}`,
    signal: ended,
    onData: (channel, bytes) => {
      if (!named.has(channel)) {
        named.add(channel);
        return;
      }
      if (channel === DATA) stream.push(bytes);
      if (channel !== ERROR) return;
      error += bytes.toString("utf8");
      failing.abort();
    },
  });
  if (!("channels" in opened)) return opened;
  const { channels } = opened;
  stream._write = (chunk: Buffer, _encoding, done) => {
    channels.send(DATA, chunk);
    done();
  };
  void channels.closed.then(() => stream.push(null));
  const over = AbortSignal.any([ended, failing.signal]);
  const answer = await (target.scheme === "tcp"
    ? pause(CONNECTED_AFTER, "", { signal: over }).catch(() => "")
    : asked(stream, target, given, over));
  signal.throwIfAborted();
  channels.close();
  stream.destroy();
  const total = Math.round(performance.now() - started);
  if (answer instanceof Error) {
    const { code = "", message } = answer as NodeJS.ErrnoException;
    return { class: classifyError(code, message, true), total, evidence: `inside the pod: ${message.slice(0, 200)}` };
  }
  return { ...classifyForwarded(target.scheme, { answer, error, total }), total };
}

/** Sends the request over the stream, in TLS for https, and returns the beginning of the answer; an Error when TLS was not understood. */
async function asked(
  stream: Duplex,
  target: ProbeTarget,
  { headers, userAgent }: Forwarding,
  over: AbortSignal,
): Promise<string | Error> {
  const isTls = target.scheme === "https";
  const socket = isTls ? (await import("node:tls")).connect({ socket: stream, rejectUnauthorized: false }) : stream;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (result: string | Error): void => {
      over.removeEventListener("abort", stop);
      resolve(result);
    };
    const text = (): string => Buffer.concat(chunks).toString("utf8");
    const stop = (): void => done(text());
    over.addEventListener("abort", stop, { once: true });
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ENOUGH || isWhole(text())) stop();
    });
    socket.on("error", (error) => done(isTls && !over.aborted ? error : text()));
    socket.on("end", stop);
    const lines = [
      `GET ${encodePath(target.path)} HTTP/1.1`,
      ...(headers.some((header) => /^host:/i.test(header)) ? [] : [`Host: ${hostPort(target.host, target.port)}`]),
      `User-Agent: ${userAgent}`,
      "Accept: */*",
      "Connection: close",
      ...headers,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (over.aborted) stop();
  });
}

/** The status is there, and of an error also the beginning of its words. */
function isWhole(text: string): boolean {
  const status = /^HTTP\/1\.[01] ([1-5])\d\d/.exec(text)?.[1];
  if (status === undefined) return false;
  return status < "4" || (text.split("\r\n\r\n")[1] ?? "") !== "";
}
