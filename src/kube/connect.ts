import { isatty } from "node:tty";
import { UserError } from "../errors.ts";
import { resolveCredentials } from "./credentials.ts";
import { parseDuration } from "./duration.ts";
import type { ConnectionFlags, Surroundings } from "./flags.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { proxyFor } from "./proxy.ts";
import { resolveTarget } from "./target.ts";
import { type Connection, openConnection } from "./transport.ts";

export interface ConnectOptions {
  readonly userAgent?: string;
  /** Ends everything that runs (Ctrl-C). */
  readonly signal?: AbortSignal;
  readonly around?: Partial<Surroundings>;
  /** First pause before a retry, in milliseconds. */
  readonly backoff?: number;
}

/** kubectl waits for ever by default; someone who asks "why is it unreachable" deserves an answer even then. */
const DEFAULT_TIMEOUT = 30_000;

/**
 * From kubectl's flags, environment and kubeconfig to a connection: credentials are read, and a credential plugin is run, here and once;
 * the first request dials. Throws UserError for whatever of it the user has to mend.
 */
export async function connect(flags: ConnectionFlags, options: ConnectOptions = {}): Promise<Connection> {
  const around = surroundings(options.around);
  const timeout = timeoutOf(flags.requestTimeout);
  const target = resolveTarget(await loadKubeconfig(flags, around), flags, around);
  const proxy = proxyFor(target.server, target.cluster.proxyUrl, around.env);
  const credentials = await resolveCredentials(target, around, options.signal);
  return openConnection(target, credentials, proxy, {
    timeout,
    userAgent: options.userAgent ?? "kubectl-netcheck",
    signal: options.signal,
    backoff: options.backoff ?? 100,
  });
}

/** The namespace that a command without -n works in, and the context's name, without a connection. */
export async function currentNamespace(
  flags: ConnectionFlags,
  given?: Partial<Surroundings>,
): Promise<{ readonly context: string; readonly namespace: string }> {
  const around = surroundings(given);
  const { context, namespace } = resolveTarget(await loadKubeconfig(flags, around), flags, around);
  return { context, namespace };
}

/** Names of the kubeconfig's entries, for completion. */
export async function kubeconfigNames(
  flags: ConnectionFlags,
  entries: "contexts" | "clusters" | "users",
  given?: Partial<Surroundings>,
): Promise<readonly string[]> {
  const config = await loadKubeconfig(flags, surroundings(given));
  return [...config[entries].keys()];
}

/** Undefined where there is neither HOME nor an entry for the user, as in a bare container. */
function homeFolder(): string | undefined {
  try {
    // What homedir() looks at first, without what it costs to load node:os.
    const own = process.platform === "win32" ? "" : process.env["HOME"];
    return own || process.getBuiltinModule("node:os").homedir() || undefined;
  } catch {
    return undefined;
  }
}

/** A shell may stand in a folder that was deleted; only a relative path would miss it. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env["PWD"] ?? "/";
  }
}

function surroundings(given: Partial<Surroundings> = {}): Surroundings {
  return {
    env: process.env,
    cwd: currentFolder(),
    home: homeFolder(),
    // Not process.stdin: that opens a stream, which takes time and holds the event loop.
    stdinIsTerminal: isatty(0),
    stderr: 2,
    serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
    ...given,
  };
}

function timeoutOf(flag: string | undefined): number {
  if (flag === undefined || flag === "") return DEFAULT_TIMEOUT;
  const timeout = parseDuration(flag);
  if (timeout === undefined)
    throw new UserError(`--request-timeout takes a duration such as 5s or 2m, or 0 for none, not "${flag}"`);
  return timeout;
}
