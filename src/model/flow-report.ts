/** One flow judged by policies: what `netcheck policy` prints. Plain JSON data. */
import type { Confidence } from "./finding.ts";

/** `deny` is worse than `unknown`, which is worse than `allow`: a flow is as good as its worst part. */
export type Verdict = "allow" | "deny" | "unknown";

/** Whether a clause applies to a flow; `maybe` when the API leaves it to the engine or something could not be read. */
export type Match = "yes" | "no" | "maybe";

export type Direction = "ingress" | "egress";

/** What enforces policies in the cluster. `unknown`: could not be found out. `none`: surely nothing. */
export type PolicyEngine =
  | "cilium"
  | "calico"
  | "npm"
  | "kube-network-policies"
  | "kube-router"
  | "antrea"
  | "weave-net"
  | "kindnet"
  | "unknown"
  | "none";

/** The tiers in the order in which they decide. */
export type Tier = "Admin" | "NetworkPolicy" | "Baseline";

/** What a manifest is made of. */
export type YamlValue = string | number | readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined };

export interface Suggestion {
  readonly direction: Direction;
  /** A manifest for `kubectl apply -f -`, or the one rule to put into a cluster-wide policy; undefined when no rule of this API can do it. */
  readonly yaml: string | undefined;
  /** The same manifest as data, when it is a whole one. */
  readonly manifest: YamlValue | undefined;
  /** What to know before applying it. */
  readonly note: string;
}

/** One part of a clause, for a ✓ or ✗ line. */
export interface ClauseRow {
  /** e.g. `ports[0]` or `from[1]`. */
  readonly path: string;
  readonly text: string;
  readonly match: Match;
  readonly why: readonly string[];
}

export interface RuleRow {
  readonly rule: number;
  /** `Accept` for every rule of NetworkPolicy. */
  readonly action: string;
  readonly match: Match;
  /** The rule that settled this direction. */
  readonly decides: boolean;
  readonly clauses: readonly ClauseRow[];
}

export interface PolicyRow {
  readonly kind: string;
  /** `namespace/name`, or the name alone for cluster-wide kinds. */
  readonly policy: string;
  readonly tier: Tier;
  readonly priority: number;
  /** Empty: it allows nothing in this direction. */
  readonly rules: readonly RuleRow[];
}

export interface DirectionReport {
  readonly direction: Direction;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly policy: string | null;
  readonly rule: number | null;
  readonly policies: readonly PolicyRow[];
  readonly nearMiss: { readonly policy: string; readonly rule: number; readonly missing: readonly string[] } | null;
}

export interface FamilyReport {
  /** `IPv4`, `IPv6`, or `any` when no end has an address yet. */
  readonly family: string;
  readonly verdict: Verdict;
  readonly egress: DirectionReport;
  readonly ingress: DirectionReport;
}

/** What `-o json` prints; plain JSON data. */
export interface FlowReport {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly verdict: Verdict;
  /** The deciding policy, when one decides. */
  readonly policy: string | null;
  /** Index of the deciding rule in `spec.ingress` or `spec.egress`; null when a policy decides by allowing nothing that matches. */
  readonly rule: number | null;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly engine: PolicyEngine;
  /** What the policies alone say; differs from `verdict` when no engine enforces them or other kinds may decide. */
  readonly onPaper: Verdict;
  readonly families: readonly FamilyReport[];
  /** `kind namespace/name` of policies that are not evaluated. */
  readonly notEvaluated: readonly string[];
  readonly suggestions: readonly Suggestion[];
}

/** A pair of ends in one line: what is not shown in full. */
export type FlowBrief = Pick<FlowReport, "from" | "to" | "port" | "protocol" | "verdict" | "reason">;

/** What `netcheck policy -o json` prints: the worst flow between the named ends in full, the others in brief. */
export interface FlowAnswer extends FlowReport {
  readonly apiVersion: "netcheck/v1";
  readonly kind: "FlowReport";
  /** The cluster's address, or the dump's files. */
  readonly source: string;
  /** What the engine was read from, or why it is not known. */
  readonly engineEvidence: string;
  /** Further pairs of pods and ports that the ends stand for, worst first. */
  readonly others: readonly FlowBrief[];
  /** What could not be read, in the words of the server. */
  readonly unread: readonly string[];
}
