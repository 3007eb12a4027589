import type { UnavailableReason } from "../../model/snapshot.ts";
import { type DecodeIssue, decodeObject, isIssue, isRecord } from "../decode.ts";
import type { AnyObject } from "../source.ts";
import { newestTime } from "./clock.ts";
import { type KindKey, kindKey, knownResource, versioned } from "./versions.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Why a kind could not be taken, as the dump itself records it. */
export interface Refusal {
  readonly reason: UnavailableReason;
  readonly detail: string;
}

/** All that a dump holds of one kind. */
export interface Holding {
  /** By `namespace/name`. */
  readonly objects: Map<string, AnyObject>;
  /** The whole cluster was listed. */
  everywhere: boolean;
  /** Namespaces that were listed as a whole. */
  readonly listed: Set<string>;
  /** Namespaces of which single objects are there, outside any list. */
  readonly touched: Set<string>;
  /** By namespace; "" for all. */
  readonly refused: Map<string, Refusal>;
  /** Objects that are there but could not be read; namespace "" when it is unknown. */
  readonly broken: { readonly namespace: string; readonly text: string }[];
}

/** One object as it was found, before it is decoded. */
export interface Found {
  readonly value: unknown;
  /** When the object does not say. */
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly where: string;
}

/** Kinds that are large and that nobody asks for. */
const UNREAD = new Set<KindKey>(["apiextensions.k8s.io/CustomResourceDefinition"]);
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A Secret's applied configuration repeats its values in clear; Helm's release records are large and nobody reads them. */
function trimSecret(object: Fields): Fields {
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  const { [LAST_APPLIED]: _, ...annotations } = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const { stringData: __, ...rest } = object;
  const helm = text(object["type"]).startsWith("helm.sh/");
  return { ...rest, metadata: { ...metadata, annotations }, ...(helm ? { data: {} } : {}) };
}

function isNewer(candidate: AnyObject, held: AnyObject): boolean {
  const [theirs, ours] = [candidate.metadata.resourceVersion, held.metadata.resourceVersion];
  if (!/^\d+$/.test(theirs ?? "") || !/^\d+$/.test(ours ?? "")) return true;
  return BigInt(theirs ?? 0) >= BigInt(ours ?? 0);
}

/** Gathers what the files hold; `coverage.ts` says what that amounts to. */
export class Holdings {
  readonly #kinds = new Map<KindKey, Holding>();
  readonly issues: DecodeIssue[] = [];
  readonly namespaces = new Set<string>();
  /** Kubernetes objects seen, of whatever kind. */
  count = 0;
  newest = 0;

  of(key: KindKey): Holding {
    const held = this.#kinds.get(key);
    if (held !== undefined) return held;
    const fresh: Holding = {
      objects: new Map(),
      everywhere: false,
      listed: new Set(),
      touched: new Set(),
      refused: new Map(),
      broken: [],
    };
    this.#kinds.set(key, fresh);
    return fresh;
  }

  kinds(): IterableIterator<[KindKey, Holding]> {
    return this.#kinds.entries();
  }

  /**
   * Decodes an object and keeps it. A second one of the same name replaces it unless its resourceVersion is older. Returns its kind and namespace, also
   * when it is broken, since it is then there but unread. An object of a namespaced kind without a namespace is in `default`, as kubectl would apply it.
   */
  add(found: Found): { readonly key: KindKey; readonly namespace: string } | undefined {
    const { value, where } = found;
    if (!isRecord(value)) {
      this.issues.push({ where, problem: "expected an object in the list" });
      return undefined;
    }
    const kind = text(value["kind"]) || found.kind;
    if (kind === "") return undefined;
    const read = versioned(value, kind, text(value["apiVersion"]) || found.apiVersion);
    this.count += 1;
    if (UNREAD.has(read.key)) return undefined;
    this.newest = Math.max(this.newest, newestTime(value));
    const resource = knownResource(read.key);
    const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
    const namespace =
      resource?.namespaced === false
        ? ""
        : text(metadata["namespace"]) || found.namespace || (resource ? "default" : "");
    const name = text(metadata["name"]);
    const at = `${where}: ${kind}${name === "" ? "" : ` ${namespace === "" ? "" : `${namespace}/`}${name}`}`;
    if ("problem" in read) return this.#break(read.key, namespace, at, read.problem);
    const trimmed = kind === "Secret" ? trimSecret(read.object) : read.object;
    const decoded = decodeObject(trimmed, kind, at);
    if (isIssue(decoded)) {
      // Of kinds that nobody asks for, and of documents that merely look alike (kind: Kustomization), nothing is expected.
      return resource === undefined ? undefined : this.#break(read.key, namespace, at, decoded.problem);
    }
    const object: AnyObject = { ...decoded, metadata: { ...decoded.metadata, namespace } };
    const { objects } = this.of(read.key);
    const id = `${namespace}/${object.metadata.name}`;
    const held = objects.get(id);
    if (held === undefined || isNewer(object, held)) objects.set(id, object);
    if (namespace !== "") this.namespaces.add(namespace);
    return { key: read.key, namespace };
  }

  #break(key: KindKey, namespace: string, where: string, problem: string) {
    this.issues.push({ where, problem });
    this.of(key).broken.push({ namespace, text: `${where}: ${problem}` });
    return { key, namespace };
  }

  /** Marks a kind as listed in a namespace, or everywhere when that is "". */
  cover(key: KindKey, namespace: string): void {
    const holding = this.of(key);
    if (namespace === "") holding.everywhere = true;
    else holding.listed.add(namespace);
  }

  /** Whether anything at all can be answered. */
  isEmpty(): boolean {
    return [...this.#kinds.values()].every(
      ({ objects, everywhere, listed, refused }) => objects.size + listed.size + refused.size === 0 && !everywhere,
    );
  }

  holds(resource: { readonly group: string; readonly kind: string }): Holding | undefined {
    return this.#kinds.get(kindKey(resource));
  }
}
