/**
 * Wire types: what the API server really sends. client-node's model classes describe its own decoded objects (dates as
 * Date, `_from` for `from`, required fields that a dump may lack), so every field is made optional and renamed back here.
 * Only types are imported; nothing of the package reaches the bundle through this file.
 */
import type {
  CoreV1Event,
  V1ConfigMap,
  V1Container,
  V1ContainerStatus,
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Endpoints,
  V1Ingress,
  V1IngressClass,
  V1Job,
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicy,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1Probe,
  V1ReplicaSet,
  V1Service,
  V1ServicePort,
  V1StatefulSet,
  V1ValidatingWebhookConfiguration,
} from "@kubernetes/client-node";

type WireKey<K> = K extends `_${infer R}` ? R : K;

/** `T` as it stands on the wire: all optional, dates as RFC 3339 strings, reserved words without their underscore. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? readonly Wire<U>[]
    : T extends object
      ? { readonly [K in keyof T as WireKey<K>]?: Wire<T[K]> }
      : T;

/** Metadata of a decoded object: `decode.ts` guarantees the name; `namespace` is "" for cluster-scoped kinds. */
export type ObjectMeta = Wire<V1ObjectMeta> & { readonly name: string; readonly namespace: string };

/** A decoded object of type `T`: `kind` and `metadata` are always there, everything else may be missing. */
export type KubeObject<T> = Omit<Wire<T>, "metadata" | "kind"> & {
  readonly kind: string;
  readonly metadata: ObjectMeta;
};

export type Pod = KubeObject<V1Pod>;
export type Service = KubeObject<V1Service>;
export type EndpointSlice = KubeObject<V1EndpointSlice>;
export type Endpoints = KubeObject<V1Endpoints>;
export type KubeNode = KubeObject<V1Node>;
export type KubeEvent = KubeObject<CoreV1Event>;
export type Deployment = KubeObject<V1Deployment>;
export type ReplicaSet = KubeObject<V1ReplicaSet>;
export type StatefulSet = KubeObject<V1StatefulSet>;
export type DaemonSet = KubeObject<V1DaemonSet>;
export type Job = KubeObject<V1Job>;
export type Namespace = KubeObject<V1Namespace>;
export type Ingress = KubeObject<V1Ingress>;
export type IngressClass = KubeObject<V1IngressClass>;
export type NetworkPolicy = KubeObject<V1NetworkPolicy>;
export type ConfigMap = KubeObject<V1ConfigMap>;
export type ValidatingWebhookConfiguration = KubeObject<V1ValidatingWebhookConfiguration>;

/** A `PartialObjectMetadata`: what a metadata-only list returns (names and labels, no spec or status). */
export type PartialObject = { readonly kind: string; readonly metadata: ObjectMeta };

export type Container = Wire<V1Container>;
export type ContainerStatus = Wire<V1ContainerStatus>;
export type Probe = Wire<V1Probe>;
export type ServicePort = Wire<V1ServicePort>;
export type LabelSelector = Wire<V1LabelSelector>;
export type Labels = Readonly<Record<string, string>>;

/** One object of a snapshot, and optionally the field in it (JSONPath without the leading dot). */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
}

/** The reference to `object`, pointing at `path` in it when given. */
export function refOf(object: { readonly kind: string; readonly metadata: ObjectMeta }, path?: string): ObjectRef {
  const { name, namespace } = object.metadata;
  return path === undefined ? { kind: object.kind, namespace, name } : { kind: object.kind, namespace, name, path };
}

/** `kind/namespace/name` of a reference (without its path): equal for two references to the same object. */
export function refKey(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}
