import { defineCheck, type Scope } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { accessLines, arrivalOf, seenOf } from "../../model/ingress/arrival.ts";
import { LOG_PATTERNS } from "../../model/ingress/errorlog.ts";
import { routesOf } from "../../model/ingress/routes.ts";
import { isVia, lineEvidence, loggedOf, upstreamEvidence, urlOf, VIA } from "../../model/ingress/through.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { withoutQueryValues } from "../../model/marker.ts";
import { ageOf } from "../../model/pods.ts";
import { isExpected, type ProbeResult } from "../../model/probe-results.ts";
import { selects } from "../../model/selectors.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, NGINX_TROUBLE, netcheck } from "../ingress/_shared.ts";
import { atHop, evidenceOf, NOTHING_TRIED } from "./_probe.ts";

/** What a line about our own request says, in a clause. Sources: catalogue §11.8; nginx src/http/ngx_http_upstream.c. */
const CAUSES: Readonly<Record<string, string>> = {
  "log-upstream-refused": "its connections to the app are refused",
  "log-upstream-timeout": "its connections to the app get no answer, packets are dropped",
  "log-upstream-slow": "the app accepts the request and does not answer in time",
  "log-upstream-tls": "its TLS handshake with the app fails",
  "log-header-too-big": "the app's response headers are larger than its buffer",
  "log-upstream-protocol": "the app's answer is no HTTP",
  "log-upstream-closed": "the app closes the connection before it answers",
};

/** The app's URL through the controller against the app by itself: where the status changes is where the fault is. */
export const check = defineCheck({
  id: "probe/host",
  question: "Does the URL answer through the controller as the app does by itself?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["probes"],
  wants: ["markedLogs", "ingressClasses", "controllerPods"],
  findings: {
    "probe/host-5xx": {
      severity: "error",
      title: "The controller answers with a server error",
      explain:
        "The URL of the Ingress gives 5xx at the first station that is the controller's, and the app by itself does not. 502: the controller cannot get a valid answer from the app (refused, closed, TLS against plain text). 503: it has nothing to send to (no ready endpoint), or a setting of the Ingress is rejected. " +
        "504: the app does not answer in time, or packets to it are dropped. Which of these it is stands in the controller's log, where that was read. Not reported when the app itself answers 5xx: that is told of the pod.",
      docs: [NGINX_TROUBLE, "https://developer.mozilla.org/docs/Web/HTTP/Reference/Status"],
    },
    "probe/host-404": {
      severity: "warning",
      title: "The controller answers 404 where the app does not",
      explain:
        "The URL of the Ingress gives 404 at every station, the app by itself does not, and no line of the log shows that the app said so: the controller has no route for the URL (it ignores the Ingress, or has not loaded it), or something else answers. " +
        "A warning only, since an app may tell hosts apart, and by itself it is asked by its address. Not reported for an Ingress younger than half a minute, nor when --host or --path ask for what no rule takes.",
      docs: [NGINX_TROUBLE],
    },
    "probe/host-unexpected-status": {
      severity: "error",
      title: "The status through the controller is not the expected one",
      explain:
        "The URL of the Ingress answers with a status that --expect-status does not name, while the app by itself answers as expected or was not asked.",
      docs: ["https://developer.mozilla.org/docs/Web/HTTP/Reference/Status"],
    },
  },
  run({ probes, scope, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const through = probes.filter(isVia);
      if (through.length === 0) return NOTHING_TRIED;
      const at = through[0]?.target.route;
      const backend = routesOf(ingress).find((route) => route.at === at)?.backend.service;
      const service = scope.services.find(({ metadata }) => metadata.name === backend);
      const pods = atHop(probes, "pod").filter((one) => isBehind(one, service, scope));
      const object = refOf(ingress, at);
      const logged = loggedOf(ingress, probes, wanted);
      // What answers in front of the controller is another story: that the request never arrived.
      const failing = VIA.flatMap((hop) => atHop(through, hop)).filter(
        (one) => hasServerError(one) && arrivalOf(one, logged).kind !== "not-arrived",
      );
      const [first] = failing;
      if (first === undefined) return [...unexpected(), ...unrouted()];
      // The app says so itself: told of the pod.
      if (pods.some(hasServerError)) return [];
      const logs = itemsOr(wanted.markedLogs);
      const seen = failing.flatMap(({ marker }) => (marker === undefined ? [] : seenOf(marker, logs)));
      const requests = accessLines(seen);
      const faults = seen.filter((one) => !requests.includes(one));
      const fault = faults.find(({ line }) => causeIn(line) !== undefined);
      const status = lastStatus(first);
      const answers = pods.flatMap(({ attempts }) => attempts.flatMap((attempt) => attempt.status ?? []));
      const byItself =
        answers.length === 0 ? "" : `, while the app by itself answers ${[...new Set(answers)].join(", ")}`;
      return [
        find("probe/host-5xx", {
          object,
          summary: `${urlOf(first)} answers ${status} through the controller${byItself}: ${
            fault === undefined ? guess(status, requests) : causeIn(fault.line)
          }`,
          evidence: [
            ...evidenceOf(failing.slice(0, 4)),
            ...(first.attempts[0]?.body === undefined ? [] : [{ k: "it says", v: first.attempts[0].body }]),
            ...upstreamEvidence(requests),
            ...((fault ?? requests[0])
              ? [fault ?? requests[0]].flatMap((one) => (one === undefined ? [] : [lineEvidence(one)]))
              : []),
          ],
          remedy: [
            ...(service === undefined
              ? []
              : [netcheck(service.metadata.namespace, "svc", service.metadata.name, "--probe")]),
            ...(seen[0] === undefined
              ? []
              : [
                  `${kubectl(seen[0].namespace, "logs", seen[0].pod, "--since=10m")} | grep ${first.marker ?? "netcheck"}`,
                ]),
            "# the controller's log says why; a 5xx without an upstream is the controller's own",
          ],
          confidence: fault === undefined ? "likely" : "certain",
        }),
      ];

      function unrouted(): readonly Finding[] {
        const answered = through.filter((one) => lastStatus(one) !== undefined);
        const gone = answered.filter(({ attempts }) => attempts.every(({ status }) => status === 404));
        const [sample] = gone;
        const age = ageOf(ingress.metadata, now);
        const fine =
          pods.length > 0 &&
          pods.every(({ attempts }) => attempts.every(({ status = 0 }) => status > 0 && status < 400));
        const young = now === 0 || age === undefined || age < settings.settle;
        if (sample === undefined || gone.length < answered.length || !fine || young || at === undefined) return [];
        const logs = itemsOr(wanted.markedLogs);
        const lines = gone.flatMap(({ marker }) => (marker === undefined ? [] : accessLines(seenOf(marker, logs))));
        // With an upstream it is the app's answer; without one ingress/log-host-unmatched tells it for sure.
        if (lines.length > 0) return [];
        return [
          find("probe/host-404", {
            object,
            summary: `${urlOf(sample)} answers 404 through the controller, while the app by itself answers ${[...new Set(pods.flatMap(({ attempts }) => attempts.flatMap(({ status }) => status ?? [])))].join(", ")}`,
            evidence: evidenceOf([...gone.slice(0, 3), ...pods.slice(0, 1)]),
            confidence: "likely",
            remedy: [
              kubectl(ingress.metadata.namespace, "describe", "ingress", ingress.metadata.name),
              "# does the controller of the Ingress' class know it? Its log names Ingresses that it ignores",
            ],
          }),
        ];
      }

      function unexpected(): readonly Finding[] {
        const ending = through.toReversed().find(({ attempts }) => attempts.some((one) => one.status !== undefined));
        const expect = ending?.target.expect;
        if (ending === undefined || expect === undefined) return [];
        const got = lastStatus(ending);
        const appToo = pods.some(({ attempts }) =>
          attempts.some((one) => one.status !== undefined && !isExpected(one.status, expect)),
        );
        if (got === undefined || isExpected(got, expect) || appToo) return [];
        const redirect = ending.attempts.find((one) => one.headers?.["location"] !== undefined)?.headers?.["location"];
        return [
          find("probe/host-unexpected-status", {
            object,
            summary: `${urlOf(ending)} answers ${got}, expected ${expect}`,
            evidence: [
              ...evidenceOf([ending]),
              ...(redirect === undefined ? [] : [{ k: "it sends one to", v: withoutQueryValues(redirect) }]),
            ],
            remedy:
              redirect === undefined
                ? ["# ask for a path that the app serves: --path; or expect this status: --expect-status"]
                : [
                    "# ask where it sends one to (--scheme https, --host, --path), or expect the redirect: --expect-status 200,3xx",
                  ],
          }),
        ];
      }
    });
  },
});

/** Whether a result is about a pod, or an address without a pod, of that Service; all are when the Service is not known. */
function isBehind({ target }: ProbeResult, service: Service | undefined, scope: Scope): boolean {
  const { kind, name } = target.object;
  if (service === undefined) return true;
  if (kind !== "Pod") return name === service.metadata.name;
  return scope.pods.some((pod) => pod.metadata.name === name && selects(service, pod));
}

/** Every try that was answered was answered 5xx. */
function hasServerError({ attempts }: ProbeResult): boolean {
  const answered = attempts.flatMap(({ status }) => status ?? []);
  return answered.length > 0 && answered.every((status) => status >= 500);
}

function lastStatus({ attempts }: ProbeResult): number | undefined {
  return attempts.flatMap(({ status }) => status ?? []).at(-1);
}

function causeIn(line: string): string | undefined {
  const id = LOG_PATTERNS.find(({ pattern }) => pattern.test(line))?.id;
  return id === undefined ? undefined : CAUSES[id];
}

/** What the access line and the status alone allow to say. */
function guess(status: number | undefined, requests: ReturnType<typeof accessLines>): string {
  const access = requests.find((one) => one.access !== undefined)?.access;
  if (access !== undefined && access.upstreams.length === 0)
    return "it has no endpoint to send the request to, or a setting of the Ingress is rejected";
  const last = access?.upstreams.at(-1);
  if (last?.status !== undefined && last.status >= 500)
    return `the upstream ${last.address} answered ${last.status}, or not at all`;
  if (status === 502) return "it gets no valid answer from the app";
  if (status === 503) return "it has nothing to send the request to, or sends none there by a setting";
  if (status === 504) return "the app does not answer it in time";
  return "the error is its own or one of the app behind it";
}
