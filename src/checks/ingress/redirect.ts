import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { isFromOutside, urlOf } from "../../model/ingress/through.ts";
import { refOf } from "../../model/kube.ts";
import type { ProbeResult } from "../../model/probe-results.ts";
import { evidenceOf, NOTHING_TRIED } from "../probe/_probe.ts";
import { forEachIngress, mergePatch, NGINX, NGINX_PREFIX } from "./_shared.ts";

/** Where the URL sends its client: on to https, which is as it should be, or back to itself. */
export const check = defineCheck({
  id: "ingress/redirect",
  question: "Does the URL send its clients somewhere else?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["probes"],
  findings: {
    "ingress/ssl-redirect-loop": {
      severity: "error",
      title: "The URL redirects to itself",
      explain:
        "The answer is a permanent redirect (301 or 308) to the very URL that was asked for: browsers stop with too many redirects. Mostly something in front ends TLS and speaks plain HTTP to the controller, which sends every client to https, since it does not heed X-Forwarded-Proto. " +
        "Not reported for 302 and its like: an app may set a cookie that way.",
      docs: [`${NGINX}user-guide/tls/#server-side-https-enforcement-through-redirect`],
    },
    "ingress/ssl-redirect": {
      severity: "info",
      title: "Plain HTTP is sent on to https",
      explain:
        "The controller answers plain HTTP with a redirect to https, as it does for every Ingress with a TLS section. Ask with --scheme https.",
      docs: [`${NGINX}user-guide/tls/#server-side-https-enforcement-through-redirect`],
    },
  },
  run({ probes, scope }, find) {
    return forEachIngress(scope, (ingress) => {
      const tried = probes
        .filter(isFromOutside)
        .filter(({ attempts }) => attempts.some(({ status }) => status !== undefined));
      if (tried.length === 0) return NOTHING_TRIED;
      const { namespace, name } = ingress.metadata;
      const sent = tried.flatMap((result) => {
        const to = targetOf(result);
        return to === undefined ? [] : [{ result, to }];
      });
      const loop = sent.find(({ result, to }) => to.href === ownUrl(result)?.href && isPermanent(result));
      if (loop !== undefined)
        return [
          find("ingress/ssl-redirect-loop", {
            object: refOf(ingress),
            summary: `${urlOf(loop.result)} redirects to itself: clients never get an answer`,
            evidence: evidenceOf([loop.result]),
            remedy: [
              '# if something in front ends TLS: let the controller heed X-Forwarded-Proto (use-forwarded-headers: "true" in its ConfigMap), or stop redirecting:',
              mergePatch(ingress, { metadata: { annotations: { [`${NGINX_PREFIX}ssl-redirect`]: "false" } } }),
            ],
          }),
        ];
      const on = sent.find(({ result, to }) => {
        const own = ownUrl(result);
        return (
          own?.protocol === "http:" &&
          to.protocol === "https:" &&
          to.hostname === own.hostname &&
          to.pathname === own.pathname
        );
      });
      if (on === undefined) return [];
      const found: Finding = find("ingress/ssl-redirect", {
        object: refOf(ingress),
        summary: `${urlOf(on.result)} is sent on to https`,
        evidence: evidenceOf([on.result]),
        remedy: [`kubectl netcheck -n ${namespace} ingress ${name} --probe --scheme https`],
      });
      return [found];
    });
  },
});

function ownUrl({ target }: ProbeResult): URL | undefined {
  const { scheme, name, host, servicePort, port, path } = target;
  return unmarked(parsed(`${scheme}://${bracketed(name ?? host)}:${servicePort ?? port}${path}`));
}

/** Where every try was sent, without our own mark in the query. */
function targetOf(result: ProbeResult): URL | undefined {
  const own = ownUrl(result);
  const { attempts } = result;
  const redirected = attempts.every(({ status = 0 }) => [301, 302, 303, 307, 308].includes(status));
  const location = attempts[0]?.headers?.["location"];
  if (!redirected || location === undefined || own === undefined) return undefined;
  return unmarked(parsed(location, own));
}

function unmarked(url: URL | undefined): URL | undefined {
  url?.searchParams.delete("netcheck");
  return url;
}

function isPermanent({ attempts }: ProbeResult): boolean {
  return attempts.every(({ status }) => status === 301 || status === 308);
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function parsed(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}
