import { defineCheck, type Scope } from "../../model/check.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import type { Pod } from "../../model/kube.ts";
import { isReady } from "../../model/pods.ts";
import { declaredPorts } from "../../model/ports.ts";
import { failureOf, type ProbeClass, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl, sh } from "../../model/shell.ts";
import {
  addressOf,
  atHop,
  DEBUG_SERVICE,
  evidenceOf,
  hasMeshProxy,
  NETWORK_POLICIES,
  NOTHING_TRIED,
  podOf,
  sameTarget,
} from "./_probe.ts";

type Id = "probe/pod-refused" | "probe/pod-timeout" | "probe/pod-reset" | "probe/pod-silent";

const IDS: Readonly<Partial<Record<ProbeClass, Id>>> = {
  refused: "probe/pod-refused",
  "timeout-connect": "probe/pod-timeout",
  "no-route": "probe/pod-timeout",
  "reset-connect": "probe/pod-reset",
  "empty-reply": "probe/pod-reset",
  "timeout-response": "probe/pod-silent",
};

/** The innermost station: each endpoint at its own address, past every Service. */
export const check = defineCheck({
  id: "probe/pod-ip",
  question: "Does each endpoint answer at its own address?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  essential: true,
  needs: ["probes"],
  findings: {
    "probe/pod-refused": {
      severity: "error",
      title: "A pod refuses connections on its port",
      explain:
        "The pod's network answered with a reset at once: nothing listens there on the pod's address. The app listens on another port, or only on 127.0.0.1 (port-forward works then, the Service does not). " +
        "A network policy is hardly the cause: most engines drop packets, which is a timeout; kube-router refuses, and netcheck then looks at the policies first. A warning while other endpoints answer.",
      docs: [DEBUG_SERVICE],
    },
    "probe/pod-timeout": {
      severity: "error",
      title: "Packets to a pod get lost",
      explain:
        "No connection came about within the time: something drops the packets between the client and the pod, most often a network policy, else the network between the nodes. A pod on which nothing listens refuses instead, " +
        "so the app is not the cause. A warning while other endpoints answer.",
      docs: [NETWORK_POLICIES],
    },
    "probe/pod-reset": {
      severity: "warning",
      title: "A pod accepts connections and closes them at once",
      explain:
        "The connection was accepted and then closed or reset without an answer: the app speaks another protocol than the request, a proxy in the pod wants mutual TLS, or the app fails. " +
        "With a mesh proxy in the pod this is as it should be for a client outside of the mesh.",
      docs: [DEBUG_SERVICE],
    },
    "probe/pod-silent": {
      severity: "error",
      title: "A pod accepts connections and does not answer",
      explain:
        "TCP connects, but no answer came within six seconds: the app hangs, waits for something of its own, or expects another protocol. Small requests get through here, so it is neither a policy nor a port. " +
        "A warning while other endpoints answer.",
      docs: [DEBUG_SERVICE],
    },
    "probe/intermittent": {
      severity: "warning",
      title: "Some tries fail and some succeed",
      explain:
        "The same address answered some of five tries and failed others: the app restarts or is overloaded, or, at a cluster IP, one of several endpoints is broken. A single success does not make it healthy.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ probes, scope }, find) {
    const tried = atHop(probes, "pod");
    if (tried.length === 0) return NOTHING_TRIED;
    const distinct = tried.filter((one, i) => tried.findIndex((other) => sameTarget(one.target, other.target)) === i);
    return distinct.flatMap((one): readonly Finding[] => {
      const all = tried.filter((other) => sameTarget(one.target, other.target));
      const mixed = all.filter((result) => verdictOfProbe(result) === "mixed");
      if (mixed.length > 0) return [find("probe/intermittent", mixedBody(all))];
      const failed = all.filter((result) => verdictOfProbe(result) === "failed");
      const id = IDS[failed.map(failureOf)[0] ?? "unclear"];
      const pod = podOf(one.target, scope);
      // A pod that is not ready gets no traffic, and why it is not is told elsewhere.
      if (failed.length === 0 || id === undefined || (pod !== undefined && !isReady(pod))) return [];
      return [find(id, { ...bodyOf(id, failed, all, pod, scope), ...weight(id, one, tried, pod) })];
    });
  },
});

/** Error only when no endpoint of that port answers: else some clients are served. A proxy of a mesh may reset strangers. */
function weight(
  id: Id,
  one: ProbeResult,
  tried: readonly ProbeResult[],
  pod: Pod | undefined,
): Pick<FindingBody, "severity"> {
  if (id === "probe/pod-reset") return hasMeshProxy(pod) ? { severity: "info" } : {};
  const siblings = tried.filter(({ target }) => target.servicePort === one.target.servicePort);
  const served = siblings.some((result) => !sameTarget(result.target, one.target) && verdictOfProbe(result) === "ok");
  return one.target.servicePort !== undefined && served ? { severity: "warning" } : {};
}

const SAYS: Readonly<Record<Id, string>> = {
  "probe/pod-refused": "refuses connections",
  "probe/pod-timeout": "cannot be reached: packets get lost",
  "probe/pod-reset": "closes connections without an answer",
  "probe/pod-silent": "accepts connections but does not answer",
};

function bodyOf(
  id: Id,
  failed: readonly ProbeResult[],
  all: readonly ProbeResult[],
  pod: Pod | undefined,
  scope: Scope,
): FindingBody {
  const [first] = failed;
  const target = first?.target ?? all[0]?.target;
  if (target === undefined) throw new Error("a finding needs a result");
  const places = new Set(all.map(({ vantage }) => vantage.label));
  const from = failed.length < places.size ? ` from ${failed.map(({ vantage }) => vantage.label).join(", ")}` : "";
  const declared = pod === undefined ? [] : declaredPorts(pod).filter(({ protocol }) => protocol === "TCP");
  return {
    object: target.object,
    summary: `${target.object.kind} ${target.object.name} at ${addressOf(target)} ${SAYS[id]}${from}`,
    evidence: [
      ...evidenceOf(all),
      ...(id === "probe/pod-refused" && declared.length > 0
        ? [
            {
              k: "ports it declares",
              v: declared.map(({ name, number }) => (name ? `${name}=${number}` : `${number}`)).join(", "),
            },
          ]
        : []),
    ],
    remedy: remedyOf(
      id,
      target.object,
      target.port,
      declared.map(({ number }) => number),
      scope,
    ),
  };
}

function remedyOf(
  id: Id,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  port: number,
  declared: readonly number[],
  scope: Scope,
): readonly string[] {
  if (id === "probe/pod-timeout")
    return [
      kubectl(namespace, "get", "networkpolicy", "-o", "wide"),
      "# allow this port from the clients that need it",
    ];
  if (id !== "probe/pod-refused")
    return [
      kubectl(namespace, "logs", name, "--tail=20"),
      "# speak the protocol of the port: --scheme http, https or tcp",
    ];
  const other = declared.filter((number) => number !== port);
  const [service] = scope.services;
  const [only] = other;
  const at = (service?.spec?.ports ?? []).findIndex(
    (one) => one.targetPort === port || (one.targetPort === undefined && one.port === port),
  );
  const patch =
    service !== undefined && only !== undefined && other.length === 1 && !declared.includes(port) && at >= 0
      ? [
          kubectl(
            namespace,
            ...["patch", "service", service.metadata.name, "--type=json", "-p"],
            JSON.stringify([{ op: "replace", path: `/spec/ports/${at}/targetPort`, value: only }]),
          ),
        ]
      : [];
  const kind = scope.target === "pod" ? `pod ${sh(name)}` : `svc ${sh(service?.metadata.name ?? name)}`;
  const named = scope.port === undefined ? "" : ` --port ${sh(scope.port)}`;
  return [
    ...patch,
    `# which ports are open in it, and on which address:`,
    `kubectl netcheck -n ${sh(namespace)} ${kind}${named} --probe --sockets`,
  ];
}

function mixedBody(all: readonly ProbeResult[]): FindingBody {
  const [first] = all;
  if (first === undefined) throw new Error("a finding needs a result");
  const { object } = first.target;
  return {
    object,
    summary: `${object.kind} ${object.name} at ${addressOf(first.target)} answers some tries and fails others`,
    evidence: evidenceOf(all),
    remedy: [
      kubectl(object.namespace, "logs", object.name, "--tail=50"),
      kubectl(object.namespace, "describe", "pod", object.name),
    ],
  };
}
