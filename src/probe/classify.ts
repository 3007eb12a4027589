import type { ProbeAttempt, ProbeClass } from "../model/probe-results.ts";

/** What curl told about one try. Times in seconds, as curl prints them. */
export interface CurlEvidence {
  readonly exit: number;
  /** `%{http_code}`: "000" without an answer. */
  readonly http: string;
  /** `%{num_connects}`: 1 when TCP connected, also after a failed TLS handshake, where `time_connect` is 0. */
  readonly connects: number;
  readonly connect: number;
  readonly total: number;
  /** The reason in curl's verbose text, "" for none: the exit code alone does not tell refused from unroutable. */
  readonly said: string;
  /** The beginning of the body; only fetched for errors. */
  readonly body: string;
  /** The tool, where it was not curl: its findings come in curl's terms all the same. */
  readonly tool?: string;
  /** The URL's scheme was neither http nor https: only whether it connects is of interest. */
  readonly plainTcp: boolean;
  /** `%{remote_ip}`: the address that it connected to last, "" without a connection. */
  readonly ip?: string;
}

const UNREACHABLE = /no route to host|network is unreachable|host is unreachable/i;
const TIMED_OUT = /timed out|connection timeout/i;
const NOT_TLS = /wrong version number|packet length too long|http request/i;
const WANTS_TLS = /plain http request was sent to https port|client sent an http request to an https server/i;

/** Whether the body of a 400 says that TLS was expected: the words of nginx and of Go. */
export function wantsTls(body: string): boolean {
  return WANTS_TLS.test(body);
}

/**
 * The class of §11.6 for what curl 7.6x to 8.x reports, as measured: exit 7 means refused, no route, or a reset in the handshake,
 * and only the verbose text tells which; exit 28 covers connecting and waiting, which the number of connections tells apart; a
 * server that wants a client certificate may alert after the handshake (exit 56 under TLS 1.3).
 */
export function classifyCurl(evidence: CurlEvidence): ProbeClass {
  const { exit, http, connects, said, body, plainTcp } = evidence;
  if (plainTcp && connects > 0) return "ok";
  switch (exit) {
    case 0:
      return http === "400" && wantsTls(body) ? "plain-on-tls" : http === "000" ? "unclear" : "ok";
    case 1:
      return said.includes("HTTP/0.9") ? "not-http" : "unclear";
    case 8:
      return "not-http";
    // Codes of our script, none of curl's.
    case 90:
      return "udp-silent";
    case 93:
      return "ok";
    case 6:
      return /timed out/i.test(said) ? "dns-timeout" : "dns";
    case 7:
      if (/refused/i.test(said)) return "refused";
      if (UNREACHABLE.test(said)) return "no-route";
      if (TIMED_OUT.test(said)) return "timeout-connect";
      // A reset while connecting leaves no text of its own.
      return "reset-connect";
    case 28:
      if (/resolving timed out/i.test(said)) return "dns-timeout";
      return connects > 0 ? "timeout-response" : "timeout-connect";
    case 35:
      if (NOT_TLS.test(said)) return "tls-on-plain";
      return /alert/i.test(said) ? "tls-alert" : "reset-connect";
    case 51:
    case 60:
      return "tls-verify";
    case 52:
      return "empty-reply";
    case 55:
    case 56:
      return /alert/i.test(said) ? "tls-alert" : "reset-connect";
    default:
      return "unclear";
  }
}

/** curl's evidence as an attempt: its class, the status, times in whole milliseconds, and the evidence in words. */
export function attemptOf(evidence: CurlEvidence): ProbeAttempt {
  const { exit, http, connects, connect, total, said, body, ip = "", tool = "" } = evidence;
  const status = /^[1-5]\d\d$/.test(http) ? Number(http) : undefined;
  const words = [
    ...(tool === "" ? [`curl exit ${exit}`, connects > 0 ? "connected" : "never connected"] : [tool]),
    ...(said === "" ? [] : [`"${said}"`]),
  ];
  return {
    class: classifyCurl(evidence),
    total: Math.round(total * 1000),
    evidence: words.join(", "),
    ...(status === undefined ? {} : { status }),
    ...(connect > 0 ? { connect: Math.round(connect * 1000) } : {}),
    ...(body === "" ? {} : { body }),
    ...(ip === "" ? {} : { peer: ip }),
  };
}
