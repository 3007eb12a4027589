import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { ProbeAttempt, ProbeClass, ProbeResult, ProbeTarget, Vantage } from "../model/probe-results.ts";

import { encodePath } from "./script.ts";

export const THIS_MACHINE: Vantage = { kind: "local", label: "this machine" };

export const LOCAL_LIMITS =
  "what lies between this machine and the cluster (VPN, firewall, office network) is part of the answer";

const CONNECT_LIMIT = 5000;
const TRY_LIMIT = 8000;

const CODES: Readonly<Record<string, ProbeClass>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "no-route",
  ENETUNREACH: "no-route",
  EADDRNOTAVAIL: "no-route",
  ETIMEDOUT: "timeout-connect",
  ECONNRESET: "reset-connect",
  EPIPE: "reset-connect",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns-timeout",
  EPROTO: "tls-on-plain",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls-on-plain",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls-on-plain",
};

/** The class for what node reports. `connected`: TCP stood when it happened. */
export function classifyError(code: string, message: string, connected: boolean): ProbeClass {
  if (code === "LIMIT") return connected ? "timeout-response" : "timeout-connect";
  if (code.startsWith("HPE_")) return "not-http";
  if (code === "ECONNRESET" && connected && /socket hang up/.test(message)) return "empty-reply";
  if (/alert/i.test(message)) return "tls-alert";
  return CODES[code] ?? "unclear";
}

/** Tries the load balancer addresses among `targets` from here, directly, through no proxy, twice each and once more when the tries differ. */
export async function tryFromHere(
  targets: readonly ProbeTarget[],
  userAgent: string,
  signal: AbortSignal,
): Promise<readonly ProbeResult[]> {
  const outside = targets.filter((target) => target.hop === "load-balancer");
  return Promise.all(
    outside.map(async (target): Promise<ProbeResult> => {
      const once = (): Promise<ProbeAttempt> => tryOnce(target, userAgent, signal);
      const first = await once();
      const second = await once();
      const more = first.class === second.class ? [] : [await once()];
      return { vantage: THIS_MACHINE, target, attempts: [first, second, ...more] };
    }),
  );
}

async function tryOnce(target: ProbeTarget, userAgent: string, signal: AbortSignal): Promise<ProbeAttempt> {
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  let connect_: number | undefined;
  const onConnect = (): void => {
    connect_ ??= since();
  };
  const timing = () => ({ total: since(), ...(connect_ === undefined ? {} : { connect: connect_ }) });
  try {
    const { address } = await lookup(target.host);
    const status = await (target.scheme === "tcp"
      ? connectTo(address, target.port, onConnect, signal)
      : get({ target, address, userAgent, onConnect, signal }));
    const answer = status === undefined ? {} : { status };
    return { class: "ok", ...answer, ...timing(), evidence: `connected to ${address}` };
  } catch (error) {
    signal.throwIfAborted();
    const { code = "", message } = error as NodeJS.ErrnoException;
    const found = classifyError(code, message, connect_ !== undefined);
    return { class: found, ...timing(), evidence: code === "LIMIT" ? message : `${code}: ${message}`.slice(0, 200) };
  }
}

function limit(what: string): Error {
  return Object.assign(new Error(what), { code: "LIMIT" });
}

function connectTo(address: string, port: number, onConnect: () => void, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: CONNECT_LIMIT, signal });
    socket.once("timeout", () => socket.destroy(limit(`no connection within ${CONNECT_LIMIT / 1000} s`)));
    socket.once("error", reject);
    socket.once("connect", () => {
      onConnect();
      socket.destroy();
      resolve(undefined);
    });
  });
}

interface Get {
  readonly target: ProbeTarget;
  readonly address: string;
  readonly userAgent: string;
  readonly onConnect: () => void;
  readonly signal: AbortSignal;
}

function get({ target, address, userAgent, onConnect, signal }: Get): Promise<number | undefined> {
  const { scheme, host, port, path } = target;
  return new Promise((resolve, reject) => {
    const send = scheme === "https" ? httpsRequest : httpRequest;
    const asked = send({
      host: address,
      port,
      path: encodePath(path),
      headers: { host: port === 80 || port === 443 ? host : `${host}:${port}`, "user-agent": userAgent },
      agent: false,
      // The address of a load balancer is in no certificate: trust is a question for a host name.
      ...(scheme === "https" ? { rejectUnauthorized: false } : {}),
      signal,
    });
    const connecting = setTimeout(
      () => asked.destroy(limit(`no connection within ${CONNECT_LIMIT / 1000} s`)),
      CONNECT_LIMIT,
    );
    const whole = setTimeout(() => asked.destroy(limit(`no answer within ${TRY_LIMIT / 1000} s`)), TRY_LIMIT);
    const done = (): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
    };
    asked.on("socket", (socket) =>
      socket.once("connect", () => {
        clearTimeout(connecting);
        onConnect();
      }),
    );
    asked.on("error", (error) => {
      done();
      reject(error);
    });
    asked.on("response", (response) => {
      done();
      response.destroy();
      resolve(response.statusCode);
    });
    asked.end();
  });
}
