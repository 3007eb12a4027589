import type { Credentials, TlsSettings } from "./credentials.ts";
import type { Route } from "./dial.ts";
import {
  ConnectionError,
  connectionError,
  isBroken,
  notKubernetes,
  ProxyError,
  UnansweredLookup,
  unauthorized,
  type Whereabouts,
} from "./errors.ts";
import { type Asked, type Exchange, type Exchanged, openExchange } from "./exchange.ts";
import { hostOf } from "./proxy.ts";
import { abortSignal, Canceller, follow, type Signal } from "./signal.ts";
import type { Target } from "./target.ts";
import { within } from "./within.ts";

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Default `application/json`. */
  readonly accept?: string;
  /** How often a 429 or 5xx is tried again; 0 where the status itself is the news (a kubelet that does not answer). */
  readonly retries?: number;
  /** A proxied application answers, not the API server: its 401 and its web pages are answers too. */
  readonly proxied?: boolean;
}

/** A request that changes something. */
export interface Change {
  readonly method: "POST" | "DELETE" | "PATCH";
  readonly path: string;
  readonly query?: RequestOptions["query"];
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`; a PATCH needs its own. */
  readonly contentType?: string;
  /** Goes out even after Ctrl-C: for taking away what we made. */
  readonly evenWhenEnded?: boolean;
}

export type Answer = Exchanged;

/** What a WebSocket to the API server (exec, attach, port-forward) needs beyond its path: the same trust and credentials. */
export interface WebSocketSettings {
  readonly route: Route;
  readonly headers: Credentials["headers"];
}

/** One connection to one API server, as one user. */
export interface Connection {
  /** `https://host:port` with the path prefix, if any; safe to print. */
  readonly server: string;
  readonly context: string;
  readonly namespace: string;
  readonly tls: TlsSettings;
  /**
   * A GET. Answers with any status but 401; tries 429, 5xx and broken connections again. Throws ConnectionError when the server cannot
   * be reached or does not know us, or when it never behaved like an API server.
   */
  request(path: string, options?: RequestOptions): Promise<Answer>;
  /**
   * Sends a change, with the answers and errors of `request`. Only a DELETE is sent again when the connection breaks or the server fails: after a
   * broken POST or PATCH nobody knows whether it was done. A 429 is sent again in any case: the server has refused to look at it.
   */
  send(change: Change): Promise<Answer>;
  /** RFC 3339: the newest Date that the server sent; this machine's time before the first answer. */
  serverDate(): string;
  /** Whether the server has answered like an API server at least once: from then on, a failure concerns one request, not all. */
  hasAnswered(): boolean;
  webSocket(): WebSocketSettings;
  close(): void;
}

export interface TransportSettings {
  /** Milliseconds for one request with all its retries; 0 for none. */
  readonly timeout: number;
  readonly userAgent: string;
  /** Ends all requests (Ctrl-C). */
  readonly signal?: AbortSignal | undefined;
  /** First pause before a retry in milliseconds; it doubles each time. */
  readonly backoff: number;
}

const RETRIED = new Set([429, 500, 502, 503, 504]);
const RETRIES = 4;
/** The longest pause that a server's Retry-After gets from us: someone waits at a terminal. */
const LONGEST_PAUSE = 5000;

/** Makes the connection's object; the first request dials. */
export function openConnection(
  target: Target,
  credentials: Credentials,
  proxy: URL | undefined,
  settings: TransportSettings,
): Connection {
  const { server } = target;
  const prefix = server.pathname.replace(/\/+$/, "");
  const route: Route = { server, proxy, tls: credentials.tls };
  const closing = new Canceller();
  const ended = new Canceller();
  for (const signal of [closing, settings.signal]) if (signal !== undefined) follow(ended, signal);
  let newestDate = 0;
  let answered = false;
  let exchange: Promise<Exchange> | undefined;
  let current: Exchange | undefined;

  const where = (): Whereabouts => ({
    server: `${server.origin}${prefix}`,
    context: target.context,
    serverIsGiven: target.serverIsGiven,
    host: hostOf(server),
    ...(proxy === undefined ? {} : { proxy: `${proxy.protocol}//${proxy.host}` }),
    timeout: settings.timeout,
  });
  const clock = (): string => `${new Date(newestDate || Date.now()).toISOString().slice(0, -".000Z".length)}Z`;

  const opened = async (until: Signal): Promise<Exchange> => {
    if (current?.isUsable() === false) {
      current = undefined;
      exchange = undefined;
    }
    exchange ??= within(until, settings.timeout, (signal) => openExchange(route, signal));
    try {
      current = await exchange;
      return current;
    } catch (error) {
      exchange = undefined;
      throw error;
    }
  };

  /** `repeatable`: doing it twice is doing it once. */
  const persist = (asked: Asked, retries: number, repeatable: boolean, until: Signal = ended): Promise<Answer> =>
    within(until, settings.timeout, (signal) => persistUntil(asked, retries, repeatable, until, signal));

  const persistUntil = async (
    asked: Asked,
    retries: number,
    repeatable: boolean,
    until: Signal,
    signal: Signal,
  ): Promise<Answer> => {
    for (let tried = 0; ; tried++) {
      let wait = settings.backoff * 2 ** tried;
      let refused: Answer | undefined;
      try {
        const answer = await (await opened(until)).send(asked, signal);
        note(answer);
        const again = repeatable ? RETRIED.has(answer.status) : answer.status === 429;
        if (!again || tried >= retries) return answer;
        refused = answer;
        wait = Math.min(retryAfter(answer) ?? wait, LONGEST_PAUSE);
      } catch (error) {
        // A name that nobody looked up in time says more than that the time is up.
        if (signal.aborted) throw isUnanswered(error) ? error : signal.reason;
        if (error instanceof ProxyError || !isBroken(error) || !repeatable || tried >= RETRIES) throw error;
      }
      const { setTimeout: pause } = await import("node:timers/promises");
      try {
        await pause(wait, undefined, { signal: abortSignal(signal) });
      } catch {
        // The time is up while we wait as the server told us to: it did answer, and its answer says more than "none in time".
        if (refused !== undefined && !until.aborted) return refused;
        throw signal.reason;
      }
    }
  };

  const note = (answer: Answer): void => {
    const date = Date.parse(answer.headers["date"] ?? "");
    if (date > newestDate) newestDate = date;
    const isJson = answer.headers["content-type"]?.startsWith("application/json") === true;
    if (isJson && (answer.status < 300 || answer.status >= 400)) answered = true;
  };

  const common = {
    "user-agent": settings.userAgent,
    ...(target.cluster.disableCompression === true ? {} : { "accept-encoding": "gzip" }),
    ...credentials.headers,
  };

  /** The answer, unless it says that we or the server are not who we should be. */
  const admitted = async (ask: () => Promise<Answer>, proxied: boolean): Promise<Answer> => {
    let answer: Answer;
    try {
      answer = await ask();
    } catch (error) {
      if (settings.signal?.aborted === true) throw error;
      throw connectionError(error, where());
    }
    if (answer.status === 401 && !proxied) throw unauthorized(where(), await credentials.explain(clock()));
    if (!answered) refuseStranger(answer, where());
    return answer;
  };

  return {
    server: `${server.origin}${prefix}`,
    context: target.context,
    namespace: target.namespace,
    tls: credentials.tls,
    async request(path, { query = {}, accept = "application/json", retries = RETRIES, proxied = false } = {}) {
      const asked: Asked = {
        method: "GET",
        path: `${prefix}${path}${queryString(query)}`,
        headers: { ...common, accept },
      };
      return admitted(() => persist(asked, retries, true), proxied);
    },
    async send({ method, path, query = {}, body, contentType = "application/json", evenWhenEnded = false }) {
      const headers = { ...common, accept: "application/json", "content-type": contentType };
      const asked: Asked = {
        method,
        path: `${prefix}${path}${queryString(query)}`,
        headers,
        body: body === undefined ? "" : JSON.stringify(body),
      };
      return admitted(() => persist(asked, RETRIES, method === "DELETE", evenWhenEnded ? closing : ended), false);
    },
    serverDate: clock,
    hasAnswered: () => answered,
    webSocket: () => ({ route, headers: credentials.headers }),
    close: () => {
      current?.close();
      exchange?.then(
        (open) => open.close(),
        () => undefined,
      );
      closing.abort(new ConnectionError("unreachable", "the connection was closed", []));
    },
  };
}

function isUnanswered(error: unknown): boolean {
  return error instanceof UnansweredLookup || error instanceof ProxyError;
}

/** Only text/plain 404s and 403s come from real API servers without JSON (an unknown path, a refused impersonation). */
function refuseStranger(answer: Answer, where: Whereabouts): void {
  const type = answer.headers["content-type"] ?? "";
  const { status, text } = answer;
  if (/client sent an http request to an https server/i.test(text))
    throw notKubernetes(where, "the port speaks TLS; use https:// in the server's address");
  if (status >= 300 && status < 400) {
    const to = answer.headers["location"];
    throw notKubernetes(
      where,
      `it redirects${to === undefined ? "" : ` to ${(to.split("?")[0] ?? "").slice(0, 200)}`}`,
    );
  }
  if (type.includes("html") || /^\s*<(!doctype|html)/i.test(text))
    throw notKubernetes(where, `a web page came back (status ${status})`);
}

function retryAfter(answer: Answer): number | undefined {
  const value = answer.headers["retry-after"];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}

function queryString(query: NonNullable<RequestOptions["query"]>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
