/**
 * Reading kubeconfig files by the rules of client-go's clientcmd. client-node's KubeConfig is not used: it drops fields that we need
 * (as-groups, as-uid, tokenFile, interactiveMode, provideClusterInfo), lets files win over inline data where client-go does the
 * opposite, throws on a missing file of KUBECONFIG, and its module loads undici, socks and an OpenID client (four times our size).
 */
import { readFileSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { ConnectionFlags, Surroundings } from "./flags.ts";
import { type Plain, plainYaml } from "./plain-yaml.ts";

export interface ClusterEntry {
  readonly server?: string;
  readonly caFile?: string;
  readonly caData?: string;
  readonly insecure?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly disableCompression?: boolean;
  /** The extension `client.authentication.k8s.io/exec`, handed to credential plugins as `spec.cluster.config`. */
  readonly execConfig?: unknown;
}

/** A credential plugin. */
export interface ExecEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
}

export interface UserEntry {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly certFile?: string;
  readonly certData?: string;
  readonly keyFile?: string;
  readonly keyData?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
  readonly exec?: ExecEntry;
  /** The name of a legacy in-tree provider (azure, gcp, oidc). */
  readonly authProvider?: string;
}

export interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface Kubeconfig {
  readonly currentContext?: string;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  /** The files that were asked for, whether they exist or not. */
  readonly files: readonly string[];
}

type Yaml = Readonly<Record<string, unknown>>;

/**
 * The merged kubeconfig: `--kubeconfig` alone, else the files of KUBECONFIG, else ~/.kube/config. The first file that sets current-context
 * or an entry wins, entries are never mixed; files of KUBECONFIG that do not exist are skipped (kubectl config, "Organizing cluster access").
 * Throws UserError for a file that is unreadable or malformed, and for a missing `--kubeconfig`.
 */
export async function loadKubeconfig(flags: ConnectionFlags, around: Surroundings): Promise<Kubeconfig> {
  if (flags.kubeconfig) return (await parseFile(resolve(around.cwd, flags.kubeconfig), true)) ?? emptyConfig([]);
  const listed = (around.env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const standard = around.home === undefined ? [] : [join(around.home, ".kube", "config")];
  const asked = around.env["KUBECONFIG"] ? listed.map((file) => resolve(around.cwd, file)) : standard;
  const files = [...new Set(asked)];
  const found: Kubeconfig[] = [];
  for (const file of files) found.push((await parseFile(file, false)) ?? emptyConfig([]));
  const currentContext = found.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: firstWins(found.map((config) => config.contexts)),
    clusters: firstWins(found.map((config) => config.clusters)),
    users: firstWins(found.map((config) => config.users)),
    files,
  };
}

function emptyConfig(files: readonly string[]): Kubeconfig {
  return { contexts: new Map(), clusters: new Map(), users: new Map(), files };
}

function firstWins<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

async function parseFile(file: string, required: boolean): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!required && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    const why = UNREADABLE[code ?? ""] ?? code ?? "?";
    throw new UserError(`cannot read the kubeconfig ${file}: ${why}`, ["give another with --kubeconfig or KUBECONFIG"]);
  }
  return parseKubeconfig(text, file);
}

/** One kubeconfig file's text; relative paths in it are resolved against the folder of `file`. Throws UserError with file and line. */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  const document = (plainYaml(text) ?? (await anyYaml(text, file))).value;
  const field = new Fields(file, dirname(file));
  const root = field.record(document, "the document");
  const current = field.text(root, "current-context");
  return {
    ...(current === undefined ? {} : { currentContext: current }),
    contexts: field.named(root, "contexts", "context", (entry) => contextOf(field, entry)),
    clusters: field.named(root, "clusters", "cluster", (entry) => clusterOf(field, entry)),
    users: field.named(root, "users", "user", (entry, name) => userOf(field, entry, name)),
    files: [file],
  };
}

/** A text that js-yaml has to read. Throws UserError with the line of a fault. */
async function anyYaml(text: string, file: string): Promise<Plain> {
  const { yamlOf } = await import("./any-yaml.ts");
  const read = yamlOf(text);
  if ("line" in read) throw malformed(`${file}:${read.line}`, read.reason);
  return read;
}

function malformed(where: string, what: string): UserError {
  return new UserError(`the kubeconfig ${where} is malformed: ${what}`, [
    "mend it, or give another with --kubeconfig or KUBECONFIG",
  ]);
}

/** Reads fields of one file, with errors that name it; keys without a value are as if they were absent. */
class Fields {
  readonly file: string;
  readonly folder: string;

  constructor(file: string, folder: string) {
    this.file = file;
    this.folder = folder;
  }

  record(value: unknown, what: string): Yaml {
    if (value === null || value === undefined) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw malformed(this.file, `${what} is not a mapping`);
    return value as Yaml;
  }

  list(owner: Yaml, key: string): readonly unknown[] {
    const value = owner[key];
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw malformed(this.file, `${key} is not a list`);
    return value;
  }

  text(owner: Yaml, key: string): string | undefined {
    const value = owner[key];
    if (value === null || value === undefined || value === "") return undefined;
    if (typeof value === "object") throw malformed(this.file, `${key} is not a string`);
    return String(value);
  }

  flag(owner: Yaml, key: string): boolean | undefined {
    const value = owner[key];
    if (value === null || value === undefined) return undefined;
    if (typeof value !== "boolean") throw malformed(this.file, `${key} is neither true nor false`);
    return value;
  }

  path(owner: Yaml, key: string): string | undefined {
    const value = this.text(owner, key);
    return value === undefined || isAbsolute(value) ? value : join(this.folder, value);
  }

  named<T>(root: Yaml, key: string, inner: string, read: (entry: Yaml, name: string) => T): ReadonlyMap<string, T> {
    const entries = this.list(root, key).map((item, i): [string, T] => {
      const record = this.record(item, `${key}[${i}]`);
      const name = this.text(record, "name");
      if (name === undefined) throw malformed(this.file, `${key}[${i}] has no name`);
      return [name, read(this.record(record[inner], `${key}[${i}].${inner}`), name)];
    });
    const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) < i);
    // Across files the first wins; within one, kubectl refuses to choose, and so do we.
    if (twice !== undefined) throw malformed(this.file, `${key} has two entries named ${twice[0]}`);
    return new Map(entries);
  }
}

/** Leaves out what is undefined, so that later spreads do not overwrite with nothing. */
function defined<T extends object>(record: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

function contextOf(field: Fields, entry: Yaml): ContextEntry {
  return defined<ContextEntry>({
    cluster: field.text(entry, "cluster"),
    user: field.text(entry, "user"),
    namespace: field.text(entry, "namespace"),
  });
}

function clusterOf(field: Fields, entry: Yaml): ClusterEntry {
  const extensions = field.list(entry, "extensions").map((item) => field.record(item, "an extension"));
  return defined<ClusterEntry>({
    server: field.text(entry, "server"),
    caFile: field.path(entry, "certificate-authority"),
    caData: field.text(entry, "certificate-authority-data"),
    insecure: field.flag(entry, "insecure-skip-tls-verify"),
    tlsServerName: field.text(entry, "tls-server-name"),
    proxyUrl: field.text(entry, "proxy-url"),
    disableCompression: field.flag(entry, "disable-compression"),
    execConfig: extensions.find((item) => item["name"] === "client.authentication.k8s.io/exec")?.["extension"],
  });
}

function userOf(field: Fields, entry: Yaml, name: string): UserEntry {
  const extra = field.record(entry["as-user-extra"], "as-user-extra");
  const groups = field.list(entry, "as-groups").map(String);
  return defined<UserEntry>({
    token: field.text(entry, "token"),
    tokenFile: field.path(entry, "tokenFile"),
    certFile: field.path(entry, "client-certificate"),
    certData: field.text(entry, "client-certificate-data"),
    keyFile: field.path(entry, "client-key"),
    keyData: field.text(entry, "client-key-data"),
    username: field.text(entry, "username"),
    password: field.text(entry, "password"),
    as: field.text(entry, "as"),
    asUid: field.text(entry, "as-uid"),
    asGroups: groups.length === 0 ? undefined : groups,
    asUserExtra:
      Object.keys(extra).length === 0
        ? undefined
        : Object.fromEntries(Object.keys(extra).map((key) => [key, field.list(extra, key).map(String)])),
    exec: entry["exec"] ? execOf(field, field.record(entry["exec"], `exec of user ${name}`), name) : undefined,
    authProvider: field.text(field.record(entry["auth-provider"], `auth-provider of user ${name}`), "name"),
  });
}

function execOf(field: Fields, entry: Yaml, name: string): ExecEntry {
  const command = field.text(entry, "command");
  const apiVersion = field.text(entry, "apiVersion");
  if (command === undefined) throw malformed(field.file, `exec of user ${name} has no command`);
  if (apiVersion === undefined) throw malformed(field.file, `exec of user ${name} has no apiVersion`);
  const mode = field.text(entry, "interactiveMode") ?? "IfAvailable";
  if (mode !== "Never" && mode !== "IfAvailable" && mode !== "Always")
    throw malformed(field.file, `interactiveMode of user ${name} is none of Never, IfAvailable, Always`);
  const installHint = field.text(entry, "installHint");
  const env = field.list(entry, "env").map((item) => field.record(item, `env of user ${name}`));
  // A bare command is looked up on PATH; one with a slash is relative to the kubeconfig, as client-go resolves it.
  const path = /[/\\]/.test(command) && !isAbsolute(command) ? join(field.folder, command) : command;
  return {
    command: path,
    args: field.list(entry, "args").map(String),
    env: Object.fromEntries(env.map((item) => [String(item["name"]), String(item["value"] ?? "")])),
    apiVersion,
    ...(installHint === undefined ? {} : { installHint }),
    provideClusterInfo: field.flag(entry, "provideClusterInfo") ?? false,
    interactiveMode: mode,
  };
}
