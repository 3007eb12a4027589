import type { Connection } from "../kube/transport.ts";

/** What the probes need of a connection; without WebSockets there is neither exec nor port-forward. */
export type Api = Pick<Connection, "request" | "send" | "serverDate"> & Partial<Pick<Connection, "webSocket">>;

export const podsPath = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
export const jobsPath = (namespace: string): string =>
  `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`;

export type Json = Readonly<Record<string, unknown>>;

/** The JSON object in `text`; an empty one when it is none. */
export function parsed(text: string): Json {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return {};
  }
}

export function recordOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A field several levels down, as a record. */
export function within(value: unknown, ...keys: readonly string[]): Json {
  return keys.reduce((at, key) => recordOf(at[key]), recordOf(value));
}
