import type { ClusterSource } from "../collect/source.ts";
import { UserError } from "../errors.ts";
import { nearest } from "../model/nearest.ts";
import { RESOURCES, type Resource } from "../model/resources.ts";
import { sh } from "../model/shell.ts";
import type { TargetRequest } from "../model/target.ts";

interface Wanted {
  readonly resource: Resource;
  readonly name: string;
  /** How the user would call it: `svc web`, `pod deploy/web`. */
  readonly words: (name: string) => string;
}

function wantedOf(request: TargetRequest): Wanted {
  const { selection } = request;
  if (selection.by === "workload") {
    const resource = RESOURCES[selection.workload];
    return { resource, name: selection.name, words: (name) => `pod ${resource.kind.toLowerCase()}/${name}` };
  }
  const name = selection.by === "name" ? selection.name : "";
  const resource =
    request.kind === "svc" ? RESOURCES.services : request.kind === "pod" ? RESOURCES.pods : RESOURCES.ingresses;
  return { resource, name, words: (other) => `${request.kind} ${other}` };
}

/**
 * The error for a target that does not exist: names the other namespaces that hold it, and near names in this one. Asks names only; what
 * may not be listed is simply not suggested.
 */
export async function notFound(source: ClusterSource, request: TargetRequest): Promise<UserError> {
  const { resource, name, words } = wantedOf(request);
  const { namespace } = request;
  const collection =
    resource === RESOURCES.services ? "services" : resource === RESOURCES.ingresses ? "ingresses" : "pods";
  const all = async (where: string) =>
    source.list({ type: "list", collection, resource, namespace: where, metadataOnly: true });
  const everywhere = await all("");
  const answer = everywhere.state === "ok" ? everywhere : await all(namespace);
  const items = answer.state === "ok" ? answer.items : [];
  const elsewhere = items.filter((item) => item.metadata.name === name && item.metadata.namespace !== namespace);
  const here = items.filter((item) => item.metadata.namespace === namespace).map((item) => item.metadata.name);
  const near = nearest(name, here);
  const hints = [
    ...elsewhere
      .slice(0, 5)
      .map(
        (item) =>
          `It exists in namespace ${item.metadata.namespace}: kubectl netcheck -n ${sh(item.metadata.namespace)} ${words(name)}`,
      ),
    ...near
      .slice(0, 3)
      .map((other) => `Near name in ${namespace}: kubectl netcheck -n ${sh(namespace)} ${words(other)}`),
  ];
  const fallback =
    here.length === 0 && answer.state === "ok"
      ? [`Namespace ${namespace} holds no ${resource.plural} at all; is it the right one?`]
      : [`kubectl -n ${sh(namespace)} get ${resource.plural}`];
  return new UserError(
    `${resource.kind} "${name}" not found in namespace "${namespace}"`,
    hints.length > 0 ? hints : fallback,
  );
}
