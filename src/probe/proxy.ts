import { parseAddress } from "../model/cidr.ts";
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
 * Tries the pods among `targets` through `pods/proxy`, twice each. Returns undefined when we may not. Source: §11.3; a Service's
 * proxy is not used: it picks an endpoint by itself and never goes through the cluster IP.
 */
export async function tryByProxy(api: Api, targets: readonly ProbeTarget[]): Promise<readonly ProbeResult[] | string> {
  const results: ProbeResult[] = [];
  for (const target of targets.filter(
    (one) => one.hop === "pod" && one.object.kind === "Pod" && (one.scheme === "http" || one.scheme === "https"),
  )) {
    const { namespace, name } = target.object;
    // The proxy dials the pod's first address.
    if (parseAddress(target.host) === undefined) continue;
    const scheme = target.scheme === "https" ? "https:" : "";
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${scheme}${encodeURIComponent(name)}:${target.port}/proxy${encodePath(target.path)}`;
    const attempts: ProbeAttempt[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const started = Date.now();
      const answer = await api.request(path, { accept: "*/*", retries: 0, proxied: true });
      if (isOwnRefusal(answer.status, answer.text)) return textOf(recordOf(parsed(answer.text))["message"]);
      const said = classifyProxied(answer.status, answer.text);
      const shown = (said.status ?? 0) >= 500 ? { body: answer.text.slice(0, 160) } : {};
      attempts.push({ ...said, ...shown, total: Date.now() - started });
    }
    results.push({ vantage: API_PROXY, target, attempts });
  }
  return results;
}
