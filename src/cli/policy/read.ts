/** Reads what flows between given ends depend on: those ends, the policies of their namespaces, and what enforces them. */
import { engineQueries, otherQuery } from "../../collect/plan/policy.ts";
import type { ClusterSource } from "../../collect/source.ts";
import type { PolicyEngine } from "../../model/flow-report.ts";
import { type DaemonSet, type Namespace, type NetworkPolicy, refOf } from "../../model/kube.ts";
import { CLUSTER_POLICY_RESOURCES, type ClusterPolicy, OTHER_POLICY_RESOURCES } from "../../model/policies.ts";
import type { ListQuery, Resource } from "../../model/resources.ts";
import { type Gathered, itemsOr, type Unavailable } from "../../model/snapshot.ts";
import type { EndpointRef } from "../../policy/endpoints.ts";
import { type DetectedEngine, detectEngine } from "../../policy/engine.ts";
import { type PolicyInput, type PolicyWorld, prepare } from "../../policy/world.ts";
import { Asker, joined } from "./asker.ts";
import { type Found, findObjects } from "./objects.ts";

export interface FlowWorld {
  readonly world: PolicyWorld;
  readonly found: Found;
  /** Where the engine was read from, or why it is not known. */
  readonly engineEvidence: string;
  /** What could not be read, in the words of the server or about the dump. */
  readonly unread: readonly string[];
}

/** Engines with policy kinds of their own, by the API group of these. */
const OWN_GROUPS: Readonly<Record<string, string>> = { cilium: "cilium.io", calico: "crd.projectcalico.org" };

/** For more namespaces than this, kinds that few clusters have are listed in all of them at once. */
const SINGLE_LISTS = 3;

/** `engine` overrides what the DaemonSets tell. Throws what the source throws when nothing can be had (UserError). */
export async function readWorld(
  source: ClusterSource,
  refs: readonly EndpointRef[],
  engine: PolicyEngine | undefined,
): Promise<FlowWorld> {
  const asker = new Asker(source);
  const named = new Set(refs.flatMap((ref) => (ref.kind === "ip" || ref.namespace === "" ? [] : [ref.namespace])));
  const [found, nodes, detected, clusterWide, draft] = await Promise.all([
    findObjects(asker, refs),
    asker.list("nodes", ""),
    readEngine(asker),
    readClusterPolicies(asker),
    source.source.kind === "dump" ? isDraft(asker) : false,
    // Asked for here so that they are under way with the rest; read below, when all namespaces are known.
    ...[...named].flatMap((namespace) => namespaceQuestions(asker, namespace)),
  ]);
  const namespaces = new Set([...named, ...[...found.pods.values()].map(({ metadata }) => metadata.namespace)]);
  const read = await readNamespaces(asker, [...namespaces], draft);
  const runs = engine ?? detected.engine;
  const others = await readOthers(asker, [...namespaces], draft ? undefined : runs);
  const nodesRead = nodes.state === "ok" && (nodes.gaps ?? []).length === 0;
  const input: PolicyInput = {
    pods: [...found.pods.values()],
    podsPartial: !draft && !found.addressesKnown,
    ...read.input,
    ...(nodesRead || draft ? { nodes: itemsOr(nodes) } : {}),
    ...clusterWide.input,
    ...others,
    engine: runs,
  };
  return {
    world: prepare(input),
    found,
    engineEvidence: engine === undefined ? detected.evidence : "given on the command line",
    unread: [
      ...new Set([
        ...found.unread.values(),
        ...read.unread,
        ...(nodes.state === "unavailable" && !draft ? [nodes.detail] : []),
        ...clusterWide.unread,
      ]),
    ],
  };
}

function namespaceQuestions(asker: Asker, namespace: string): readonly Promise<unknown>[] {
  return [asker.list("networkPolicies", namespace), asker.get("namespaces", "", namespace)];
}

/**
 * Files whose policies never were in a cluster (none has a uid) are a draft: what a folder of manifests does not hold does not exist. Anything
 * else in a dump may just not have been taken.
 */
async function isDraft(asker: Asker): Promise<boolean> {
  const policies = itemsOr(await asker.list("networkPolicies", ""));
  return policies.length > 0 && policies.every(({ metadata }) => metadata.uid === undefined);
}

interface NamespaceReadings {
  readonly input: Pick<PolicyInput, "networkPolicies" | "policiesReadIn" | "policiesUnread" | "namespaces">;
  readonly unread: readonly string[];
}

async function readNamespaces(asker: Asker, names: readonly string[], draft: boolean): Promise<NamespaceReadings> {
  const answers = await Promise.all(
    names.map(async (namespace) => ({
      namespace,
      policies: await asker.list("networkPolicies", namespace),
      object: await asker.get("namespaces", "", namespace),
    })),
  );
  const policies = answers.flatMap((answer) => itemsOr<NetworkPolicy>(answer.policies));
  const unread = new Map<string, string>();
  for (const answer of draft ? [] : answers) {
    const why = refusal(answer.policies);
    if (why !== undefined) unread.set(answer.namespace, why);
  }
  const namespaces = answers.flatMap(({ namespace, object }): readonly Namespace[] => {
    const read = itemsOr<Namespace>(object);
    // A namespace that is only named in manifests is made without labels of its own.
    return read.length === 0 && draft ? [{ kind: "Namespace", metadata: { name: namespace, namespace: "" } }] : read;
  });
  return {
    input: {
      networkPolicies: policies,
      policiesReadIn: names.filter((name) => !unread.has(name)),
      policiesUnread: unread,
      namespaces,
    },
    unread: [
      ...unread.values(),
      ...answers.flatMap(({ object }) => (object.state === "unavailable" && !draft ? [object.detail] : [])),
    ],
  };
}

/** Why a list cannot be relied on; undefined when it is whole. */
function refusal(gathered: Gathered<unknown>): string | undefined {
  if (gathered.state === "unavailable") return gathered.detail;
  return gathered.gaps?.[0];
}

async function readEngine(asker: Asker): Promise<DetectedEngine> {
  const ask = (queries: readonly ListQuery[]): Promise<readonly Gathered<DaemonSet>[]> =>
    Promise.all(queries.map((query) => asker.ask(query) as Promise<unknown> as Promise<Gathered<DaemonSet>>));
  const [all] = await ask(engineQueries({}));
  if (all === undefined) return { engine: "unknown", evidence: "nothing was asked" };
  const answers = await ask(engineQueries({ systemDaemonSets: all }));
  const read = joined(answers);
  if (read.state === "unavailable") return { engine: "unknown", evidence: read.detail };
  return detectEngine(read.items, (read.gaps ?? []).length === 0);
}

function listOf(resource: Resource): ListQuery {
  return { type: "list", collection: "clusterPolicies", resource, namespace: "" };
}

/** A kind that is not served has no objects. When none of the kinds could be read, the evaluator is told so. */
async function readClusterPolicies(
  asker: Asker,
): Promise<{ readonly input: Pick<PolicyInput, "clusterPolicies">; readonly unread: readonly string[] }> {
  const answers = await Promise.all(CLUSTER_POLICY_RESOURCES.map((resource) => asker.ask(listOf(resource))));
  const refused = answers.filter(
    (answer): answer is Unavailable => answer.state === "unavailable" && answer.reason !== "not-served",
  );
  if (refused.length === answers.length) {
    // One refusal tells: the kinds are of one API group, and few clusters serve any of them.
    return {
      input: {},
      unread: refused
        .filter(({ reason }) => reason !== "not-in-dump")
        .map(({ detail }) => detail)
        .slice(0, 1),
    };
  }
  const items = answers.flatMap((answer) => itemsOr<unknown>(answer) as readonly ClusterPolicy[]);
  return { input: { clusterPolicies: items }, unread: [] };
}

/** Policies of kinds that are not evaluated; for an engine that has such kinds, also whether they could be read at all. */
async function readOthers(
  asker: Asker,
  namespaces: readonly string[],
  engine: PolicyEngine | undefined,
): Promise<Pick<PolicyInput, "otherPolicies" | "otherPoliciesUnread">> {
  const places = namespaces.length > SINGLE_LISTS ? [""] : namespaces;
  const asked = await Promise.all(
    OTHER_POLICY_RESOURCES.flatMap((resource) =>
      (resource.namespaced ? places : [""]).map(async (namespace) => ({
        resource,
        answer: await asker.ask(otherQuery(resource, namespace)),
      })),
    ),
  );
  const unread = asked.find(
    ({ resource, answer }) =>
      resource.group === OWN_GROUPS[engine ?? ""] && answer.state === "unavailable" && answer.reason !== "not-served",
  );
  return {
    otherPolicies: asked.flatMap(({ answer }) => itemsOr(answer).map((object) => ({ ref: refOf(object) }))),
    ...(unread?.answer.state === "unavailable" ? { otherPoliciesUnread: unread.answer.detail } : {}),
  };
}
