import type { Route } from "./routes.ts";

/** One line of a controller's log that speaks of a fault, as far as it could be read. */
export interface LoggedFault {
  readonly line: string;
  /** Milliseconds since the epoch; undefined when the line has no time. */
  readonly time: number | undefined;
  /** `host: "shop.example.com"` of an nginx line. */
  readonly host: string | undefined;
  /** Address and port of `upstream: "http://10.244.1.5:8080/"`. */
  readonly upstream: string | undefined;
}

/** One kind of fault in ingress-nginx's log. */
export interface LogPattern {
  readonly id: string;
  readonly pattern: RegExp;
  /** About what the line speaks: a request to an upstream, a host, an object it names, or the controller as a whole. */
  readonly about: "upstream" | "host" | "object" | "controller";
}

/** Sources: nginx src/http/ngx_http_upstream.c; ingress-nginx controller.go, store.go, nginx.go. Most precise first. */
export const LOG_PATTERNS: readonly LogPattern[] = [
  {
    id: "log-upstream-refused",
    pattern: /connect\(\) failed \(111: Connection refused\) while connecting to upstream/,
    about: "upstream",
  },
  {
    id: "log-upstream-timeout",
    pattern: /(upstream timed out \(110: [^)]*\)|connect\(\) failed \(11[03]: [^)]*\)) while connecting to upstream/,
    about: "upstream",
  },
  {
    id: "log-upstream-slow",
    pattern: /upstream timed out \(110: [^)]*\) while reading response header from upstream/,
    about: "upstream",
  },
  {
    id: "log-upstream-tls",
    pattern: /SSL_do_handshake\(\) failed .*while SSL handshaking to upstream/,
    about: "upstream",
  },
  { id: "log-header-too-big", pattern: /upstream sent too big header/, about: "upstream" },
  {
    id: "log-upstream-protocol",
    pattern: /upstream sent (no valid HTTP\/1\.0 header|invalid HTTP\/2|too large http2 frame)/i,
    about: "upstream",
  },
  {
    id: "log-upstream-closed",
    pattern: /upstream prematurely closed connection|recv\(\) failed \(104/,
    about: "upstream",
  },
  { id: "log-body-too-large", pattern: /client intended to send too large (chunked )?body/, about: "host" },
  { id: "log-no-endpoint", pattern: /Service \\?"[^"]+\\?" does not have any active Endpoint/, about: "object" },
  { id: "log-service-missing", pattern: /Error obtaining (Service|Endpoints)/, about: "object" },
  { id: "log-cert-default", pattern: /Using default certificate|Error getting SSL certificate/i, about: "object" },
  {
    id: "log-ignored",
    pattern:
      /Ignoring ingress because of error while validating ingress class|ignoring (add for )?ingress .*based on annotation/i,
    about: "object",
  },
  { id: "log-reload-failed", pattern: /Unexpected failure reloading the backend|\[emerg\]/, about: "controller" },
];

const NGINX_TIME = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) /;
const KLOG_TIME = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)/;

/**
 * When a line was written: nginx writes `yyyy/mm/dd hh:mm:ss`, klog `mmdd hh:mm:ss` without a year, both in the container's zone, which is UTC
 * unless somebody changed it. `now` gives klog its year.
 */
export function timeOfLine(line: string, now: number): number | undefined {
  const nginx = NGINX_TIME.exec(line)?.slice(1).map(Number);
  if (nginx !== undefined) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = nginx;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
  const klog = KLOG_TIME.exec(line)?.slice(1).map(Number);
  if (klog === undefined) return undefined;
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = klog;
  const year = new Date(now).getUTCFullYear();
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // A December line read in January belongs to the year before.
  return at > now + 24 * 60 * 60 * 1000 ? Date.UTC(year - 1, month - 1, day, hour, minute, second) : at;
}

/** Reads one line. */
export function faultOf(line: string, now: number): LoggedFault {
  return {
    line,
    time: timeOfLine(line, now),
    host: /, host: "([^"]*)"/.exec(line)?.[1]?.replace(/:\d+$/, ""),
    upstream: /, upstream: "[a-z]*:?\/?\/?([^/"]+)/.exec(line)?.[1],
  };
}

/** An access line that shows an upstream answering below 500. */
export interface Served {
  readonly upstream: string;
  readonly time: number;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The upstream of an access line of ingress-nginx's default format whose last answer was below 500; undefined for other lines.
 * Source: ingress-nginx docs/user-guide/nginx-configuration/log-format.md.
 */
export function servedOf(line: string): Served | undefined {
  const found =
    /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] .* \[[^\]]*\] \[[^\]]*\] ((?:\S+, )*)(\S+) (?:\S+, )*\S+ (?:\S+, )*\S+ (?:\S+, )*(\d{3}) \S+$/.exec(
      line,
    );
  if (found === null || Number(found[12]) >= 500) return undefined;
  const [, day, month, year, hour, minute, second, sign, zoneHour, zoneMinute] = found;
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000 * (sign === "-" ? -1 : 1);
  const time =
    Date.UTC(Number(year), MONTHS.indexOf(month ?? ""), Number(day), Number(hour), Number(minute), Number(second)) -
    zone;
  return { upstream: found[11] ?? "", time };
}

/** Whether a line names a Service of one of these routes, as `ns/svc` in quotes. */
export function namesService(line: string, routes: readonly Route[]): boolean {
  return routes.some(
    ({ ingress, backend }) =>
      line.includes(`${ingress.metadata.namespace}/${backend.service}"`) ||
      line.includes(`${ingress.metadata.namespace}/${backend.service}\\"`),
  );
}
