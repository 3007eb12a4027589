import { X509Certificate } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { createSecureContext, type PeerCertificate, type SecureContext, type TLSSocket } from "node:tls";
import { systemAuthorities } from "../kube/authorities.ts";
import { certificateFacts } from "../kube/certificate.ts";
import { markedPath, markerOf, requestIdOf, userAgentOf } from "../model/marker.ts";
import {
  type ProbeAttempt,
  type ProbeClass,
  type ProbeResult,
  type ProbeTarget,
  RESPONSE_HEADERS,
  type Resolved,
  type ServedTls,
  type Vantage,
} from "../model/probe-results.ts";
import { wantsTls } from "./classify.ts";
import { chainOf, type Names, resolveHere, systemNames } from "./resolve.ts";
import { encodePath, VIA_SECONDS } from "./script.ts";

export const THIS_MACHINE: Vantage = { kind: "local", label: "this machine" };

export const LOCAL_LIMITS =
  "what lies between this machine and the cluster (VPN, firewall, office network) is part of the answer";

const CONNECT_LIMIT = 5000;
const TRY_LIMIT = 8000;
/** A controller that cannot reach the app gives up after three times five seconds, and only then says so. */
const VIA_LIMIT = VIA_SECONDS * 1000;
/** Bytes of an error page that are looked at. */
const SHOWN = 160;

/** The stations that can be tried from outside the cluster. */
const OUTSIDE: ReadonlySet<ProbeTarget["hop"]> = new Set(["load-balancer", "node-port", "controller-lb", "host"]);

/** Whether a target is one for the user's machine. */
export function isForHere({ hop, scheme }: ProbeTarget): boolean {
  return OUTSIDE.has(hop) && scheme !== "udp";
}

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

/** What all requests of this machine share. */
export interface FromHere {
  /** Eight hexadecimal digits that name the run. */
  readonly run: string;
  readonly headers: readonly string[];
  /** Whether requests through a controller carry the marker in their query too. */
  readonly queryMarker: boolean;
  readonly near?: boolean;
  readonly signal: AbortSignal;
  readonly names?: Names;
  /** Authorities that this machine trusts, as PEM; by default its own. */
  readonly authorities?: () => string[];
}

/** Where this machine stands in markers. */
const PLACE = 0;

/** Tries the addresses among `targets` that are meant for the outside from here, directly, through no proxy, twice each and once more when the tries differ. */
export async function tryFromHere(targets: readonly ProbeTarget[], given: FromHere): Promise<readonly ProbeResult[]> {
  const names = given.names ?? systemNames();
  const vantage: Vantage = given.near === true ? { ...THIS_MACHINE, near: true } : THIS_MACHINE;
  const outside = targets.map((target, index) => ({ target, index })).filter(({ target }) => isForHere(target));
  const trusted = outside.some(({ target }) => target.scheme === "https")
    ? createSecureContext({ ca: (given.authorities ?? systemAuthorities)() })
    : undefined;
  return Promise.all(
    outside.map(async ({ target, index }): Promise<ProbeResult> => {
      const marker = target.name === undefined ? undefined : markerOf(given.run, PLACE, index);
      const answer = await namesOf(target.host, names);
      if ("attempt" in answer) {
        const { attempt, resolved } = answer;
        return { vantage, target, attempts: [attempt, attempt], resolved };
      }
      const { resolved } = answer;
      const attempts = await triesOf(resolved.addresses, (address) =>
        tryOnce({ target, address, marker, given, trusted }),
      );
      return {
        vantage,
        target,
        attempts,
        ...(isIP(target.host) === 0 ? { resolved } : {}),
        ...(marker === undefined ? {} : { marker }),
      };
    }),
  );
}

/** At most so many addresses of one name are tried. */
const ADDRESSES = 4;

/** Each address at least once and twice in all; once more when the tries of a single address differ. */
async function triesOf(
  addresses: readonly string[],
  once: (address: string) => Promise<ProbeAttempt>,
): Promise<readonly ProbeAttempt[]> {
  const [first = "", ...others] = addresses.slice(0, ADDRESSES);
  const attempts: ProbeAttempt[] = [];
  for (const address of others.length === 0 ? [first, first] : [first, ...others]) attempts.push(await once(address));
  const [a, b] = attempts;
  if (others.length === 0) return a?.class === b?.class ? attempts : [...attempts, await once(first)];
  // A machine without IPv6 takes the IPv4 address of a name that has both: so do its programs.
  const usable = attempts.filter((attempt) => !(attempt.class === "no-route" && isIP(attempt.peer ?? "") === 6));
  return usable.length === 0 ? attempts : usable;
}

/** The addresses of a host, or the attempt that ended with the question. */
async function namesOf(
  host: string,
  names: Names,
): Promise<{ readonly resolved: Resolved } | { readonly resolved: Resolved; readonly attempt: ProbeAttempt }> {
  const started = performance.now();
  try {
    return { resolved: await resolveHere(host, names) };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const attempt = {
      class: classifyError(code, message, false),
      total: Math.round(performance.now() - started),
      evidence: `${code}: ${message}`.slice(0, 200),
    };
    return { resolved: { addresses: [], cnames: await chainOf(host, names) }, attempt };
  }
}

/** What was learned on the way, also of a try that failed later. */
interface Seen {
  connected?: number;
  tls?: ServedTls;
}

interface Try {
  readonly target: ProbeTarget;
  readonly address: string;
  readonly marker: string | undefined;
  readonly given: FromHere;
  /** What this machine trusts; there for HTTPS. */
  readonly trusted: SecureContext | undefined;
}

async function tryOnce(one: Try): Promise<ProbeAttempt> {
  const { target, address, given } = one;
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  const seen: Seen = {};
  const facts = () => ({
    total: since(),
    ...(seen.connected === undefined ? {} : { connect: Math.round(seen.connected - started) }),
    ...(seen.tls === undefined ? {} : { tls: seen.tls }),
    peer: address,
  });
  try {
    const answer = await (target.scheme === "tcp"
      ? connectTo(address, target.port, seen, given.signal)
      : get(one, seen));
    return { ...answer, ...facts(), evidence: `connected to ${address}` };
  } catch (error) {
    given.signal.throwIfAborted();
    const { code = "", message } = error as NodeJS.ErrnoException;
    const found = classifyError(code, message, seen.connected !== undefined);
    return { class: found, ...facts(), evidence: code === "LIMIT" ? message : `${code}: ${message}`.slice(0, 200) };
  }
}

type Answer = Pick<ProbeAttempt, "class" | "status" | "headers" | "body">;

function limit(what: string): Error {
  return Object.assign(new Error(what), { code: "LIMIT" });
}

function connectTo(address: string, port: number, seen: Seen, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: CONNECT_LIMIT, signal });
    socket.once("timeout", () => socket.destroy(limit(`no connection within ${CONNECT_LIMIT / 1000} s`)));
    socket.once("error", reject);
    socket.once("connect", () => {
      seen.connected = performance.now();
      socket.destroy();
      resolve({ class: "ok" });
    });
  });
}

/** `Name: value` lines as node wants them. */
function fieldsOf(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

function get({ target, address, marker, given, trusted }: Try, seen: Seen): Promise<Answer> {
  const { scheme, host, port, name } = target;
  const asked = name ?? host;
  // The port of the URL, which is not always the one that is dialled.
  const shownPort = name === undefined ? port : (target.servicePort ?? port);
  const path = marker !== undefined && given.queryMarker ? markedPath(target.path, marker) : target.path;
  const most = name === undefined ? TRY_LIMIT : VIA_LIMIT;
  return new Promise((resolve, reject) => {
    const send = scheme === "https" ? httpsRequest : httpRequest;
    const request = send({
      host: address,
      port,
      path: encodePath(path),
      headers: {
        host: shownPort === 80 || shownPort === 443 ? bracketed(asked) : `${bracketed(asked)}:${shownPort}`,
        "user-agent": userAgentOf(marker ?? given.run),
        ...(marker === undefined ? {} : { "x-request-id": requestIdOf(marker) }),
        ...fieldsOf(given.headers),
      },
      agent: false,
      // Whether the chain is trusted is judged afterwards: what is served is wanted in any case. An address alone is in no certificate.
      ...(scheme === "https"
        ? { secureContext: trusted, rejectUnauthorized: false, servername: isIP(asked) === 0 ? asked : "" }
        : {}),
      signal: given.signal,
    });
    const connecting = setTimeout(
      () => request.destroy(limit(`no connection within ${CONNECT_LIMIT / 1000} s`)),
      CONNECT_LIMIT,
    );
    const whole = setTimeout(() => request.destroy(limit(`no answer within ${most / 1000} s`)), most);
    const done = (): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
    };
    request.on("socket", (socket) => {
      socket.once("connect", () => {
        clearTimeout(connecting);
        seen.connected = performance.now();
      });
      socket.once("secureConnect", () => {
        const served = servedBy(socket as TLSSocket);
        if (served !== undefined) seen.tls = served;
      });
    });
    request.on("error", (error) => {
      done();
      reject(error);
    });
    request.on("response", (response) => {
      done();
      answerOf(response).then(resolve, reject);
    });
    request.end();
  });
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const headers = Object.fromEntries(
    RESPONSE_HEADERS.flatMap((name) => {
      const value = response.headers[name];
      return value === undefined ? [] : [[name, String(value).slice(0, 200)]];
    }),
  );
  const body = status === 400 || status >= 500 ? await beginningOf(response) : "";
  response.destroy();
  return {
    class: status === 400 && wantsTls(body) ? "plain-on-tls" : "ok",
    status,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === "" ? {} : { body }),
  };
}

/** The first bytes of a body, as one line; what came when the server stops in the middle. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const cut = setTimeout(() => response.destroy(), 2000);
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length >= SHOWN) break;
    }
  } catch {
    // The status is what counts.
  } finally {
    clearTimeout(cut);
  }
  return text.slice(0, SHOWN).replaceAll(/\s+/g, " ").trim();
}

/** The chain as the server sent it, leaf first, with what this machine thinks of it. */
function servedBy(socket: TLSSocket): ServedTls | undefined {
  const chain: X509Certificate[] = [];
  let at: PeerCertificate | undefined = socket.getPeerCertificate(true);
  const raw = (one: PeerCertificate | undefined): Buffer | undefined =>
    one !== undefined && Buffer.isBuffer(one.raw) ? one.raw : undefined;
  for (let bytes = raw(at); bytes !== undefined && chain.length < 10; bytes = raw(at)) {
    chain.push(new X509Certificate(bytes));
    const next: PeerCertificate | undefined = (at as { readonly issuerCertificate?: PeerCertificate })
      .issuerCertificate;
    // A root is its own issuer.
    at = next === at ? undefined : next;
  }
  if (chain.length === 0) return undefined;
  const distrust = socket.authorized ? "" : String(socket.authorizationError ?? "not trusted");
  return {
    certificates: chain.map(certificateFacts),
    protocol: socket.getProtocol() ?? "",
    ...(distrust === "" ? {} : { distrust }),
  };
}
