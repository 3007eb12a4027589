import type { Confidence, Finding, FindingBody, FindingMeta, Severity } from "./finding.ts";
import type { Ingress, Labels, ObjectRef, Pod, Service } from "./kube.ts";
import type { CheckOutcome } from "./report.ts";
import type { Settings } from "./settings.ts";
import type { CollectionName, Collections, Gathered } from "./snapshot.ts";

export type Layer =
  | "pod"
  | "workload"
  | "svc"
  | "node"
  | "ingress"
  | "azure"
  | "net"
  | "dns"
  | "mesh"
  | "probe"
  | "rbac"
  | "gateway"
  | "httproute";

/** The commands, each naming what is judged. */
export type TargetKind = "pod" | "svc" | "ingress";

/** A station between client and container, in the order in which a request passes them. */
export type Hop =
  | "client"
  | "dns"
  | "front-proxy"
  | "load-balancer"
  | "controller"
  | "ingress"
  | "service"
  | "endpoints"
  | "policy"
  | "node"
  | "pod"
  | "container";

/** Where a flow to the judged pods comes from: a pod (its labels and namespace are what policies see), or an address. */
export type FlowSource =
  | {
      readonly kind: "pod";
      readonly namespace: string;
      readonly name: string;
      readonly labels: Labels;
      readonly ip?: string;
      readonly node?: string;
      readonly hostNetwork?: boolean;
    }
  | { readonly kind: "ip"; readonly ip: string };

/** What one run judges. Checks look at these objects only; the collections around them are context. */
export interface Scope {
  readonly target: TargetKind;
  readonly namespace: string;
  /** Judged pods: the named ones, or those a judged Service selects. */
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly ingresses: readonly Ingress[];
  /** The workload that was named (`deploy/web`), also when it has no pods. */
  readonly workload?: ObjectRef;
  /**
   * True when pods are judged on behalf of a Service, Ingress or workload: leftovers of a group that still has a ready member are
   * then no fault (an Evicted pod beside three ready ones). False: the pod itself was asked for.
   */
  readonly group: boolean;
  /** `--port`, as given: a number or a port name. */
  readonly port?: string;
  readonly host?: string;
  readonly path?: string;
  /** `--from`, or the vantage of the probe. Without it no check claims that a policy denies a particular client. */
  readonly from?: FlowSource;
}

/**
 * What a check sees: the collections it `needs` as plain lists, those it `wants` as they came, the clock, the scope.
 * Nothing else, so that reading an undeclared collection does not compile.
 */
export type View<N extends CollectionName, W extends CollectionName = never> = {
  readonly [K in N]: readonly Collections[K][];
} & {
  readonly scope: Scope;
  readonly settings: Settings;
  /** Milliseconds since the epoch, from `Snapshot.takenAt`. Never the clock of this machine. */
  readonly now: number;
  /** `now` is only the newest time in a dump: see `Source.clockIsLowerBound`. */
  readonly clockIsLowerBound: boolean;
  readonly wanted: { readonly [K in W]: Gathered<Collections[K]> };
};

/**
 * `skipped`: the question does not apply. `unknown`: it does, but cannot be answered from what was read; of several judged objects some may have
 * given findings all the same.
 */
export type CheckAnswer =
  | readonly Finding[]
  | { readonly skipped: string }
  | { readonly unknown: string; readonly findings?: readonly Finding[] };

export interface Check {
  readonly id: `${Layer}/${string}`;
  readonly question: string;
  readonly hop: Hop;
  readonly appliesTo: readonly TargetKind[];
  /** Without its answer the target cannot be called healthy: when it is unknown, so is the verdict. */
  readonly essential: boolean;
  readonly needs: readonly CollectionName[];
  readonly wants: readonly CollectionName[];
  readonly findings: Readonly<Record<string, FindingMeta>>;
  /** Why the question does not apply to this scope at all, or undefined. Asked before the needs: what is not needed is not missed. */
  readonly notFor: (scope: Scope) => string | undefined;
  readonly run: (view: View<CollectionName, CollectionName>) => CheckAnswer;
}

/** One check with what it said; the report is made from these. */
export interface Ran {
  readonly check: Check;
  readonly outcome: CheckOutcome;
  readonly findings: readonly Finding[];
}

interface CheckDefinition<N extends CollectionName, W extends CollectionName, F extends string> {
  readonly id: `${Layer}/${string}`;
  readonly question: string;
  readonly hop: Hop;
  readonly appliesTo: readonly [TargetKind, ...TargetKind[]];
  readonly essential?: boolean;
  readonly needs: readonly N[];
  readonly wants?: readonly W[];
  readonly findings: Readonly<Record<F, FindingMeta>>;
  notFor?(scope: Scope): string | undefined;
  run(view: View<N, W>, find: (id: F, body: FindingBody) => Finding): CheckAnswer;
}

/** Ranked so that a `possible` finding never exceeds a warning (catalogue §0.3): static analysis alone does not break a build. */
function cappedSeverity(severity: Severity, confidence: Confidence): Severity {
  return confidence === "possible" && severity === "error" ? "warning" : severity;
}

/**
 * A comment among the commands may quote the cluster (an image's name, a finalizer). A line end in it would turn the rest of that text into a command that
 * somebody pastes. In the commands themselves every word of the cluster is quoted, and may be of several lines.
 */
function inOneLine(line: string): string {
  return /^\s*#/.test(line) ? line.replace(/[\s\u0085\u2028\u2029]*[\n\r\v\f\u0085\u2028\u2029]+\s*/g, " ") : line;
}

/** The question applies to every scope. */
function always(): undefined {
  return undefined;
}

/** What is known of a check without its file: enough to say that its question does not apply, or that what it needs was not asked for. */
export type CheckOutline = Omit<Check, "findings" | "notFor" | "run">;

/**
 * A check by its outline alone, for a run in which it cannot give a finding: `notFor` says so of every scope, or the collections it needs were not
 * requested. Its outcome is that of the check itself. Running it is a bug, and throws.
 */
export function outlined(outline: CheckOutline, notFor: Check["notFor"] = always): Check {
  return {
    ...outline,
    findings: {},
    notFor,
    run: () => {
      throw new Error(`${outline.id} is needed, but was not loaded`);
    },
  };
}

/**
 * Declares a check: one question, the collections it reads, every finding it can give. `id` is its path under `src/checks/`.
 * The returned `run` completes each finding from its meta and caps `possible` ones at warning.
 */
export function defineCheck<N extends CollectionName, W extends CollectionName, F extends string>(
  definition: CheckDefinition<N, W, F>,
): Check {
  const find = (id: F, body: FindingBody): Finding => {
    const meta = definition.findings[id];
    const confidence = body.confidence ?? "certain";
    return {
      id,
      severity: cappedSeverity(body.severity ?? meta.severity, confidence),
      object: body.object,
      summary: body.summary,
      evidence: body.evidence,
      remedy: (body.remedy ?? []).map(inOneLine),
      docs: meta.docs,
      confidence,
      consequenceOf: null,
    };
  };
  return {
    id: definition.id,
    question: definition.question,
    hop: definition.hop,
    appliesTo: definition.appliesTo,
    essential: definition.essential ?? false,
    needs: definition.needs,
    wants: definition.wants ?? [],
    findings: definition.findings,
    notFor: definition.notFor ?? always,
    // The engine builds the view from exactly `needs` and `wants`, so the narrower view is what it really passes.
    run: (view) => definition.run(view as unknown as View<N, W>, find),
  };
}
