import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import { nearest } from "../model/nearest.ts";
import { type ListQuery, RESOURCES, type Resource } from "../model/resources.ts";
import { sh } from "../model/shell.ts";
import type { CollectionName } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import type { JudgeOptions } from "./options.ts";

interface Wanted {
  readonly collection: CollectionName;
  readonly resource: Resource;
  readonly name: string;
  /** How the user would call it: `svc web`, `pod deploy/web`. */
  readonly words: (name: string) => string;
}

function wantedOf({ kind, selection }: TargetRequest): Wanted {
  if (selection.by === "workload") {
    const resource = RESOURCES[selection.workload];
    const word = resource.kind.toLowerCase();
    return {
      collection: selection.workload,
      resource,
      name: selection.name,
      words: (name) => `pod ${word}/${sh(name)}`,
    };
  }
  const collection = ({ svc: "services", pod: "pods", ingress: "ingresses" } as const)[kind];
  const name = selection.by === "name" ? selection.name : "";
  return { collection, resource: RESOURCES[collection], name, words: (other) => `${kind} ${sh(other)}` };
}

/** What of the command line says where to look: it stays the same in every command that we propose. */
function whereOf({ files, kube }: JudgeOptions): string {
  const flags = [
    ...files.flatMap((file) => ["-f", file]),
    ...(kube.kubeconfig === undefined || files.length > 0 ? [] : ["--kubeconfig", kube.kubeconfig]),
    ...(kube.context === undefined || files.length > 0 ? [] : ["--context", kube.context]),
  ];
  return flags.map((word) => ` ${sh(word)}`).join("");
}

/**
 * The error for a target that does not exist: names the other namespaces that hold it, near names in this one, and another kind of that name
 * that may be meant. Asks names only; what may not be listed, or is not in the dump, is simply not suggested.
 */
export async function notFound(
  source: ClusterSource,
  request: TargetRequest,
  options: JudgeOptions,
): Promise<UserError> {
  const { resource, name } = wantedOf(request);
  const { namespace } = request;
  const { hints, here } = await searched(source, request, options);
  const isEmpty = here !== undefined && here.length === 0;
  const fallback =
    options.files.length > 0
      ? []
      : isEmpty
        ? [`Namespace ${namespace} holds no ${resource.plural} at all; is it the right one?`]
        : [`kubectl -n ${sh(namespace)} get ${resource.plural}`];
  return new UserError(
    `${resource.kind} "${name}" not found in namespace "${namespace}"`,
    hints.length > 0 ? hints : fallback,
  );
}

/** Commands that judge what may have been meant, for a target that is not there or whose namespace is not. */
export async function hintsFor(
  source: ClusterSource,
  request: TargetRequest,
  options: JudgeOptions,
): Promise<readonly string[]> {
  return (await searched(source, request, options)).hints;
}

interface Searched {
  readonly hints: readonly string[];
  /** Names of the kind in the namespace; undefined when they could not be read. */
  readonly here: readonly string[] | undefined;
}

async function searched(source: ClusterSource, request: TargetRequest, options: JudgeOptions): Promise<Searched> {
  const { collection, resource, name, words } = wantedOf(request);
  const { namespace } = request;
  const where = whereOf(options);
  const command = (place: string, target: string): string => `kubectl netcheck -n ${sh(place)} ${target}${where}`;
  const ask = async (place: string) => {
    const query: ListQuery = { type: "list", collection, resource, namespace: place, metadataOnly: true };
    return source.list(query);
  };
  const everywhere = await ask("");
  const answer = everywhere.state === "ok" ? everywhere : await ask(namespace);
  const items = answer.state === "ok" ? answer.items : [];
  const here = items.filter((item) => item.metadata.namespace === namespace).map((item) => item.metadata.name);
  const elsewhere = items.filter((item) => item.metadata.name === name && item.metadata.namespace !== namespace);
  const hints = [
    ...elsewhere
      .slice(0, 5)
      .map(
        ({ metadata }) =>
          `It exists in namespace ${metadata.namespace}: ${command(metadata.namespace, words(metadata.name))}`,
      ),
    ...nearest(name, here)
      .slice(0, 3)
      .map((other) => `Near name in ${namespace}: ${command(namespace, words(other))}`),
  ];
  const others = hints.length > 0 ? [] : await ofOtherKinds(source, request);
  return {
    hints: [...hints, ...others.map(({ what, target }) => `There is a ${what}: ${command(namespace, target)}`)],
    here: answer.state === "ok" ? here : undefined,
  };
}

const OTHER_KINDS = ["deployments", "statefulSets", "daemonSets", "services"] as const;

/** `netcheck pod web`, where web is a Deployment or a Service. */
async function ofOtherKinds(
  source: ClusterSource,
  { kind, namespace, selection }: TargetRequest,
): Promise<readonly { readonly what: string; readonly target: string }[]> {
  if (kind !== "pod" || selection.by !== "name") return [];
  const { name } = selection;
  const answers = await Promise.all(
    OTHER_KINDS.map(async (collection) => {
      const resource = RESOURCES[collection];
      const answer = await source.get({ type: "get", collection, resource, namespace, name });
      const word = resource.kind.toLowerCase();
      const target = collection === "services" ? `svc ${name}` : `pod ${word}/${name}`;
      return answer.state === "ok" && answer.items.length > 0 ? [{ what: `${resource.kind} ${name}`, target }] : [];
    }),
  );
  return answers.flat();
}
