import { defineCheck, type Scope } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import type { Evidence, Finding, FindingBody } from "../../model/finding.ts";
import { type Pod, refOf, type Service } from "../../model/kube.ts";
import { conditionOf, ipsOf, isReady, longRunning, timeOf, topOwner } from "../../model/pods.ts";
import { findPort, protocolOf } from "../../model/ports.ts";
import { type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { isLoopback, type ListeningSocket, takesFamily } from "../../model/probe-sockets.ts";
import { selects } from "../../model/selectors.ts";
import { judgedPorts } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";

const DEBUG_SERVICE = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/";

/** Ports of proxies that share the pod: nobody means them. */
const PROXY_PORTS = (port: number): boolean => (port >= 15000 && port <= 15090) || port === 4143 || port === 4191;

/** A port that clients of the pod are sent to. */
interface Wanted {
  readonly number: number;
  readonly protocol: string;
  /** The Service port that leads here; undefined when the user named the port. */
  readonly by: { readonly service: Service; readonly index: number; readonly port: number } | undefined;
}

/** What really listens in the pod, read from the kernel's tables. */
export const check = defineCheck({
  id: "pod/sockets",
  question: "Does the app listen on the port it is asked at, on an address that others reach?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["sockets"],
  wants: ["services", "probes"],
  findings: {
    "pod/port-not-listening": {
      severity: "error",
      title: "Nothing listens on the port",
      explain:
        "The kernel's table of the pod's network shows no listener on the port that clients are sent to, in two reads two seconds apart: connections are refused. Change the Service's targetPort, or the port that the app listens on. " +
        "A warning when a mesh proxy captures the pod's traffic, while other endpoints answer, and while ready pods of another template may serve.",
      docs: [DEBUG_SERVICE],
    },
    "pod/listens-on-loopback": {
      severity: "error",
      title: "The app listens on 127.0.0.1 only",
      explain:
        "The app listens on the right port, but on the loopback address: only processes in the same pod reach it. kubectl port-forward works all the same, because it connects inside the pod; the Service does not. " +
        "Make the app listen on 0.0.0.0 or ::. A warning when a mesh proxy shares the pod, which may forward to loopback.",
      docs: [DEBUG_SERVICE],
    },
    "pod/listens-other-family": {
      severity: "error",
      title: "The app listens on another address than the pod's",
      explain:
        "The app is bound to one specific address of the other family, or to one that the pod does not have, so connections to the pod's address are refused. A socket on :: is never reported: it nearly always takes IPv4 too. A warning when one family of two is served.",
      docs: [DEBUG_SERVICE],
    },
    "pod/listening-port-hint": {
      severity: "info",
      title: "Ports that are open instead",
      explain: "The other ports on which something listens in the pod: often the app is on one of them.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ sockets, scope, wanted, now, settings }, find) {
    const findings: Finding[] = [];
    let judged = 0;
    for (const table of sockets) {
      const pod = scope.pods.find(
        ({ metadata }) => metadata.name === table.pod && metadata.namespace === table.namespace,
      );
      if (pod === undefined || !isSettled(pod, now, settings.settle)) continue;
      const ports = wantedPorts(pod, scope, itemsOr(wanted.services));
      judged += ports.length;
      for (const port of ports) findings.push(...judge(pod, port, table.sockets, itemsOr(wanted.probes)));
    }
    if (judged === 0) return { skipped: "no Service sends to the pod, and --port names no port" };
    return findings;

    function judge(
      pod: Pod,
      port: Wanted,
      all: readonly ListeningSocket[],
      probes: readonly ProbeResult[],
    ): readonly Finding[] {
      const own = all.filter((socket) => socket.port === port.number && socket.protocol === port.protocol);
      const open = all.filter(
        (socket) => socket.protocol === port.protocol && !PROXY_PORTS(socket.port) && socket.port !== port.number,
      );
      const ips = ipsOf(pod);
      const families = [...new Set(ips.map((ip) => parseAddress(ip)?.family ?? 4))];
      const served = families.filter((family) => own.some((socket) => takesFamily(socket, family, ips)));
      const wantedAs = `${port.number}/${port.protocol}`;
      const { name } = pod.metadata;
      // A replica stands for all of its template: said of the Service's port, it is not weighed as one pod's trouble among healthy ones.
      const object =
        port.by === undefined ? refOf(pod) : refOf(port.by.service, `spec.ports[${port.by.index}].targetPort`);
      const common = { object, evidence: evidenceOf(port, own, open), ...weight(pod, port, probes, scope) };
      if (own.length === 0) {
        const reachable = open.filter((socket) => !isLoopback(socket));
        const hint =
          open.length === 0
            ? []
            : [
                find("pod/listening-port-hint", {
                  object: refOf(pod),
                  summary: `pod ${name} listens on ${shown(open)}`,
                  evidence: [{ k: "open", v: shown(open) }],
                }),
              ];
        return [
          find("pod/port-not-listening", {
            ...common,
            summary: `nothing in pod ${name} listens on ${wantedAs}${open.length === 0 ? ", nor on any other port" : `; it listens on ${shown(open)}`}`,
            remedy: remedyFor(port, reachable),
          }),
          ...hint,
        ];
      }
      if (own.every(isLoopback))
        return [
          find("pod/listens-on-loopback", {
            ...common,
            summary: `the app in pod ${name} listens on ${shown(own)} only: port-forward works, the Service does not`,
            remedy: [
              "# make the app listen on 0.0.0.0 (or ::) instead of the loopback address; most apps have a setting HOST, BIND or LISTEN",
            ],
          }),
        ];
      if (served.length === families.length) return [];
      return [
        find("pod/listens-other-family", {
          ...common,
          ...(served.length > 0 ? { severity: "warning" as const } : {}),
          summary: `the app in pod ${name} listens on ${shown(own)}, which clients of ${ips.join(", ")} do not reach`,
          remedy: ["# make the app listen on :: (both families) or on 0.0.0.0"],
        }),
      ];
    }
  },
});

/** Ready, or running for long enough to have opened its ports. */
function isSettled(pod: Pod, now: number, settle: number): boolean {
  if (isReady(pod)) return true;
  const started = timeOf(conditionOf(pod, "Initialized")?.lastTransitionTime ?? pod.status?.startTime);
  return pod.status?.phase === "Running" && started !== undefined && now - started > settle;
}

function wantedPorts(pod: Pod, scope: Scope, others: readonly Service[]): readonly Wanted[] {
  const services = scope.target === "pod" ? others.filter((service) => selects(service, pod)) : scope.services;
  const asked = scope.target === "pod" && /^\d+$/.test(scope.port ?? "") ? [Number(scope.port)] : [];
  const all = [
    ...asked.map((number): Wanted => ({ number, protocol: "TCP", by: undefined })),
    ...services
      .filter((service) => selects(service, pod))
      .flatMap((service) =>
        judgedPorts(service, scope.target === "pod" ? undefined : scope.port).flatMap(
          ({ port, index }): readonly Wanted[] => {
            const number = findPort(pod, port);
            const protocol = protocolOf(port);
            if (number === undefined || (protocol !== "TCP" && protocol !== "UDP")) return [];
            return [{ number, protocol, by: { service, index, port: port.port ?? 0 } }];
          },
        ),
      ),
  ];
  return all.filter(
    (one, i) => all.findIndex((other) => other.number === one.number && other.protocol === one.protocol) === i,
  );
}

/** A mesh proxy may capture the traffic or forward it to loopback; and while others serve, the Service still works in part. */
function weight(pod: Pod, port: Wanted, probes: readonly ProbeResult[], scope: Scope): Pick<FindingBody, "severity"> {
  const meshed = longRunning(pod).some(({ name }) => name === "istio-proxy" || name === "linkerd-proxy");
  const others = probes.some(
    (result) =>
      result.target.hop === "pod" &&
      result.target.servicePort === port.by?.port &&
      result.target.object.name !== pod.metadata.name &&
      verdictOfProbe(result) === "ok",
  );
  const otherKinds =
    port.by !== undefined && scope.pods.some((other) => isReady(other) && templateOf(other) !== templateOf(pod));
  return meshed || others || otherKinds ? { severity: "warning" } : {};
}

/** Pods of one template run the same containers with the same settings. */
function templateOf(pod: Pod): string {
  const { labels = {}, name } = pod.metadata;
  const owner = topOwner(pod);
  return owner === "" ? name : `${owner} ${labels["pod-template-hash"] ?? labels["controller-revision-hash"] ?? ""}`;
}

/** `0.0.0.0:3000, 127.0.0.1:9090`. */
function shown(sockets: readonly ListeningSocket[]): string {
  const texts = sockets.map(({ address, port, family }) =>
    family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return texts.length > 8 ? `${texts.slice(0, 8).join(", ")} and ${texts.length - 8} more` : texts.join(", ");
}

function evidenceOf(
  port: Wanted,
  own: readonly ListeningSocket[],
  open: readonly ListeningSocket[],
): readonly Evidence[] {
  const by = port.by === undefined ? "--port" : `Service ${port.by.service.metadata.name}:${port.by.port}`;
  return [
    { k: "wanted", v: `${port.number}/${port.protocol} by ${by}` },
    { k: `listeners on ${port.number}`, v: own.length === 0 ? "none" : shown(own) },
    ...(open.length === 0 ? [] : [{ k: "other listeners", v: shown(open) }]),
  ];
}

/** With one open port only, the Service most likely means that one. */
function remedyFor(port: Wanted, reachable: readonly ListeningSocket[]): readonly string[] {
  const numbers = [...new Set(reachable.map((socket) => socket.port))];
  const [only] = numbers;
  const { by } = port;
  if (by === undefined || only === undefined || numbers.length !== 1)
    return [`# make the app listen on port ${port.number}, or send clients to a port that is open`];
  const { namespace, name } = by.service.metadata;
  const patch = JSON.stringify([{ op: "replace", path: `/spec/ports/${by.index}/targetPort`, value: only }]);
  return [
    kubectl(namespace, "patch", "service", name, "--type=json", "-p", patch),
    `# or make the app listen on ${port.number}`,
  ];
}
