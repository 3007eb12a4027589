import { RESOURCES, type Resource } from "../../model/resources.ts";
import { isRecord } from "../decode.ts";

type Fields = Readonly<Record<string, unknown>>;

/** `group/Kind`: versions of a kind are one kind. */
export type KindKey = string;

export function kindKey(resource: { readonly group: string; readonly kind: string }): KindKey {
  return `${resource.group}/${resource.kind}`;
}

const KNOWN: ReadonlyMap<KindKey, Resource> = new Map(
  Object.values(RESOURCES).map((resource: Resource) => [kindKey(resource), resource]),
);

/** The resource of a kind that some query may ask for. */
export function knownResource(key: KindKey): Resource | undefined {
  return KNOWN.get(key);
}

/** The known resource of a plural or kind, when the group is not told. Events are the core ones. */
export function resourceNamed(name: { readonly kind?: string; readonly plural?: string; readonly group?: string }) {
  return [...KNOWN.values()].find(
    (resource) =>
      (name.kind === undefined || resource.kind === name.kind) &&
      (name.plural === undefined || resource.plural === name.plural) &&
      (name.group === undefined || resource.group === name.group),
  );
}

/** Kinds that moved: the old group's objects are the same things. */
const MOVED: ReadonlyMap<KindKey, string> = new Map([
  ["extensions/Ingress", "networking.k8s.io"],
  ["extensions/NetworkPolicy", "networking.k8s.io"],
  ["extensions/Deployment", "apps"],
  ["extensions/DaemonSet", "apps"],
  ["extensions/ReplicaSet", "apps"],
  ["events.k8s.io/Event", ""],
]);

/** v1beta1 backends name service and port beside each other. */
function backendV1(backend: unknown): unknown {
  if (!isRecord(backend) || backend["serviceName"] === undefined) return backend;
  const { serviceName, servicePort, ...rest } = backend;
  const port = typeof servicePort === "number" ? { number: servicePort } : { name: servicePort };
  return { ...rest, service: { name: serviceName, port } };
}

function ingressV1(object: Fields): Fields {
  const { spec } = object;
  if (!isRecord(spec)) return object;
  const { backend, rules, ...rest } = spec;
  const ruleV1 = (rule: unknown): unknown => {
    if (!isRecord(rule) || !isRecord(rule["http"]) || !Array.isArray(rule["http"]["paths"])) return rule;
    const paths = rule["http"]["paths"].map((path: unknown) =>
      isRecord(path) ? { pathType: "ImplementationSpecific", ...path, backend: backendV1(path["backend"]) } : path,
    );
    return { ...rule, http: { ...rule["http"], paths } };
  };
  return {
    ...object,
    spec: {
      ...rest,
      ...(backend === undefined ? {} : { defaultBackend: backendV1(backend) }),
      ...(Array.isArray(rules) ? { rules: rules.map(ruleV1) } : rules === undefined ? {} : { rules }),
    },
  };
}

/** v1beta1 told the node and zone as topology labels. */
function endpointSliceV1(object: Fields): Fields {
  if (!Array.isArray(object["endpoints"])) return object;
  const endpoints = object["endpoints"].map((endpoint: unknown) => {
    if (!isRecord(endpoint) || !isRecord(endpoint["topology"])) return endpoint;
    const { topology, ...rest } = endpoint;
    const nodeName = isRecord(topology) ? topology["kubernetes.io/hostname"] : undefined;
    return nodeName === undefined ? rest : { nodeName, ...rest };
  });
  return { ...object, endpoints };
}

/** events.k8s.io names the fields of a core event anew. */
function coreEvent(object: Fields): Fields {
  if (object["involvedObject"] !== undefined) return object;
  const { regarding, note, deprecatedCount, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedSource } =
    object;
  return {
    ...object,
    involvedObject: regarding,
    message: note,
    count: deprecatedCount,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    source: deprecatedSource,
  };
}

type Convert = (object: Fields) => Fields;
const same: Convert = (object) => object;

/** Versions that we read beside the current one, by `group/version Kind` as written. */
const READABLE: Readonly<Record<string, Convert>> = {
  "extensions/v1beta1 Ingress": ingressV1,
  "networking.k8s.io/v1beta1 Ingress": ingressV1,
  "networking.k8s.io/v1beta1 IngressClass": same,
  "extensions/v1beta1 NetworkPolicy": same,
  "extensions/v1beta1 Deployment": same,
  "extensions/v1beta1 DaemonSet": same,
  "extensions/v1beta1 ReplicaSet": same,
  "apps/v1beta1 Deployment": same,
  "apps/v1beta2 Deployment": same,
  "apps/v1beta2 DaemonSet": same,
  "apps/v1beta2 ReplicaSet": same,
  "apps/v1beta1 StatefulSet": same,
  "apps/v1beta2 StatefulSet": same,
  "discovery.k8s.io/v1beta1 EndpointSlice": endpointSliceV1,
  "events.k8s.io/v1 Event": coreEvent,
  "events.k8s.io/v1beta1 Event": coreEvent,
};

/** Versions of one schema, for kinds of custom resources: Gateway API's beta and GA kinds have the same fields for what we read. */
const SAME_SCHEMA = new Set(["gateway.networking.k8s.io/v1beta1"]);

export type Versioned =
  | { readonly key: KindKey; readonly object: Fields }
  | { readonly key: KindKey; readonly problem: string };

/**
 * Brings an object of a known kind to the version our types describe. `apiVersion` "" means that the document does not say (items of a typed list): it is
 * taken as current. A version of a known kind that we cannot read is a problem, never read as if it were another.
 */
export function versioned(object: Fields, kind: string, apiVersion: string): Versioned {
  const slash = apiVersion.lastIndexOf("/");
  const written = slash === -1 ? "" : apiVersion.slice(0, slash);
  const key = kindKey({
    group: apiVersion === "" ? (resourceNamed({ kind })?.group ?? "") : groupOf(written, kind),
    kind,
  });
  const resource = KNOWN.get(key);
  const current = resource === undefined ? apiVersion : currentVersion(resource);
  if (apiVersion === "" || resource === undefined || apiVersion === current) return { key, object };
  if (SAME_SCHEMA.has(apiVersion)) return { key, object: { ...object, apiVersion: current } };
  const convert = READABLE[`${apiVersion} ${kind}`];
  if (convert === undefined) return { key, problem: `${apiVersion} ${kind} is a version that cannot be read here` };
  return { key, object: { ...convert(object), apiVersion: current } };
}

function groupOf(group: string, kind: string): string {
  return MOVED.get(`${group}/${kind}`) ?? group;
}

function currentVersion(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** Whether a held object can be read as `resource`. Objects of known kinds were converted when they were found. */
export function sameSchema(object: object, resource: Resource): boolean {
  const apiVersion = "apiVersion" in object ? object.apiVersion : undefined;
  return (
    typeof apiVersion !== "string" ||
    KNOWN.has(kindKey(resource)) ||
    apiVersion === currentVersion(resource) ||
    SAME_SCHEMA.has(apiVersion)
  );
}
