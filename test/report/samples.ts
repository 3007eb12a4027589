/** Hand-made runs: what checks would have said about small worlds, for the tests of report and render. */

import { type Check, defineCheck, type Hop, type Layer, type Ran, type Scope } from "../../src/model/check.ts";
import type { Finding, FindingMeta, Severity } from "../../src/model/finding.ts";
import type { ObjectRef, Pod } from "../../src/model/kube.ts";
import type { CheckStatus, Report, ReportTarget } from "../../src/model/report.ts";
import { type Collections, collectionsOf, type Gathered, type Snapshot } from "../../src/model/snapshot.ts";
import { buildReport } from "../../src/report/build.ts";
import { ago, NOW, notReady, pod, service, slice } from "../support/objects.ts";

export interface Said {
  readonly id: `${Layer}/${string}`;
  readonly hop?: Hop;
  readonly essential?: boolean;
  readonly needs?: Check["needs"];
  readonly status?: CheckStatus;
  readonly reason?: string;
  readonly yieldsTo?: readonly string[];
  readonly findings?: readonly Finding[];
}

/** A check that said what is given; without findings it passed. */
export function said(given: Said): Ran {
  const findings = given.findings ?? [];
  const meta = (id: string): FindingMeta => ({
    severity: findings.find((finding) => finding.id === id)?.severity ?? "error",
    title: id,
    explain: `About ${id}.`,
    docs: [],
    ...(given.yieldsTo === undefined ? {} : { yieldsTo: given.yieldsTo }),
  });
  const ids = [...new Set([given.id, ...findings.map((finding) => finding.id)])];
  const check = defineCheck({
    id: given.id,
    question: `Is ${given.id} the case?`,
    hop: given.hop ?? "pod",
    appliesTo: ["pod", "svc", "ingress"],
    essential: given.essential ?? false,
    needs: [...(given.needs ?? [])],
    findings: Object.fromEntries(ids.map((id) => [id, meta(id)])),
    run: () => [],
  });
  const status = given.status ?? (findings.length > 0 ? "fired" : "passed");
  return { check, outcome: { id: given.id, status, reason: given.reason ?? "" }, findings };
}

export const podRef = (name: string, path?: string): ObjectRef => ({
  kind: "Pod",
  namespace: "shop",
  name,
  ...(path === undefined ? {} : { path }),
});
export const SERVICE_REF: ObjectRef = { kind: "Service", namespace: "shop", name: "web" };

/** A finding with the parts that a case cares about. */
export function found(id: string, given: Partial<Omit<Finding, "id">> = {}): Finding {
  const severity: Severity = given.severity ?? "error";
  return {
    id,
    severity,
    object: SERVICE_REF,
    summary: `${id} is the case`,
    evidence: [{ k: "seen", v: "so" }],
    remedy: severity === "info" ? [] : ["kubectl -n shop get pods"],
    docs: [],
    confidence: "certain",
    consequenceOf: null,
    ...given,
  };
}

type Lists = { readonly [K in keyof Collections]?: readonly Collections[K][] | Gathered<Collections[K]> };

export function snapshotOf(lists: Lists = {}): Snapshot {
  const gathered = Object.fromEntries(
    Object.entries(lists).map(([name, value]) => [name, Array.isArray(value) ? { state: "ok", items: value } : value]),
  );
  return {
    takenAt: NOW,
    source: { kind: "live", from: "https://10.0.0.1:6443" },
    collections: collectionsOf(gathered),
  };
}

export function scopeOf(given: Partial<Scope> = {}): Scope {
  return { target: "svc", namespace: "shop", pods: [], services: [], ingresses: [], group: false, ...given };
}

export const SVC_TARGET: ReportTarget = { kind: "svc", namespace: "shop", name: "web" };
export const POD_TARGET: ReportTarget = { kind: "pod", namespace: "shop", name: "web-1" };

const HASH = "6f9c8d7b5";

/** Pods of Deployment/web with their own names and addresses. */
export function webPods(names: readonly string[], given: (name: string) => Parameters<typeof pod>[0] = () => ({})) {
  return names.map((name, i): Pod => {
    const { metadata, spec, status } = given(name) ?? {};
    const ip = `10.244.1.${15 + i}`;
    return pod({
      metadata: {
        name,
        uid: `uid-${name}`,
        labels: { app: "web", "pod-template-hash": HASH },
        ownerReferences: [
          { kind: "ReplicaSet", name: `web-${HASH}`, uid: "rs", apiVersion: "apps/v1", controller: true },
        ],
        ...metadata,
      },
      ...(spec === undefined ? {} : { spec }),
      status: { phase: "Running", podIP: ip, podIPs: [{ ip }], startTime: ago(3600), ...ready(), ...status },
    });
  });
}

function ready(): Pod["status"] {
  const { conditions, containerStatuses } = pod().status ?? {};
  return { ...(conditions && { conditions }), ...(containerStatuses && { containerStatuses }) };
}

/** Status of a container that crashes again and again. */
export function crashing(restartCount = 14): NonNullable<Pod["status"]> {
  return {
    conditions: notReady(3000) ?? [],
    containerStatuses: [
      {
        name: "web",
        ready: false,
        started: false,
        restartCount,
        image: "myregistry.example/team/web:1.4.2",
        imageID: "",
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" } },
        lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: ago(40) } },
      },
    ],
  };
}

/** The endpoints of `pods` as the controller writes them. */
export function sliceFor(pods: readonly Pod[], readyOf: (pod: Pod) => boolean = () => true) {
  return slice({
    endpoints: pods.map((one) => ({
      addresses: [one.status?.podIP ?? ""],
      conditions: { ready: readyOf(one), serving: readyOf(one), terminating: false },
      nodeName: "node-1",
      targetRef: { kind: "Pod", name: one.metadata.name, namespace: "shop", uid: one.metadata.uid ?? "" },
    })),
  });
}

/** A healthy Service with three pods: checks passed on every station. */
export function healthy(): Report {
  const pods = webPods(["web-6f9c8d7b5-7k2xq", "web-6f9c8d7b5-9xq4m", "web-6f9c8d7b5-zz1ab"]);
  const services = [service()];
  return buildReport({
    snapshot: snapshotOf({ pods, services, endpointSlices: [sliceFor(pods)] }),
    scope: scopeOf({ pods, services, group: true }),
    target: SVC_TARGET,
    ran: [
      said({ id: "pod/container-crash-loop", hop: "container" }),
      said({ id: "pod/not-ready" }),
      said({ id: "svc/no-ready-endpoints", hop: "endpoints", essential: true }),
      said({ id: "svc/selector-matches-nothing", hop: "service", essential: true }),
      said({ id: "svc/lb-pending", hop: "load-balancer", status: "skipped", reason: "type is ClusterIP" }),
    ],
  });
}

/** Three pods that crash, so that the Service has no ready endpoint. */
export function crashed(names = ["web-6f9c8d7b5-7k2xq", "web-6f9c8d7b5-9xq4m", "web-6f9c8d7b5-zz1ab"]): Report {
  const pods = webPods(names, () => ({ status: crashing() }));
  const services = [service()];
  const loop = names.map((name) =>
    found("pod/container-crash-loop", {
      object: podRef(name, "spec.containers[0]"),
      summary: `container web of pod ${name} crashes right after it starts: exit code 1 (Error)`,
      evidence: [
        { k: "last exit", v: "exit code 1 (Error), 40s ago" },
        { k: "restarts", v: "14" },
        {
          k: "log --previous",
          v: "loading config\nError: ENOENT: no such file /etc/web/config.json\n    at main (server.js:12)",
        },
      ],
      remedy: [
        `kubectl -n shop logs ${name} -c web --previous`,
        "# the file comes from ConfigMap web-config: is its key named config.json?",
        "kubectl -n shop get configmap web-config -o yaml",
      ],
      docs: ["https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/"],
    }),
  );
  return buildReport({
    snapshot: snapshotOf({
      pods,
      services,
      endpointSlices: [sliceFor(pods, () => false)],
      nodes: {
        state: "unavailable",
        reason: "forbidden",
        detail: 'nodes is forbidden: User "dev" cannot list resource "nodes"',
      },
    }),
    scope: scopeOf({ pods, services, group: true }),
    target: SVC_TARGET,
    ran: [
      said({ id: "pod/container-crash-loop", hop: "container", findings: loop }),
      said({
        id: "svc/no-ready-endpoints",
        hop: "endpoints",
        essential: true,
        findings: [
          found("svc/no-ready-endpoints", { summary: `none of the ${names.length} endpoints of Service web is ready` }),
        ],
      }),
      said({ id: "svc/selector-matches-nothing", hop: "service", essential: true }),
      said({
        id: "node/not-ready",
        hop: "node",
        needs: ["nodes"],
        status: "unknown",
        reason: "nodes: forbidden: nodes is forbidden",
      }),
      said({
        id: "pod/no-readiness-probe",
        hop: "pod",
        findings: [
          found("pod/no-readiness-probe", {
            severity: "info",
            object: podRef(names[0] ?? ""),
            summary: "container web has no readiness probe",
          }),
        ],
      }),
    ],
  });
}

/** A selector with a typing error: nothing matches, the near miss shows it. */
export function mistyped(): Report {
  const pods = webPods(["web-1", "web-2"], (name) => ({ metadata: { name, labels: { app: "web", tier: "front" } } }));
  const other = pod({ metadata: { name: "api-1", labels: { app: "api" } } });
  const away = { kind: "Pod", metadata: { name: "web-1", namespace: "stage", labels: { app: "webb", tier: "front" } } };
  const services = [service({ spec: { ...service().spec, selector: { app: "webb", tier: "front" } } })];
  return buildReport({
    snapshot: snapshotOf({
      pods: [...pods, other],
      services,
      endpointSlices: [slice({ endpoints: [], ports: [] })],
      podLabels: [away],
    }),
    scope: scopeOf({ services }),
    target: SVC_TARGET,
    ran: [
      said({
        id: "svc/selector-matches-nothing",
        hop: "service",
        essential: true,
        findings: [
          found("svc/selector-matches-nothing", {
            object: { ...SERVICE_REF, path: "spec.selector" },
            summary: "the selector app=webb,tier=front matches no pod; web-1 and web-2 differ only in app=web",
            evidence: [
              { k: "selector", v: "app=webb,tier=front" },
              { k: "nearest", v: "web-1: app=web (wanted webb), tier=front" },
            ],
            remedy: [`kubectl -n shop patch svc web --type=merge -p '{"spec":{"selector":{"app":"web"}}}'`],
          }),
        ],
      }),
      said({
        id: "svc/no-ready-endpoints",
        hop: "endpoints",
        essential: true,
        findings: [found("svc/no-ready-endpoints")],
      }),
      said({ id: "pod/not-ready", status: "skipped", reason: "no pod is judged" }),
    ],
  });
}
