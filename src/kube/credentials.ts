import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { ExecCluster, ExecCredential } from "./exec-plugin.ts";
import type { Surroundings } from "./flags.ts";
import { loginHints } from "./login-hints.ts";
import type { Target } from "./target.ts";

/** Everything that goes into a TLS handshake with the server; WebSockets (exec, port-forward) use the same. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
  /** The name to expect in the certificate, when it is not the host of the URL. */
  readonly servername?: string;
}

export interface Credentials {
  readonly tls: TlsSettings;
  /** Authorization and impersonation. Never printed. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** For the message of a 401: what may be wrong, then what to do. Computed only then. */
  readonly explain: (now: string) => Promise<readonly string[]>;
}

const UPDATE_KUBECONFIG = "fetch the kubeconfig again (AKS: az aks get-credentials)";
const LEGACY_PROVIDERS: Readonly<Record<string, string>> = {
  azure: "convert the kubeconfig: kubelogin convert-kubeconfig -l azurecli",
  gcp: "fetch the kubeconfig again: gcloud container clusters get-credentials CLUSTER",
  oidc: "use a credential plugin such as kubectl oidc-login (int128/kubelogin) in its place",
};

/**
 * Reads certificates and tokens and runs the credential plugin, all once, before any request. Inline data wins over a file of the same
 * purpose, a token file over a token; `signal` (Ctrl-C) ends the plugin; the plugin is not run when a token, a password or a certificate is given (client-go's rules).
 * Throws UserError for files that cannot be read and for the provider types that kubectl removed.
 */
export async function resolveCredentials(
  target: Target,
  around: Surroundings,
  signal?: AbortSignal,
): Promise<Credentials> {
  const { cluster, user, userName } = target;
  // client-go's TLSConfigFor: whoever names an authority and then says not to look must choose.
  if (cluster.insecure === true && (cluster.caFile !== undefined || cluster.caData !== undefined))
    throw new UserError(
      `both a certificate authority and insecure-skip-tls-verify are given for ${target.server.origin}, which kubectl refuses too`,
      ["leave out one of them, in the kubeconfig or as a flag"],
    );
  const ca = dataOrFile("certificate authority", cluster.caData, cluster.caFile);
  const cert = dataOrFile("client certificate", user.certData, user.certFile);
  const key = dataOrFile("client key", user.keyData, user.keyFile);
  if ((cert === undefined) !== (key === undefined))
    throw new UserError(
      cert === undefined
        ? `there is a client key for ${target.server.origin}, but no client certificate`
        : `there is a client certificate for ${target.server.origin}, but no client key`,
      ["give both, with --client-certificate and --client-key or in the kubeconfig"],
    );
  if (cert !== undefined) checkPem(cert, "client certificate");
  if (ca !== undefined) checkPem(ca, "certificate authority");
  const ownToken = tokenOf(target);
  const hasOwn = ownToken !== undefined || cert !== undefined || user.username !== undefined;
  if (!hasOwn && user.exec === undefined && user.authProvider !== undefined)
    throw new UserError(
      `the user "${userName}" for ${target.server.origin} uses the auth provider "${user.authProvider}", which kubectl no longer has`,
      [LEGACY_PROVIDERS[user.authProvider] ?? UPDATE_KUBECONFIG],
    );
  const made: ExecCredential =
    !hasOwn && user.exec !== undefined
      ? await (await import("./exec-plugin.ts")).runExecPlugin(
          user.exec,
          execCluster(target, ca),
          around,
          target.server.origin,
          signal,
        )
      : {};
  const token = ownToken ?? made.token?.trim();
  const finalCert = cert ?? made.cert;
  const finalKey = key ?? made.key;
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(finalCert === undefined || finalKey === undefined ? {} : { cert: finalCert, key: finalKey }),
      rejectUnauthorized: cluster.insecure !== true,
      ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
    },
    headers: { ...authorization(target, token), ...impersonation(target) },
    explain: (now) => explainRefusal(target, token, finalCert, now, hasOwn),
  };
}

function dataOrFile(what: string, data: string | undefined, file: string | undefined): string | undefined {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return file === undefined ? undefined : readOr(what, file);
}

function readOr(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`cannot read the ${what} ${file} (${code ?? "unknown error"})`, [
      "check the path in the kubeconfig or the flag that names it",
    ]);
  }
}

function checkPem(pem: string, what: string): void {
  if (!pem.includes("-----BEGIN"))
    throw new UserError(`the ${what} in the kubeconfig is no PEM certificate`, [UPDATE_KUBECONFIG]);
}

function tokenOf(target: Target): string | undefined {
  const { token, tokenFile } = target.user;
  if (tokenFile === undefined) return token?.trim();
  try {
    return readFileSync(tokenFile, "utf8").trim() || token?.trim();
  } catch {
    if (token !== undefined) return token.trim();
    return readOr("token file", tokenFile);
  }
}

function authorization(target: Target, token: string | undefined): Record<string, string> {
  const { username, password } = target.user;
  if (token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new UserError(`the token for ${target.server.origin} holds spaces or other characters that no token has`, [
        "check the token file, --token or the kubeconfig",
      ]);
    return { authorization: `Bearer ${token}` };
  }
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` };
}

/** Header values are bytes: UTF-8 as client-go sends it, one character per byte as node wants it. */
const wire = (value: string): string => Buffer.from(value, "utf8").toString("latin1");

/** kubernetes.io, "User impersonation": extra keys are percent-encoded where a header name could not hold them. */
function impersonation(target: Target): Record<string, string | readonly string[]> {
  const { as, asUid, asGroups, asUserExtra } = target.user;
  if (as === undefined) {
    if (asUid === undefined && asGroups === undefined && asUserExtra === undefined) return {};
    throw new UserError("a uid, groups or extra are to be impersonated, but no user", ["add --as USER"]);
  }
  const extra = Object.entries(asUserExtra ?? {}).map(([key, values]): [string, readonly string[]] => [
    `impersonate-extra-${encodeURIComponent(key.toLowerCase()).replaceAll(/[()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`,
    values.map(wire),
  ]);
  return {
    "impersonate-user": wire(as),
    ...(asUid === undefined ? {} : { "impersonate-uid": wire(asUid) }),
    ...(asGroups === undefined ? {} : { "impersonate-group": asGroups.map(wire) }),
    ...Object.fromEntries(extra),
  };
}

function execCluster(target: Target, ca: string | undefined): ExecCluster {
  const { cluster } = target;
  return {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.insecure === true ? { "insecure-skip-tls-verify": true } : {}),
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
    ...(cluster.disableCompression === true ? { "disable-compression": true } : {}),
    ...(cluster.execConfig === undefined ? {} : { config: cluster.execConfig }),
  };
}

async function explainRefusal(
  target: Target,
  token: string | undefined,
  cert: string | undefined,
  now: string,
  hasOwn: boolean,
): Promise<readonly string[]> {
  const { exec } = target.user;
  const hints = exec !== undefined && !hasOwn ? loginHints(exec) : [];
  const tokenEnd = token === undefined ? undefined : jwtExpiry(token);
  if (tokenEnd !== undefined && tokenEnd <= now) return [`the token expired at ${tokenEnd}`, ...hints];
  const certEnd = cert === undefined ? undefined : await certificateExpiry(cert);
  if (certEnd !== undefined && certEnd <= now)
    return [`the client certificate expired at ${certEnd}`, ...hints, UPDATE_KUBECONFIG];
  if (token === undefined && cert === undefined && target.user.username === undefined)
    return [
      `the context "${target.context}" brings no credentials (it names ${target.userName === "" ? "no user" : `the user "${target.userName}", which ${target.userIsDefined ? "has none" : "the kubeconfig does not define"}`})`,
      "add a user with credentials to the kubeconfig, or give --token",
    ];
  const what = token !== undefined ? "the token" : cert !== undefined ? "the client certificate" : "the password";
  return hints.length > 0 ? [`${what} of the credential plugin is refused`, ...hints] : [`${what} is refused`];
}

/** When a JWT ends, RFC 3339; undefined for an opaque token. */
function jwtExpiry(token: string): string | undefined {
  const [, payload] = token.split(".");
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const end = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : undefined;
    return typeof end === "number" ? rfc3339(end * 1000) : undefined;
  } catch {
    return undefined;
  }
}

async function certificateExpiry(pem: string): Promise<string | undefined> {
  const { X509Certificate } = await import("node:crypto");
  try {
    return rfc3339(new X509Certificate(pem).validToDate.getTime());
  } catch {
    return undefined;
  }
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
