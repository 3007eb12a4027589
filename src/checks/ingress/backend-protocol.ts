import { defineCheck } from "../../model/check.ts";
import { portUsed } from "../../model/ingress/backend.ts";
import { refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { describePort, targetPortOf } from "../../model/ports.ts";
import type { ProbeResult } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { atHop, evidenceOf } from "../probe/_probe.ts";
import {
  forEachIngress,
  judgedRoutes,
  NGINX_ANNOTATIONS,
  NGINX_PREFIX,
  nginxAnnotation,
  resolved,
  routeText,
  serviceOf,
  severityOf,
} from "./_shared.ts";

type Speaks = "https" | "grpc" | "http" | undefined;

/** ingress-nginx does not look at appProtocol or port names: the annotation alone says how it speaks to the app. */
export const check = defineCheck({
  id: "ingress/backend-protocol",
  question: "Does the controller speak the protocol that the ports name?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["services"],
  wants: ["allIngresses", "ingressClasses", "controllerPods", "probes"],
  findings: {
    "ingress/backend-protocol-suspect": {
      severity: "warning",
      title: "The controller speaks another protocol than the port's name says",
      explain:
        "The annotation backend-protocol (default HTTP) does not fit what the Service's port says of itself: a TLS port that is spoken to in plain HTTP answers 400 or closes the connection, a plain port " +
        "spoken to in TLS gives 502, gRPC needs GRPC. Names may mislead, so this is a warning, and an error only when --probe has spoken to the endpoints and found it so. Not reported with ssl-passthrough or AUTO_HTTP, nor for other controllers than ingress-nginx.",
      docs: [`${NGINX_ANNOTATIONS}#backend-protocol`],
    },
  },
  run({ scope, services, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind } = resolved(ingress, wanted);
      if (kind?.paths !== "ingress-nginx") return { skipped: "the controller is not ingress-nginx" };
      if (nginxAnnotation(ingress, "ssl-passthrough") === "true") return { skipped: "TLS is passed through" };
      const protocol = (nginxAnnotation(ingress, "backend-protocol") ?? "HTTP").toUpperCase();
      if (!["HTTP", "HTTPS", "GRPC", "GRPCS"].includes(protocol)) return { skipped: `backend-protocol is ${protocol}` };
      const told = new Set<string>();
      return judgedRoutes(ingress, scope, wanted.allIngresses, wanted).flatMap(({ route, asked }) => {
        const service = serviceOf(route, services);
        const port = service === undefined ? undefined : portUsed(service, route.backend.port, kind.paths);
        if (service === undefined || port === undefined || told.has(`${service.metadata.name}:${port.port}`)) return [];
        told.add(`${service.metadata.name}:${port.port}`);
        const proven = provenSpeech(service, port.port, itemsOr(wanted.probes));
        const says = proven?.speaks ?? speaks(port);
        const fits =
          says === undefined ||
          (says === "https" && protocol.endsWith("S")) ||
          (says === "grpc" && protocol.startsWith("GRPC")) ||
          (says === "http" && !protocol.endsWith("S"));
        if (fits) return [];
        const right =
          says === "https"
            ? protocol === "GRPC"
              ? "GRPCS"
              : "HTTPS"
            : says === "grpc"
              ? "GRPC"
              : protocol === "GRPCS"
                ? "GRPC"
                : "HTTP";
        return [
          find("ingress/backend-protocol-suspect", {
            ...(proven === undefined ? { confidence: "likely" as const } : { severity: severityOf("error", asked) }),
            object: refOf(ingress, `metadata.annotations.${NGINX_PREFIX}backend-protocol`),
            summary: `the controller speaks ${protocol} to port ${describePort(port)} of Service ${service.metadata.name}, which ${proven === undefined ? "looks like" : "speaks"} ${says === "http" ? "plain HTTP" : says.toUpperCase()}`,
            evidence: [
              {
                k: routeText(route),
                v: `${service.metadata.name} ${describePort(port)}${port.appProtocol === undefined ? "" : `, appProtocol ${port.appProtocol}`}`,
              },
              { k: "backend-protocol", v: nginxAnnotation(ingress, "backend-protocol") ?? "not set (HTTP)" },
              ...(proven === undefined ? [] : evidenceOf(proven.results.slice(0, 2))),
            ],
            remedy: [
              kubectl(
                ingress.metadata.namespace,
                "annotate",
                "ingress",
                ingress.metadata.name,
                "--overwrite",
                `${NGINX_PREFIX}backend-protocol=${right}`,
              ),
            ],
          }),
        ];
      });
    });
  },
});

interface Proven {
  readonly speaks: "http" | "https";
  readonly results: readonly ProbeResult[];
}

/** What our own requests found the endpoints to speak; undefined when they were not asked, or do not agree. */
function provenSpeech(service: Service, port: number | undefined, probes: readonly ProbeResult[]): Proven | undefined {
  const { namespace } = service.metadata;
  const results = atHop(probes, "pod").filter(
    ({ target }) => target.object.namespace === namespace && target.servicePort === port && target.scheme !== "tcp",
  );
  const spoken = results.flatMap(spokenBy);
  const [first] = spoken;
  if (first === undefined || spoken.length < results.length || spoken.some((one) => one !== first)) return undefined;
  return { speaks: first, results };
}

/** By an answer in that language; a redirect or an error is one too, a hang-up is not. */
function spokenBy({ target, attempts }: ProbeResult): "http" | "https" | readonly [] {
  const is = (name: ProbeResult["attempts"][number]["class"]): boolean => attempts.every((one) => one.class === name);
  if (attempts.every((one) => one.speaks === "https") || is("plain-on-tls")) return "https";
  if (attempts.every((one) => one.speaks === "http") || is("tls-on-plain")) return "http";
  const answered = attempts.every((one) => one.class === "ok" && one.status !== undefined && one.speaks === undefined);
  return answered && (target.scheme === "http" || target.scheme === "https") ? target.scheme : [];
}

/**
 * What a port says of itself: appProtocol first, then its name, then a well-known number of the container. The Service's own number says
 * nothing: 443 in front of 8080 is common.
 */
function speaks(port: ServicePort): Speaks {
  const app = (port.appProtocol ?? "").toLowerCase();
  if (app === "https" || app === "kubernetes.io/wss") return "https";
  if (app === "grpc" || app === "kubernetes.io/h2c") return app === "grpc" ? "grpc" : undefined;
  if (app === "http") return "http";
  if (app !== "") return undefined;
  const target = targetPortOf(port);
  if (target === 80 || target === "http") return "http";
  if ([443, 8443].includes(Number(target)) || target === "https") return "https";
  const name = (port.name ?? "").toLowerCase();
  if (/^https(-|$)/.test(name)) return "https";
  if (/^grpc(-|$)/.test(name)) return "grpc";
  return /^http(-|$)/.test(name) ? "http" : undefined;
}
