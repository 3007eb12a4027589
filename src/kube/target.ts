import { existsSync, readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { nearest } from "../model/nearest.ts";
import type { ConnectionFlags, Surroundings } from "./flags.ts";
import type { ClusterEntry, ContextEntry, Kubeconfig, UserEntry } from "./kubeconfig.ts";

/** Whom to ask, as whom, about which namespace: kubeconfig and flags brought together. */
export interface Target {
  /** The context's name; "" when there is none, `in-cluster` inside a pod. */
  readonly context: string;
  /** May have a path (a Rancher or gateway prefix), which every request path follows. */
  readonly server: URL;
  /** The address is the user's own (--server), not the context's. */
  readonly serverIsGiven: boolean;
  readonly namespace: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  /** "" when the context names none. */
  readonly userName: string;
  /** False when the kubeconfig does not define `userName`. */
  readonly userIsDefined: boolean;
}

/**
 * Applies the flags to the kubeconfig by the rules of clientcmd: flags win; without any kubeconfig a pod uses its service account;
 * `--server` alone is enough. A context needs no user: its cluster's TLS settings hold all the same.
 * Throws UserError for names that do not exist and when no server is known.
 */
export function resolveTarget(config: Kubeconfig, flags: ConnectionFlags, around: Surroundings): Target {
  const isEmpty = config.contexts.size + config.clusters.size + config.users.size === 0;
  const pod = isEmpty && !flags.context ? inCluster(around) : undefined;
  const context = pod === undefined ? contextOf(config, flags) : pod.context;
  const clusterName = flags.cluster || context.entry.cluster || "";
  const userName = flags.user || context.entry.user || "";
  const cluster = pod?.cluster ?? entryOf("cluster", config.clusters, clusterName, flags) ?? {};
  const user = pod?.user ?? entryOf("user", config.users, userName, flags) ?? {};
  const overridden = clusterWith(cluster, flags, around);
  return {
    context: context.name,
    server: serverUrl(overridden, config, context.name),
    serverIsGiven: Boolean(flags.server),
    namespace: flags.namespace || context.entry.namespace || "default",
    cluster: overridden,
    user: userWith(user, flags, around),
    userName,
    userIsDefined: config.users.has(userName),
  };
}

interface NamedContext {
  readonly name: string;
  readonly entry: ContextEntry;
}

function contextOf(config: Kubeconfig, flags: ConnectionFlags): NamedContext {
  const name = flags.context || config.currentContext || "";
  const entry = config.contexts.get(name);
  if (entry !== undefined) return { name, entry };
  // As in kubectl, flags can stand in for the context that current-context names in vain, but not for one asked for.
  if (!flags.context && (name === "" || flags.server || flags.cluster)) return { name: "", entry: {} };
  throw unknownName("context", name, [...config.contexts.keys()], config);
}

function unknownName(what: string, name: string, known: readonly string[], config: Kubeconfig): UserError {
  const near = nearest(name, known);
  const files = config.files.length === 0 ? "" : ` in ${config.files.join(", ")}`;
  const offer =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : `known: ${known.slice(0, 10).join(", ") || "none"}`;
  return new UserError(`there is no ${what} "${name}"${files}`, [offer]);
}

function entryOf<T>(
  what: "cluster" | "user",
  known: ReadonlyMap<string, T>,
  name: string,
  flags: ConnectionFlags,
): T | undefined {
  const entry = known.get(name);
  if (entry !== undefined || name === "") return entry;
  const asked = flags[what] === name;
  // kubectl goes on without credentials when a context names an undefined user, and a plain http server needs none; the 401 tells.
  if (what === "user" && !asked) return undefined;
  const near = nearest(name, [...known.keys()]);
  const hint =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : `known: ${[...known.keys()].join(", ") || "none"}`;
  throw new UserError(
    asked
      ? `the kubeconfig has no ${what} "${name}"`
      : `the kubeconfig's context names the ${what} "${name}", which it does not define`,
    [hint],
  );
}

/** clientcmd: a CA or skip flag replaces both; a --server drops the entry's tls-server-name, which was meant for another address. */
function clusterWith(entry: ClusterEntry, flags: ConnectionFlags, around: Surroundings): ClusterEntry {
  const { caFile, caData, insecure, tlsServerName, ...rest } = entry;
  const trustIsGiven = flags.insecureSkipTlsVerify === true || Boolean(flags.certificateAuthority);
  const trust = trustIsGiven
    ? {
        insecure: flags.insecureSkipTlsVerify === true,
        ...(flags.certificateAuthority ? { caFile: resolve(around.cwd, flags.certificateAuthority) } : {}),
      }
    : { ...(caFile ? { caFile } : {}), ...(caData ? { caData } : {}), insecure: insecure === true };
  const name = flags.tlsServerName || (flags.server ? undefined : tlsServerName);
  return {
    ...rest,
    ...trust,
    ...(flags.server ? { server: flags.server } : {}),
    ...(name === undefined ? {} : { tlsServerName: name }),
    ...(flags.disableCompression === true ? { disableCompression: true } : {}),
  };
}

function userWith(entry: UserEntry, flags: ConnectionFlags, around: Surroundings): UserEntry {
  const { tokenFile, certData, certFile, keyData, keyFile, ...rest } = entry;
  return {
    ...rest,
    ...(tokenFile && !flags.token ? { tokenFile } : {}),
    ...(flags.clientCertificate
      ? { certFile: resolve(around.cwd, flags.clientCertificate) }
      : { ...(certData ? { certData } : {}), ...(certFile ? { certFile } : {}) }),
    ...(flags.clientKey
      ? { keyFile: resolve(around.cwd, flags.clientKey) }
      : { ...(keyData ? { keyData } : {}), ...(keyFile ? { keyFile } : {}) }),
    ...(flags.token ? { token: flags.token } : {}),
    ...(flags.username ? { username: flags.username } : {}),
    ...(flags.password ? { password: flags.password } : {}),
    ...(flags.as ? { as: flags.as } : {}),
    ...(flags.asUid ? { asUid: flags.asUid } : {}),
    ...(flags.asGroup && flags.asGroup.length > 0 ? { asGroups: flags.asGroup } : {}),
    ...(flags.asUserExtra && flags.asUserExtra.length > 0 ? { asUserExtra: extraOf(flags.asUserExtra) } : {}),
  };
}

function extraOf(pairs: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const extra: Record<string, readonly string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new UserError(`--as-user-extra takes key=value, not "${pair}"`);
    const key = pair.slice(0, at);
    extra[key] = [...(extra[key] ?? []), pair.slice(at + 1)];
  }
  return extra;
}

function serverUrl(cluster: ClusterEntry, config: Kubeconfig, context: string): URL {
  const { server } = cluster;
  if (server === undefined) {
    const files = config.files.length === 0 ? "" : ` (looked at ${config.files.join(", ")})`;
    if (config.contexts.size > 0 && context === "")
      throw new UserError(`no context is current${files}`, [
        `choose one with --context or kubectl config use-context: ${[...config.contexts.keys()].slice(0, 10).join(", ")}`,
      ]);
    throw new UserError(`no API server is known${files}`, [
      "get a kubeconfig (AKS: az aks get-credentials -g GROUP -n CLUSTER), or name the server with --server",
    ]);
  }
  // client-go's DefaultServerURL: without a scheme it is https when there is anything of TLS to use, else http.
  const usesTls = Boolean(cluster.caFile || cluster.caData || cluster.insecure || cluster.tlsServerName);
  const full = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(server) ? server : `${usesTls ? "https" : "http"}://${server}`;
  const url = URL.parse(full);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new UserError(`the server address "${server.replace(/\/\/[^/@]*@/, "//")}" is not a URL`, [
      "it should look like https://host:port",
    ]);
  return url;
}

interface PodIdentity {
  readonly context: NamedContext;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/** rest.InClusterConfig: the service account that the kubelet mounts into every pod. Undefined outside of a pod. */
function inCluster(around: Surroundings): PodIdentity | undefined {
  const host = around.env["KUBERNETES_SERVICE_HOST"];
  const port = around.env["KUBERNETES_SERVICE_PORT"];
  const tokenFile = join(around.serviceAccount, "token");
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const caFile = join(around.serviceAccount, "ca.crt");
  const namespaceFile = join(around.serviceAccount, "namespace");
  const mounted = existsSync(namespaceFile) ? readFileSync(namespaceFile, "utf8").trim() : "";
  const namespace = around.env["POD_NAMESPACE"] || mounted;
  return {
    context: { name: "in-cluster", entry: namespace === "" ? {} : { namespace } },
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      ...(existsSync(caFile) ? { caFile } : {}),
    },
    user: { tokenFile },
  };
}
