import type { Resource } from "../../model/resources.ts";
import { resourceNamed } from "./versions.ts";

/**
 * What a file's place in a well-known dump says about its content.
 * - objects: `namespace` and `resource` as far as the place tells; `complete` when the file is the whole list of that kind in that namespace (or in the
 *   cluster), so that an absent object is really absent. `typed`: only when the document itself is a typed list of that kind.
 * - errors: why a kind could not be listed.
 */
export type Place =
  | {
      readonly role: "objects";
      readonly resource?: Resource;
      readonly namespace?: string;
      readonly complete: boolean;
      readonly typed: boolean;
    }
  | { readonly role: "errors"; readonly resource: Resource }
  | { readonly role: "log"; readonly namespace: string | undefined; readonly pod: string; readonly file: string }
  | { readonly role: "pod-logs"; readonly namespace: string; readonly pod: string }
  | { readonly role: "timestamp" }
  | { readonly role: "nothing" };

const PLAIN: Place = { role: "objects", complete: false, typed: false };
const NOTHING: Place = { role: "nothing" };

/** Folders of `cluster-resources/` in a troubleshoot.sh support bundle that are not called like the resource. */
const BUNDLE_NAMES: Readonly<Record<string, string>> = {
  ingress: "ingresses",
  "network-policy": "networkpolicies",
  "ingress-classes": "ingressclasses",
};
/** What a support bundle holds beside objects, under the same names. */
const BUNDLE_OTHER = new Set([
  "auth-cani-list",
  "image-pull-secrets",
  "groups",
  "resources",
  "custom-resource-definitions",
]);
/** Files that `kubectl cluster-info dump` writes for each namespace. Source: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go */
const CLUSTER_INFO = new Set(["events", "services", "daemonsets", "deployments", "replicasets", "pods"]);
const OBJECT_FILE = /\.(json|jsonl|ndjson|ya?ml)$/i;

function base(file: string): string {
  return file.replace(/\.[^.]*$/, "");
}

function objects(
  resource: Resource | undefined,
  namespace: string | undefined,
  complete: boolean,
  typed = false,
): Place {
  return {
    role: "objects",
    complete,
    typed,
    ...(resource === undefined ? {} : { resource }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** `cluster-resources/…` of a support bundle. Source: replicatedhq/troubleshoot pkg/collect/cluster_resources.go */
function bundlePlace(rest: readonly string[]): Place {
  const [folder = "", ...inner] = rest;
  const named = (name: string) => resourceNamed({ plural: BUNDLE_NAMES[name] ?? name });
  if (inner.length === 0) {
    const name = base(folder);
    if (BUNDLE_OTHER.has(name)) return NOTHING;
    if (name.endsWith("-errors")) {
      const resource = named(name.slice(0, -"-errors".length));
      return resource === undefined ? NOTHING : { role: "errors", resource };
    }
    return objects(named(name), undefined, true);
  }
  if (BUNDLE_OTHER.has(folder)) return NOTHING;
  if (folder === "pods" && inner[0] === "logs") {
    const [, namespace = "", pod = "", file = ""] = inner;
    return inner.length === 4 ? { role: "log", namespace, pod, file } : NOTHING;
  }
  if (inner.length === 1) return objects(named(folder), base(inner[0] ?? ""), named(folder)?.namespaced === true);
  return PLAIN;
}

/** `namespaces/<ns>/…` of a must-gather. Source: openshift/oc pkg/cli/admin/inspect */
function gatherPlace(rest: readonly string[]): Place {
  const [namespace = "", folder = "", third = "", ...inner] = rest;
  if (folder === "pods") {
    const file = inner.at(-1) ?? "";
    const logs = inner.at(-2) === "logs" && (inner.length === 4 || inner.length === 3);
    if (logs && /^(current|previous)\.log$/.test(file)) {
      const previous = file.startsWith("previous") ? "-previous" : "";
      return { role: "log", namespace, pod: third, file: `${inner[0]}${previous}.log` };
    }
    return OBJECT_FILE.test(file === "" ? third : file) ? objects(undefined, namespace, false) : NOTHING;
  }
  const group = folder === "core" ? "" : folder;
  if (inner.length === 0 && third !== "")
    return objects(
      resourceNamed({ plural: base(third), group }),
      namespace,
      resourceNamed({ plural: base(third), group }) !== undefined,
    );
  return objects(undefined, undefined, false);
}

/** What `path` (inside the given folder or archive, with `/`) tells. */
export function placeOf(path: string): Place {
  const parts = path.split("/");
  const file = parts.at(-1) ?? "";
  if (file === "timestamp" && parts.length <= 3) return { role: "timestamp" };
  const bundle = parts.lastIndexOf("cluster-resources");
  if (bundle !== -1) return bundlePlace(parts.slice(bundle + 1));
  const scoped = parts.lastIndexOf("cluster-scoped-resources");
  if (scoped !== -1) {
    const [group = "", name = "", ...inner] = parts.slice(scoped + 1);
    // Definitions are most of a must-gather by size, and no check reads them.
    if (group === "apiextensions.k8s.io") return NOTHING;
    const resource = resourceNamed({ plural: base(name), group: group === "core" ? "" : group });
    return inner.length === 0 ? objects(resource, undefined, resource !== undefined) : PLAIN;
  }
  const gather = parts.lastIndexOf("namespaces");
  if (gather !== -1 && parts.length > gather + 2) return gatherPlace(parts.slice(gather + 1));
  if (file === "logs.txt" && parts.length >= 3)
    return { role: "pod-logs", namespace: parts.at(-3) ?? "", pod: parts.at(-2) ?? "" };
  if (file.endsWith(".log"))
    return parts.length >= 3 ? { role: "log", namespace: undefined, pod: parts.at(-2) ?? "", file } : NOTHING;
  if (CLUSTER_INFO.has(base(file)) && parts.length >= 2 && OBJECT_FILE.test(file))
    return objects(resourceNamed({ plural: base(file) }), parts.at(-2), true, true);
  return PLAIN;
}
