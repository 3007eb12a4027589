/** Access lines of ingress controllers, as far as they are understood. Pure. */

/** One try of an upstream that a line tells of. */
export interface Upstream {
  /** `10.244.1.5:8080`, or a URL in Traefik's lines. */
  readonly address: string;
  /** What the upstream answered, or what the controller made of its silence; undefined when the line does not say. */
  readonly status: number | undefined;
}

export interface AccessLine {
  readonly format: "ingress-nginx" | "traefik";
  /** The client's address as the controller saw it. */
  readonly client: string;
  readonly status: number;
  /** The name of the upstream or router that took it: `shop-web-80`; "" when none did. */
  readonly route: string;
  /** In the order in which they were tried; empty when the controller answered by itself. */
  readonly upstreams: readonly Upstream[];
  /** Seconds until the answer was sent. */
  readonly seconds: number | undefined;
}

/** Several values of one nginx variable: one for each upstream that was tried. */
const MANY = String.raw`(\S+(?:(?:, | : )\S+)*)`;

/**
 * ingress-nginx's default format. Source: ingress-nginx docs/user-guide/nginx-configuration/log-format.md; recorded lines in
 * test/model/ingress/accesslog.test.ts.
 */
const NGINX = new RegExp(
  String.raw`^(\S+) - .* \[[^\]]+\] "(?:[^"]*)" (\d{3}) \d+ "[^"]*" "[^"]*" \d+ ([\d.]+) \[([^\]]*)\] \[[^\]]*\] ${MANY} ${MANY} ${MANY} ${MANY} (\S+)$`,
);

/** Traefik's CLF. Source: traefik pkg/middlewares/accesslog/logger_formatters.go CommonLogFormatter. */
const TRAEFIK =
  /^(\S+) - \S+ \[[^\]]+\] "[^"]*" (\d{3}|-) \S+ (?:"[^"]*"|-) (?:"[^"]*"|-) \d+ "([^"]*)" "([^"]*)" (\d+)ms$/;

/** Reads one line; undefined for a format that is not known: then all that can be said is that a marker stands in it. */
export function accessLineOf(line: string): AccessLine | undefined {
  const nginx = NGINX.exec(line);
  if (nginx !== null) {
    const [, client = "", status, seconds, route = "", addresses = "", , , statuses = ""] = nginx;
    const split = (text: string): readonly string[] => text.split(/, | : /).filter((one) => one !== "-");
    const answered = split(statuses).map(Number);
    const upstreams = split(addresses).map((address, i) => ({ address, status: answered[i] }));
    return {
      format: "ingress-nginx",
      client,
      status: Number(status),
      route: route === "-" ? "" : route,
      upstreams,
      seconds: Number(seconds),
    };
  }
  const traefik = TRAEFIK.exec(line);
  if (traefik === null) return undefined;
  const [, client = "", status = "", route = "", server = "", milliseconds] = traefik;
  return {
    format: "traefik",
    client,
    status: Number(status) || 0,
    route: route === "-" ? "" : route,
    upstreams: server === "-" || server === "" ? [] : [{ address: server, status: undefined }],
    seconds: Number(milliseconds) / 1000,
  };
}

/** `10.244.1.5:8080 502`, several with arrows: what the controller met behind itself; "none" when it answered by itself. */
export function upstreamText({ upstreams }: AccessLine): string {
  if (upstreams.length === 0) return "none";
  return upstreams.map(({ address, status }) => (status === undefined ? address : `${address} ${status}`)).join(" → ");
}

/** The same for a table: the last try, and how many there were. */
export function upstreamInShort(line: AccessLine): string {
  const last = line.upstreams.at(-1);
  const count = line.upstreams.length;
  return last === undefined
    ? "none"
    : `${upstreamText({ ...line, upstreams: [last] })}${count > 1 ? ` (${count} tries)` : ""}`;
}
