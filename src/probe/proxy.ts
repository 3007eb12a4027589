import type { ProbeAttempt, ProbeClass, ProbeResult, ProbeTarget, Vantage } from "../model/probe-results.ts";
import { type Api, parsed, recordOf, textOf } from "./api.ts";
import { encodePath } from "./script.ts";

export const API_PROXY: Vantage = { kind: "api-proxy", label: "API server proxy" };

export const PROXY_LIMITS =
  "the API server dials the pods itself: this says nothing about network policies as clients meet them, nor about the cluster IP and DNS";

/** The API server's own words about a dial that failed, inside a Status object of 500 to 504. Source: apimachinery util/proxy upgradeaware. */
const SAID: readonly (readonly [RegExp, ProbeClass])[] = [
  [/connection refused/i, "refused"],
  [/no route to host|network is unreachable/i, "no-route"],
  [/i\/o timeout|context deadline exceeded|timed out|Client\.Timeout/i, "timeout-connect"],
  [/server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i, "tls-on-plain"],
  [/malformed HTTP (response|status code|version)/i, "not-http"],
  [/connection reset|broken pipe/i, "reset-connect"],
  [/\bEOF\b/, "empty-reply"],
  [/tls: |remote error: tls/i, "tls-alert"],
];

/** Whether the answer is the API server's and about our permission: then nothing is known about the application. */
export function isOwnRefusal(status: number, text: string): boolean {
  const body = parsed(text);
  return (
    (status === 403 || status === 401) &&
    body["kind"] === "Status" &&
    /\bcannot\b|Unauthorized/.test(textOf(body["message"]))
  );
}

/** A proxied answer's class: the application's own status, or what the API server says of its dial. */
export function classifyProxied(status: number, text: string): Pick<ProbeAttempt, "class" | "status" | "evidence"> {
  const body = parsed(text);
  const message = textOf(body["message"]);
  const isServers = body["kind"] === "Status" && body["apiVersion"] === "v1" && status >= 500;
  const bare = status >= 500 && /^(error trying to reach service|dial tcp)/i.test(text) ? text.trim() : undefined;
  const said = isServers ? message : bare;
  if (said === undefined) {
    const wantsTls =
      status === 400 &&
      /plain http request was sent to https port|client sent an http request to an https server/i.test(text);
    return {
      class: wantsTls ? "plain-on-tls" : "ok",
      status,
      evidence: `the API server's proxy gave the answer ${status}`,
    };
  }
  const known = SAID.find(([pattern]) => pattern.test(said));
  return { class: known?.[1] ?? "unclear", evidence: `the API server says: ${said.slice(0, 200)}` };
}

/**
 * Tries the pods among `targets` through `pods/proxy`, and each Service port once through `services/proxy`, twice each. Returns the API server's words
 * when we may use neither. Source: §11.3; a Service's proxy picks an endpoint by itself and never goes through the cluster IP.
 */
export async function tryByProxy(api: Api, targets: readonly ProbeTarget[]): Promise<readonly ProbeResult[] | string> {
  const web = targets.filter(({ scheme }) => scheme === "http" || scheme === "https");
  // The proxy dials the pod's first address.
  const pods = web
    .filter((one) => one.hop === "pod" && one.object.kind === "Pod")
    .filter(
      (one, i, all) => all.findIndex((other) => other.object.name === one.object.name && other.port === one.port) === i,
    );
  const services = web
    .filter(({ hop }) => hop === "cluster-ip" || hop === "dns-name")
    .filter((one, i, all) => all.findIndex((other) => serviceKey(other) === serviceKey(one)) === i)
    .map(
      (one): ProbeTarget => ({
        ...one,
        hop: "service-proxy",
        host: one.object.name,
        port: one.servicePort ?? one.port,
      }),
    );
  const results: ProbeResult[] = [];
  let refusal = "";
  for (const group of [pods, services]) {
    for (const target of group) {
      const attempts = await twice(api, target);
      if (typeof attempts === "string") {
        refusal ||= attempts;
        break;
      }
      results.push({ vantage: API_PROXY, target, attempts });
    }
  }
  return results.length === 0 && refusal !== "" ? refusal : results;
}

const serviceKey = ({ object, servicePort }: ProbeTarget): string =>
  `${object.namespace}/${object.name}:${servicePort ?? 0}`;

/** The attempts, or the API server's words when we may not. */
async function twice(api: Api, target: ProbeTarget): Promise<readonly ProbeAttempt[] | string> {
  const { namespace, name } = target.object;
  const scheme = target.scheme === "https" ? "https:" : "";
  const kind = target.hop === "service-proxy" ? "services" : "pods";
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind}/${scheme}${encodeURIComponent(name)}:${target.port}/proxy${encodePath(target.path)}`;
  const attempts: ProbeAttempt[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const started = Date.now();
    const answer = await api.request(path, { accept: "*/*", retries: 0, proxied: true });
    if (isOwnRefusal(answer.status, answer.text)) return textOf(recordOf(parsed(answer.text))["message"]);
    const said = classifyProxied(answer.status, answer.text);
    const shown = (said.status ?? 0) >= 500 ? { body: answer.text.slice(0, 160) } : {};
    attempts.push({ ...said, ...shown, total: Date.now() - started });
  }
  return attempts;
}
