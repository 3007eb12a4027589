import { defineCheck } from "../../model/check.ts";
import { isPrivate, parseAddress } from "../../model/cidr.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import { accessLines, arrivalOf, seenOf } from "../../model/ingress/arrival.ts";
import {
  entryService,
  faredBadly,
  isFromOutside,
  isVia,
  lineEvidence,
  loggedOf,
  proxiesOf,
  urlOf,
} from "../../model/ingress/through.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { describeProbe, isReached, type ProbeResult } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { evidenceOf, NOTHING_TRIED } from "../probe/_probe.ts";
import { forEachIngress, NGINX_TROUBLE, netcheck, resolved } from "./_shared.ts";

const ARTICLE =
  "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/connection-issues-application-hosted-aks-cluster";

/** Marked requests, looked for in the logs of all pods of the controller; the absence of one counts only when its control from inside is there. */
export const check = defineCheck({
  id: "ingress/request-log",
  question: "Do requests from this machine arrive at the controller?",
  hop: "load-balancer",
  appliesTo: ["ingress"],
  needs: ["probes"],
  wants: ["markedLogs", "ingressClasses", "controllerPods", "controllerServices"],
  findings: {
    "ingress/request-not-in-log": {
      severity: "error",
      title: "Requests from this machine never reach the controller",
      explain:
        "A marked request from this machine is in no log of the controller's pods, and the same request from inside the cluster, straight to such a pod, is: so the log works, and the request was lost or answered before the controller. " +
        "In this order: the host's DNS record, a firewall or route, a network security group or source ranges, the load balancer's health probe. " +
        "Without that control nothing is claimed (access log off, sampled, elsewhere, unreadable). A warning when something in front answered other than 404 or 5xx, or is a known proxy (it may answer from its cache, send clients to https or to a login page), and when the address is private and this machine may not be in its network.",
      docs: [ARTICLE, NGINX_TROUBLE],
    },
    "ingress/log-host-unmatched": {
      severity: "error",
      title: "The controller knows no route for this host and path",
      explain:
        "The request arrived, and the controller answered 404 by itself: its configuration has no route for the URL, although the Ingress has a rule. It ignores the Ingress (class, namespace, a rejected annotation), or runs with an older configuration. An info for an Ingress younger than half a minute: a controller needs a moment to load it.",
      docs: [NGINX_TROUBLE],
    },
  },
  run({ probes, scope, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const outside = probes.filter(isFromOutside);
      const marked = probes.filter((one) => isVia(one) && one.marker !== undefined);
      if (marked.length === 0 && outside.length === 0) return NOTHING_TRIED;
      const logged = loggedOf(ingress, probes, wanted);
      const told = outside.map((result) => ({ result, arrival: arrivalOf(result, logged) }));
      const lost = told.filter(({ arrival }) => arrival.kind === "not-arrived");
      const findings = [
        ...(lost.length === 0 ? [] : [find("ingress/request-not-in-log", lostBody(ingress, told))]),
        ...unmatched(),
      ];
      if (findings.length > 0) return findings;
      const open = told.flatMap(({ arrival }) => (arrival.kind === "undecidable" ? [arrival.why] : []));
      return open.length > 0 && !told.some(({ arrival }) => arrival.kind === "arrived")
        ? { unknown: `whether requests arrive cannot be told: ${open[0]}` }
        : [];

      function lostBody(of: Ingress, all: typeof told): FindingBody {
        const gone = all.filter(({ arrival }) => arrival.kind === "not-arrived");
        const results = gone.map(({ result }) => result);
        const controls = gone.flatMap(({ arrival }) => (arrival.kind === "not-arrived" ? arrival.controls : []));
        // The name is what people use; where only it leads astray, it alone is told.
        const first = results.find(({ target }) => target.hop === "host") ?? results[0];
        if (first === undefined) throw new Error("a finding needs a result");
        const answered = results.filter(({ attempts }) => attempts.some(isReached));
        const service = entryService(of, wanted);
        const names = first.resolved?.addresses ?? [];
        return {
          object: refOf(of),
          summary: `requests to ${urlOf(first)} from this machine never reach the controller: ${
            answered.includes(first) ? `something else answers (${describeProbe(first)})` : describeProbe(first)
          }`,
          evidence: [
            ...evidenceOf(results),
            ...(names.length === 0 ? [] : [{ k: `${first.target.host} resolves here to`, v: names.join(", ") }]),
            ...answered.slice(0, 1).flatMap(whoAnswered),
            ...controls.slice(0, 1).map((control) => ({
              ...lineEvidence(control),
              k: `the control from inside, in the log of ${control.pod}`,
            })),
            {
              k: "from this machine",
              v: `no line with ${first.marker} in ${logged.logs.map(({ pod }) => pod).join(", ")}`,
            },
          ],
          remedy: [
            ...(service === undefined
              ? []
              : [
                  "# the way to the controller, with load balancer, security groups and routes as Azure tells them:",
                  netcheck(service.metadata.namespace, "svc", service.metadata.name, "--probe"),
                  kubectl(service.metadata.namespace, "describe", "service", service.metadata.name),
                ]),
            "# from the outside in: DNS record of the host, firewall or route table, security group and source ranges, health probe of the load balancer",
          ],
          ...weight(results, probes),
        };
      }

      function unmatched(): readonly Finding[] {
        const { takers } = resolved(ingress, wanted);
        const age = ageOf(ingress.metadata, now);
        if (takers.length !== 1 || now === 0 || age === undefined) return [];
        const isYoung = age < settings.settle;
        if (ingress.spec?.defaultBackend !== undefined) return [];
        const seen = marked.flatMap((one) => accessLines(seenOf(one.marker ?? "", logged.logs)));
        const read = seen.flatMap(({ access }) => access ?? []);
        const own = (route: string): boolean => route === "" || route === "upstream-default-backend";
        if (read.length === 0 || !read.every(({ status, route }) => status === 404 && own(route))) return [];
        const [first] = marked;
        const [line] = seen;
        if (first === undefined || line === undefined) return [];
        return [
          find("ingress/log-host-unmatched", {
            object: refOf(ingress, first.target.route),
            severity: isYoung ? "info" : "error",
            summary: `the controller has no route for ${urlOf(first)}${isYoung ? " yet" : ""}: it answers 404 by itself`,
            evidence: [lineEvidence(line)],
            remedy: [
              kubectl(ingress.metadata.namespace, "describe", "ingress", ingress.metadata.name),
              kubectl(line.namespace, "logs", line.pod, "--tail=100"),
            ],
          }),
        ];
      }
    });
  },
});

function whoAnswered(result: ProbeResult): FindingBody["evidence"] {
  const headers = result.attempts.find((attempt) => attempt.headers !== undefined)?.headers ?? {};
  const told = Object.entries(headers)
    .filter(([name]) => name !== "location")
    .map(([name, value]) => `${name}: ${value}`);
  return told.length === 0 ? [] : [{ k: "it calls itself", v: told.join(", ") }];
}

/** What lies between this machine and a private address may be meant so; a proxy may answer for the app. */
function weight(
  lost: readonly ProbeResult[],
  probes: readonly ProbeResult[],
): Pick<FindingBody, "severity" | "confidence"> {
  const answered = lost.filter(({ attempts }) => attempts.some(isReached));
  if (answered.length > 0) {
    const known = answered.some((one) => proxiesOf(one).length > 0);
    return known || !lost.some(faredBadly) ? { severity: "warning", confidence: "likely" } : {};
  }
  const here = probes.filter(({ vantage }) => vantage.kind === "local");
  const near = here.some(
    (one) =>
      one.vantage.near === true ||
      one.attempts.some((attempt) => isReached(attempt) && isPrivateAddress(attempt.peer ?? "")),
  );
  const all = lost.flatMap(({ attempts }) => attempts.map(({ peer = "" }) => peer));
  return near || !all.every(isPrivateAddress) ? {} : { severity: "warning", confidence: "likely" };
}

function isPrivateAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPrivate(address);
}
