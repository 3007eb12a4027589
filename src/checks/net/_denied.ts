/** Flows that policies deny, from known sources to the judged pods: the common part of the `policy-denies-*` checks. */
import type { FlowSource, Scope } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import type { Pod } from "../../model/kube.ts";
import { sh } from "../../model/shell.ts";
import { podEnd } from "../../policy/ends.ts";
import { explainFlow, type FlowReport, policyName } from "../../policy/flow.ts";
import type { Suggestion } from "../../policy/suggest.ts";
import type { Direction, End } from "../../policy/types.ts";
import { endOfAddress, type PolicyWorld } from "../../policy/world.ts";
import { subjects, targetPorts } from "./_policies.ts";

/** The source of `--from` as an end; undefined when its address is none. */
export function sourceEnd(world: PolicyWorld, from: FlowSource): End | undefined {
  const address = parseAddress(from.ip ?? "");
  if (from.kind === "ip") return address === undefined ? undefined : endOfAddress(world, address);
  return {
    kind: "pod",
    namespace: from.namespace,
    name: from.name,
    labels: from.labels,
    hostNetwork: from.hostNetwork === true,
    node: from.node ?? "",
    addresses: address === undefined ? [] : [address],
    ports: [],
  };
}

/** The client of the user's as a pod, where it is one. */
export function clientOf(from: FlowSource | undefined): { readonly namespace: string; readonly name: string } {
  return from?.kind === "pod" ? from : { namespace: "", name: "" };
}

export interface Asked {
  readonly pod: Pod;
  readonly report: FlowReport;
}

/** Every judged pod and port asked for by every source. */
export function ask(world: PolicyWorld, scope: Scope, sources: readonly End[]): readonly Asked[] {
  return subjects(scope).flatMap((pod) =>
    targetPorts(scope, pod).flatMap((target) =>
      sources.map((from) => ({ pod, report: explainFlow(world, { from, to: podEnd(pod), ...target }) })),
    ),
  );
}

/** Whether that direction of the flow is denied in every family: with one family left, clients that try both get through. */
export function denied(report: FlowReport, direction: Direction): boolean {
  return (
    report.verdict === "deny" &&
    report.families.length > 0 &&
    report.families.every((family) => family[direction].verdict === "deny")
  );
}

/** One finding for each policy and port that denies, whatever the number of pods: replicas are alike. */
export function findings(
  asked: readonly Asked[],
  direction: Direction,
  certainty: Pick<FindingBody, "confidence" | "severity">,
  find: (body: FindingBody) => Finding,
): readonly Finding[] {
  const seen = new Map<string, Asked>();
  for (const each of asked.filter(({ report }) => denied(report, direction))) {
    const { report } = each;
    const key = `${report.families[0]?.[direction].policy} ${report.port}/${report.protocol}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()].map(({ report, pod }) => find({ ...bodyOf(report, pod, direction), ...certainty }));
}

/** A whole manifest as one pasteable line; a rule for somebody else's policy as a comment. */
export function applied({ manifest, yaml }: Suggestion): readonly string[] {
  if (manifest !== undefined) return [`printf %s ${sh(JSON.stringify(manifest))} | kubectl apply -f -`];
  return (yaml ?? "").split("\n").flatMap((line) => (line === "" ? [] : `# ${line}`));
}

function bodyOf(report: FlowReport, pod: Pod, direction: Direction): FindingBody {
  const told = report.families[0]?.[direction];
  const row = told?.policies.find(({ policy }) => policy === told.policy);
  const [namespace = "", name = ""] = (told?.policy ?? "").includes("/")
    ? (told?.policy ?? "").split("/")
    : ["", told?.policy ?? ""];
  const suggestion = report.suggestions.find((each) => each.direction === direction);
  const near = told?.nearMiss;
  return {
    object: { kind: row?.kind ?? "NetworkPolicy", namespace, name, path: `spec.${direction}` },
    summary: `policy denies ${report.from} → ${report.to} on ${report.port}/${report.protocol}: ${told?.reason}`,
    evidence: [
      { k: "isolating policies", v: (told?.policies ?? []).map(({ policy }) => policy).join(", ") },
      { k: "engine", v: report.engine },
      { k: "pod", v: policyName({ kind: "Pod", ...pod.metadata }) },
      ...(near === null || near === undefined
        ? []
        : [{ k: `nearest rule: ${near.policy} ${direction}[${near.rule}]`, v: near.missing.join("; ") }]),
    ],
    remedy: [
      ...(suggestion === undefined ? [] : [`# ${suggestion.note}`, ...applied(suggestion)]),
      ...(suggestion === undefined
        ? [`# allow ${report.port}/${report.protocol} in a policy that selects the pod`]
        : []),
    ],
  };
}
