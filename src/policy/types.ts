/** Words of the evaluator. Everything is plain readonly data; nothing here reads or asks. */
import type { Address, Cidr } from "../model/cidr.ts";
import type { Confidence } from "../model/finding.ts";
import type { Direction, Match, Tier, Verdict } from "../model/flow-report.ts";
import type { LabelSelector, Labels, ObjectRef } from "../model/kube.ts";
import type { DeclaredPort } from "../model/ports.ts";

export type { Direction, Match, PolicyEngine, Tier, Verdict } from "../model/flow-report.ts";

/** A pod as an end of a flow. */
export interface PodEnd {
  readonly kind: "pod";
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** It shares its node's address, and most engines do not apply policies to it. */
  readonly hostNetwork: boolean;
  /** Name of its node; "" when it is not scheduled or not known. */
  readonly node: string;
  /** Empty while it has none. */
  readonly addresses: readonly Address[];
  readonly ports: readonly DeclaredPort[];
}

export interface NodeEnd {
  readonly kind: "node";
  readonly name: string;
  readonly labels: Labels;
  readonly addresses: readonly Address[];
}

/** An address that belongs to no pod and no node that is known. */
export interface ExternalEnd {
  readonly kind: "external";
  readonly addresses: readonly [Address];
}

export type End = PodEnd | NodeEnd | ExternalEnd;

/** A connection attempt after DNAT: pod address and pod port, never a Service's. Replies are implied. */
export interface Flow {
  readonly from: End;
  readonly to: End;
  /** `TCP`, `UDP` or `SCTP`. */
  readonly protocol: string;
  readonly port: number;
}

/** One item of a rule's port list, compiled. */
export interface PortClause {
  /** Undefined: any protocol (only the cluster-wide kinds have named ports without one). */
  readonly protocol: string | undefined;
  /** A number, the name of a container port, or undefined for every port of the protocol. */
  readonly port: number | string | undefined;
  /** Last port of a range, inclusive. */
  readonly endPort: number | undefined;
  /** None of the fields that this code knows: it cannot be told what it matches. */
  readonly unrecognised?: true;
}

/** A prefix with the text it came from; `cidr` is undefined when the text is none. */
export interface Prefix {
  readonly text: string;
  readonly cidr: Cidr | undefined;
}

/** One item of a rule's peer list, compiled. Items are ORed; the parts of one item are ANDed. */
export type PeerClause =
  | { readonly kind: "ipBlock"; readonly block: Prefix; readonly except: readonly Prefix[] }
  /** `namespaces` undefined: the policy's own namespace. `pods` undefined: every pod of those namespaces. */
  | {
      readonly kind: "pods";
      readonly namespaces: LabelSelector | undefined;
      readonly pods: LabelSelector | undefined;
    }
  | { readonly kind: "nodes"; readonly selector: LabelSelector }
  | { readonly kind: "networks"; readonly prefixes: readonly Prefix[] }
  | { readonly kind: "domainNames"; readonly names: readonly string[] }
  /** None of the fields that this code knows: a newer API, or an object that the server would not have taken. */
  | { readonly kind: "unrecognised" };

export type Action = "Accept" | "Deny" | "Pass" | "unrecognised";

/** A rule matches when one of its ports and one of its peers do; an empty list matches everything. */
export interface Rule {
  /** `Accept` for every rule of networking.k8s.io/v1. */
  readonly action: Action;
  readonly ports: readonly PortClause[];
  readonly peers: readonly PeerClause[];
}

/** A policy of any kind, compiled once. */
export interface CompiledPolicy {
  readonly ref: ObjectRef;
  readonly tier: Tier;
  /** 0 is asked first. Always 0 in the NetworkPolicy tier, where order has no meaning. */
  readonly priority: number;
  /** False when the subject has no field that this code knows: whom it selects cannot be told. */
  readonly subjectKnown: boolean;
  /** Namespaces it selects pods in. Not asked in the NetworkPolicy tier, where it is the policy's own. */
  readonly subjectNamespaces: LabelSelector;
  readonly subjectPods: LabelSelector;
  readonly types: readonly Direction[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** A part of a clause with what it asks for and, when it does not hold, why. */
export interface PartTrace {
  readonly text: string;
  readonly match: Match;
  /** Differences in words, e.g. `label app: wants "web", pod has "api"`. */
  readonly why: readonly string[];
}

/** One item of `ports`, `from` or `to`. */
export interface ClauseTrace {
  /** Where it stands in the rule, e.g. `from[1]`. */
  readonly path: string;
  readonly match: Match;
  readonly parts: readonly PartTrace[];
  /** `possible` or `likely` when the match rests on an engine's reading of the API. */
  readonly confidence: Confidence;
}

export interface RuleTrace {
  readonly policy: ObjectRef;
  readonly tier: Tier;
  readonly index: number;
  readonly action: Action;
  readonly match: Match;
  /** Empty: the rule does not ask. */
  readonly ports: readonly ClauseTrace[];
  readonly peers: readonly ClauseTrace[];
  readonly portsMatch: Match;
  readonly peersMatch: Match;
  readonly confidence: Confidence;
}

export interface PolicyTrace {
  readonly policy: ObjectRef;
  readonly tier: Tier;
  readonly priority: number;
  readonly subject: Match;
  /** Its pod selector. */
  readonly subjectPods: LabelSelector;
  readonly rules: readonly RuleTrace[];
}

/** A rule that settled a direction. */
export interface Deciding {
  readonly policy: ObjectRef;
  /** Index in `spec.ingress` or `spec.egress`; undefined when the policy denies by having no rule that matches. */
  readonly rule: number | undefined;
}

export interface DirectionResult {
  readonly direction: Direction;
  readonly verdict: Verdict;
  /** A sentence without the final full stop. */
  readonly reason: string;
  readonly confidence: Confidence;
  readonly decidedBy: Deciding | undefined;
  /** NetworkPolicies (v1) that isolate the pod in this direction. */
  readonly isolatedBy: readonly ObjectRef[];
  /** Every policy that was asked, by tier, priority, namespace and name. */
  readonly policies: readonly PolicyTrace[];
}

export interface FamilyResult {
  /** Undefined when neither end has an address yet: selectors decide, address blocks cannot. */
  readonly family: 4 | 6 | undefined;
  readonly verdict: Verdict;
  readonly egress: DirectionResult;
  readonly ingress: DirectionResult;
}

export interface FlowResult {
  /** The worst of the families, or `allow` when no engine enforces policies. */
  readonly verdict: Verdict;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly decidedBy: Deciding | undefined;
  /** What the policies say by themselves, before engine and unevaluated kinds are weighed. */
  readonly onPaper: Verdict;
  /** The family whose verdict is the flow's. */
  readonly family: 4 | 6 | undefined;
  readonly families: readonly FamilyResult[];
  /** Policies of kinds that are not evaluated here and may concern the flow. */
  readonly unevaluated: readonly ObjectRef[];
}
