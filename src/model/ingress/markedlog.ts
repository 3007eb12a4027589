import type { ConfigMap, Ingress } from "../kube.ts";
import { flagOn } from "./flags.ts";
import { type FoundController, isNginx } from "./found.ts";

/** What the log of one pod of a controller holds of our own requests. */
export interface MarkedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Lines with a marker of this run; raw cluster text. */
  readonly lines: readonly string[];
  /** Why this log could not be read, or not to its end. */
  readonly unreadable?: string;
  /** Known reasons why requests are not in the log at all. */
  readonly silent?: string;
  /** Known reasons why some requests are in the log and others are not. */
  readonly partial?: string;
}

/**
 * Controllers whose pods, as they are found, carry the requests themselves and write of them to their own output. Others have their proxies elsewhere
 * (Contour's and Istio's Envoys, Application Gateways, cloud load balancers).
 */
const IN_POD: ReadonlySet<string> = new Set([
  "ingress-nginx",
  "app-routing",
  "f5-nginx",
  "traefik",
  "haproxy",
  "haproxy-ingress",
  "openshift",
]);

/** Of these the access log is understood: whether it is on, and that it is written when the request ends. */
const UNDERSTOOD: ReadonlySet<string> = new Set(["ingress-nginx", "app-routing", "traefik"]);

export function carriesRequests({ kind }: FoundController): boolean {
  return IN_POD.has(kind.id);
}

export function isUnderstood({ kind }: FoundController): boolean {
  return UNDERSTOOD.has(kind.id);
}

const NGINX = "nginx.ingress.kubernetes.io/";

/**
 * What keeps requests for this Ingress out of the controller's output, as far as its flags, its ConfigMap and the Ingress tell.
 * Sources: ingress-nginx docs/user-guide/nginx-configuration/configmap.md and annotations.md (enable-access-log, ssl-passthrough); Traefik's static
 * configuration `accessLog`.
 */
export function silenceOf(
  controller: FoundController,
  settings: ConfigMap | undefined,
  ingress: Ingress,
): Pick<MarkedLog, "silent" | "partial"> {
  return isNginx(controller) ? nginxSilence(controller, settings, ingress) : otherSilence(controller);
}

function nginxSilence(
  { flags }: FoundController,
  settings: ConfigMap | undefined,
  ingress: Ingress,
): Pick<MarkedLog, "silent" | "partial"> {
  const data = settings?.data ?? {};
  const where = `ConfigMap ${settings?.metadata.namespace}/${settings?.metadata.name}`;
  const annotation = (name: string): string | undefined => ingress.metadata.annotations?.[`${NGINX}${name}`];
  const on = (key: string): boolean => data[key] === "true";
  const path = data["http-access-log-path"] ?? data["access-log-path"] ?? "";
  const silent = [
    ...(annotation("enable-access-log") === "false"
      ? [`its access log is off for this Ingress (annotation ${NGINX}enable-access-log)`]
      : []),
    ...["disable-access-log", "disable-http-access-log"]
      .filter(on)
      .map((key) => `its access log is off (${key} in ${where})`),
    ...(on("enable-syslog") ? [`its access log goes to syslog (enable-syslog in ${where})`] : []),
    ...(path !== "" && !/^\/(dev\/(stdout|stderr)|var\/log\/nginx\/access\.log)$/.test(path)
      ? [`its access log goes to a file (${path}, by ${where})`]
      : []),
    ...(annotation("ssl-passthrough") === "true" && flagOn(flags, "enable-ssl-passthrough")
      ? ["TLS is passed through to the app, so the controller sees no request"]
      : []),
  ];
  const partial = [
    ...(/\b(if|buffer|flush|gzip)\b/.test(`${data["access-log-params"] ?? ""} ${data["http-access-log-params"] ?? ""}`)
      ? [`some requests are left out of its access log, or come late (access-log-params in ${where})`]
      : []),
    ...(data["http-snippet"]?.includes("access_log") === true
      ? [`its access log is set by a snippet (http-snippet in ${where})`]
      : []),
  ];
  return silenceFrom(silent, partial);
}

function otherSilence({ flags, kind }: FoundController): Pick<MarkedLog, "silent" | "partial"> {
  if (kind.id !== "traefik") return {};
  const names = [...flags.keys()].filter((name) => name === "accesslog" || name.startsWith("accesslog."));
  const file = flags.get("accesslog.filepath") ?? "";
  const silent =
    names.length === 0 || flags.get("accesslog") === "false"
      ? ["its command line does not turn the access log on"]
      : file !== ""
        ? [`its access log goes to a file (${file})`]
        : [];
  const filters = names.filter((name) => name.startsWith("accesslog.filters.") || name === "accesslog.bufferingsize");
  const partial = `some requests are left out of its access log, or come late (--${filters.join(", --")})`;
  return silenceFrom(silent, filters.length === 0 ? [] : [partial]);
}

function silenceFrom(silent: readonly string[], partial: readonly string[]): Pick<MarkedLog, "silent" | "partial"> {
  return {
    ...(silent.length === 0 ? {} : { silent: silent.join("; ") }),
    ...(partial.length === 0 ? {} : { partial: partial.join("; ") }),
  };
}
