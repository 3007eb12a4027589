import { defineCheck } from "../../model/check.ts";
import { canonicalIp, isPrivate, parseAddress } from "../../model/cidr.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import { arrivalOf } from "../../model/ingress/arrival.ts";
import { faredBadly, loggedOf, ownAddresses, proxiesOf } from "../../model/ingress/through.ts";
import { refOf } from "../../model/kube.ts";
import { describeProbe, isReached, type ProbeResult } from "../../model/probe-results.ts";
import { fromInside, NOTHING_TRIED } from "../probe/_probe.ts";
import { forEachIngress, INGRESS, listed } from "./_shared.ts";

const APP_ROUTING_DNS = "https://learn.microsoft.com/azure/aks/app-routing-dns-ssl";

/** Names that are never in a public zone: that they have no address here says nothing. */
const NEVER_PUBLIC = /(^|\.)(local|localhost|localdomain|internal|lan|home\.arpa|corp|intranet)$|^[^.]+$/i;

/** The host's name, as this machine and the cluster resolve it, against the addresses at which the controller is reached. */
export const check = defineCheck({
  id: "ingress/host-dns",
  question: "Does the host's name lead to the controller?",
  hop: "dns",
  appliesTo: ["ingress"],
  needs: ["probes"],
  wants: ["markedLogs", "ingressClasses", "controllerPods", "controllerServices"],
  findings: {
    "ingress/host-dns-missing": {
      severity: "error",
      title: "The host has no address in DNS",
      explain:
        "Neither this machine nor the cluster resolves the host of the Ingress: no client finds the app by its name. A warning when only this machine was asked, or when the load balancer's address is private and this machine may not be in its network (a private zone is visible to the networks it is linked to only); " +
        "an info when the cluster resolves it, and for names that are never public (.local, .internal). Not asked for hosts made up from a wildcard.",
      docs: [`${INGRESS}#name-based-virtual-hosting`, APP_ROUTING_DNS],
    },
    "ingress/host-dns-elsewhere": {
      severity: "warning",
      title: "The host's address is not the controller's",
      explain:
        "DNS gives an address for the host that belongs neither to the controller's load balancer nor to the Ingress: an old record, another cluster, or something in front. An error when it is proven that requests to it do not arrive at the controller, and they get no answer or 404 or 5xx; " +
        "an info when they do arrive, or when the name leads to a known proxy in front (Front Door, API Management, CDN, Cloudflare …), or to a public address while the load balancer has a private one, and nothing proves that it fails.",
      docs: [`${INGRESS}#name-based-virtual-hosting`],
    },
    "ingress/host-dns-split": {
      severity: "info",
      title: "This machine and the cluster resolve the host differently",
      explain:
        "Split-horizon DNS: inside and outside have zones of their own. Often meant so; to know when comparing tries.",
      docs: [APP_ROUTING_DNS],
    },
  },
  run({ probes, scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const named = probes.filter(({ target }) => target.hop === "host");
      const here = named.find(({ vantage }) => vantage.kind === "local");
      const inside = fromInside(named)[0];
      if (here === undefined) return NOTHING_TRIED;
      const { host } = here.target;
      const object = refOf(ingress, "spec.rules");
      const own = ownAddresses(ingress, wanted);
      if (isClass(here, "dns-timeout")) return { unknown: `this machine's name servers do not answer for ${host}` };
      if (isClass(here, "dns")) return [find("ingress/host-dns-missing", missingBody())];
      const answers = here.resolved?.addresses ?? [];
      return [...elsewhere(), ...split()];

      function missingBody(): FindingBody {
        const within = inside?.resolved?.addresses ?? [];
        const cnames = here?.resolved?.cnames ?? [];
        return {
          object,
          summary:
            within.length > 0
              ? `${host} resolves in the cluster, but not on this machine`
              : `${host} has no address in DNS${inside === undefined ? " on this machine" : ""}`,
          evidence: [
            { k: "this machine", v: here === undefined ? "" : describeProbe(here) },
            ...(cnames.length === 0 ? [] : [{ k: "it is an alias of", v: cnames.join(" → ") }]),
            { k: "the cluster", v: within.join(", ") || (inside === undefined ? "not asked" : describeProbe(inside)) },
          ],
          remedy: [
            `# create a record for ${host} that leads to ${own.join(", ") || "the controller's address"} (external-dns and the DNS zones of application routing do so by themselves)`,
            `nslookup ${host}`,
          ],
          ...weightOfMissing(within.length > 0),
        };
      }

      function weightOfMissing(insideKnows: boolean): Pick<FindingBody, "severity" | "confidence"> {
        if (insideKnows || NEVER_PUBLIC.test(host)) return { severity: "info" };
        const isInternal = own.length > 0 && own.every(isPrivateText) && here?.vantage.near !== true;
        const asked = inside !== undefined && isClass(inside, "dns");
        return asked && !isInternal ? {} : { severity: "warning", confidence: "likely" };
      }

      function elsewhere(): readonly Finding[] {
        const known = knownAddresses(own, probes);
        // A controller that is reached at nodes only, or at a name that was not looked up, has no address to compare with.
        if (known.size === 0 || answers.length === 0) return [];
        if (answers.some((address) => known.has(canonicalIp(address)))) return [];
        const one = here;
        if (one === undefined) return [];
        const proxies = proxiesOf(one);
        const arrival = arrivalOf(one, loggedOf(ingress, probes, wanted));
        const answered = one.attempts.some(isReached);
        const arrived = arrival.kind === "arrived";
        const proven = arrival.kind === "not-arrived";
        // A firewall or gateway with a public address hands requests on to a load balancer with a private one.
        const translated = own.every(isPrivateText) && !answers.some(isPrivateText);
        const harmless = arrived || ((proxies.length > 0 || translated) && answered && !proven);
        const bad = proven && faredBadly(one) && !(proxies.length > 0 && answered);
        const severity = harmless ? "info" : bad ? "error" : "warning";
        const chain = one.resolved?.cnames ?? [];
        const front = proxies.map(({ title }) => title).join(", ");
        return [
          find("ingress/host-dns-elsewhere", {
            severity,
            confidence: proven || arrived ? "certain" : "likely",
            object,
            summary: `${host} resolves to ${listed(answers, 3)}, the controller is reached at ${listed([...known], 3)}${
              arrived
                ? ": something in front hands requests on"
                : proven
                  ? `: requests to it never arrive${answered ? ", something else answers" : ""}`
                  : front === ""
                    ? ""
                    : `: ${front} in front`
            }`,
            evidence: [
              { k: "this machine", v: answers.join(", ") },
              ...(chain.length === 0 ? [] : [{ k: "it is an alias of", v: chain.join(" → ") }]),
              { k: "the controller's addresses", v: own.join(", ") },
              { k: "requests by the name", v: describeProbe(one) },
              ...proxies.map(({ title, evidence }) => ({ k: title, v: evidence.join(", ") })),
            ],
            remedy: harmless
              ? [
                  `# try the way without what is in front: curl --resolve ${host}:${one.target.port}:${own[0] ?? "ADDRESS"} …`,
                ]
              : [
                  `# if nothing is meant to stand in front, point ${host} to ${own.join(", ")}; clients keep the old answer for its TTL`,
                  `nslookup ${host}`,
                ],
          }),
        ];
      }

      function split(): readonly Finding[] {
        const within = inside?.resolved?.addresses ?? [];
        if (within.length === 0 || answers.length === 0) return [];
        const here_ = new Set(answers.map(canonicalIp));
        if (within.some((address) => here_.has(canonicalIp(address)))) return [];
        return [
          find("ingress/host-dns-split", {
            object,
            summary: `${host} resolves to ${listed(answers, 3)} here and to ${listed(within, 3)} in the cluster`,
            evidence: [
              { k: "this machine", v: answers.join(", ") },
              { k: "the cluster", v: within.join(", ") },
            ],
          }),
        ];
      }
    });
  },
});

function isClass({ attempts }: ProbeResult, name: ProbeResult["attempts"][number]["class"]): boolean {
  return attempts.length > 0 && attempts.every((attempt) => attempt.class === name);
}

/** The addresses, and what this machine found behind those that are names. */
function knownAddresses(own: readonly string[], probes: readonly ProbeResult[]): ReadonlySet<string> {
  const found = own.flatMap((one) => {
    if (parseAddress(one) !== undefined) return [one];
    const dialled = probes.find(
      ({ target, vantage }) => target.hop === "controller-lb" && target.host === one && vantage.kind === "local",
    );
    return dialled?.resolved?.addresses ?? [];
  });
  return new Set(found.map(canonicalIp));
}

function isPrivateText(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPrivate(address);
}
