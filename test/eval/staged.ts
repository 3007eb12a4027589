/**
 * A case written for other clusters, made ready for the test bed, which has no registry. Mechanical, the same for every case, and never touching what is at
 * fault: what a rule changes stands in `changes`. Pure.
 *
 * 1. Namespaces are renamed; an object without one goes into `default`'s stand-in. Namespace objects themselves are the caller's business.
 * 2. Kinds that are not of Kubernetes itself (a mesh's, OpenShift's), and what controllers write (Endpoints, ReplicaSets) is left out.
 * 3. `status` and what the API server fills in is dropped.
 * 4. Well-known images get a stand-in: `nginx` a server on port 80 that has none of the paths that probes ask for (404); databases a server; `busybox`
 *    and clients a shell that sleeps, or runs the case's own command. Any other image stays: that it cannot be pulled may be the fault.
 * 5. What the API requires and a linter's manifest leaves out is added: a workload's selector (its template's labels) and containers.
 */
import { images } from "../cluster/layout.ts";

/** Any object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface Staged {
  readonly objects: readonly Manifest[];
  readonly changes: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const KINDS = new Set([
  ...["Pod", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"],
  ...["Deployment", "StatefulSet", "DaemonSet", "Job", "Ingress", "NetworkPolicy"],
]);
const WORKLOADS = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const FILLED_IN = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];
const SERVED = new Set(["v1", "apps/v1", "batch/v1", "networking.k8s.io/v1"]);

const server = (listen: string): Fields => ({
  image: images.web,
  imagePullPolicy: "IfNotPresent",
  env: [{ name: "LISTEN", value: listen }],
});
const client: Fields = { image: images.probe, imagePullPolicy: "IfNotPresent" };
const sleeping: Fields = { ...client, command: ["sleep", "infinity"] };

/** By the last part of an image's name, without its tag. */
const STAND_INS: Readonly<Record<string, (container: Fields) => Fields>> = {
  nginx: () => server("http://0.0.0.0:80/?status=404"),
  postgres: () => server("tcp://0.0.0.0:5432"),
  redis: () => server("tcp://0.0.0.0:6379"),
  busybox: (container) => (container["command"] === undefined ? sleeping : client),
  client: (container) => (container["command"] === undefined ? sleeping : client),
};

/** The namespaces that the objects and questions of a case speak of. */
export function namespacesOf(documents: readonly Manifest[], asked: readonly string[]): readonly string[] {
  const named = documents.filter(({ kind }) => KINDS.has(kind)).map(({ metadata }) => metadata.namespace ?? "default");
  return [...new Set([...named, ...asked])];
}

/** The case as the bed can take it; `rename` gives the namespace that stands for one of the case. */
export function staged(documents: readonly Manifest[], rename: (namespace: string) => string): Staged {
  const changes = new Set<string>();
  const objects: Manifest[] = [];
  for (const document of documents) {
    const { kind, apiVersion, metadata } = document;
    if (kind === "Namespace") continue;
    if (!KINDS.has(kind) || !SERVED.has(apiVersion)) {
      changes.add(`without ${kind} ${metadata.name}`);
      continue;
    }
    const { status: _, ...rest } = document;
    const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !FILLED_IN.includes(key)));
    const placed = { ...kept, name: metadata.name, namespace: rename(metadata.namespace ?? "default") };
    objects.push({ ...rest, metadata: placed, ...specOf(document, (change) => changes.add(change)) });
  }
  return { objects, changes: [...changes] };
}

function specOf({ kind, metadata, spec }: Manifest, note: (change: string) => void): { readonly spec?: Fields } {
  if (spec === undefined) return {};
  if (kind === "Pod") return { spec: podSpec(spec, metadata.name, note) };
  if (kind === "Ingress") return { spec: withPathTypes(spec) };
  if (!WORKLOADS.has(kind)) return { spec };
  const template = (spec["template"] ?? {}) as {
    readonly metadata?: { readonly labels?: Fields };
    readonly spec?: Fields;
  };
  const selector = spec["selector"] ?? { matchLabels: template.metadata?.labels ?? {} };
  if (spec["selector"] === undefined) note(`${metadata.name}: selector added`);
  return {
    spec: { ...spec, selector, template: { ...template, spec: podSpec(template.spec ?? {}, metadata.name, note) } },
  };
}

function podSpec(spec: Fields, name: string, note: (change: string) => void): Fields {
  const given = (spec["containers"] ?? []) as readonly Fields[];
  if (given.length === 0) note(`${name}: a container added`);
  const containers = given.length > 0 ? given : [{ name: "web", image: images.web }];
  const init = spec["initContainers"] as readonly Fields[] | undefined;
  const stood = (container: Fields): Fields => {
    const image = String(container["image"] ?? "");
    const standIn = STAND_INS[(image.split("/").at(-1) ?? "").split(":")[0] ?? ""];
    if (standIn === undefined) return container;
    const by = standIn(container);
    note(`${image} by ${String(by["image"])}`);
    const env = [...((container["env"] ?? []) as readonly Fields[]), ...((by["env"] ?? []) as readonly Fields[])];
    return { ...container, ...by, ...(env.length > 0 ? { env } : {}) };
  };
  return {
    terminationGracePeriodSeconds: 1,
    ...spec,
    containers: containers.map(stood),
    ...(init === undefined ? {} : { initContainers: init.map(stood) }),
  };
}

/** networking.k8s.io/v1 requires a path type; older manifests have none. */
function withPathTypes(spec: Fields): Fields {
  type Rule = { readonly http?: { readonly paths?: readonly Fields[] } };
  const rules = spec["rules"] as readonly Rule[] | undefined;
  if (rules === undefined) return spec;
  const typed = (rule: Rule): Rule => ({
    ...rule,
    ...(rule.http === undefined
      ? {}
      : {
          http: {
            ...rule.http,
            paths: (rule.http.paths ?? []).map((path) => ({ pathType: "ImplementationSpecific", ...path })),
          },
        }),
  });
  return { ...spec, rules: rules.map(typed) };
}
