import type { ConnectionFlags } from "../kube/flags.ts";

const text = { type: "string", requiresArg: true } as const;
const flag = { type: "boolean" } as const;

/** yargs options of kubectl's connection flags, for every command that talks to a cluster. */
export const kubeOptions = {
  kubeconfig: { ...text, describe: "The kubeconfig file to use, in place of KUBECONFIG and ~/.kube/config" },
  context: { ...text, describe: "The kubeconfig context to use" },
  cluster: { ...text, describe: "The kubeconfig cluster to use, in place of the context's" },
  user: { ...text, describe: "The kubeconfig user to use, in place of the context's" },
  namespace: { ...text, alias: "n", describe: "The namespace to look in; the context's by default" },
  server: { ...text, alias: "s", describe: "Address and port of the API server" },
  token: { ...text, describe: "Bearer token to authenticate with" },
  username: { ...text, describe: "User name for basic authentication" },
  password: { ...text, describe: "Password for basic authentication" },
  as: { ...text, describe: "Impersonate this user or service account" },
  "as-group": { ...text, describe: "Impersonate this group as well; can be repeated" },
  "as-uid": { ...text, describe: "Impersonate this UID" },
  "as-user-extra": { ...text, describe: "Impersonate this extra attribute, key=value; can be repeated" },
  "request-timeout": {
    ...text,
    describe: "How long to wait for one answer of the API server, e.g. 5s or 2m; 0 for no limit (default 30s)",
  },
  "certificate-authority": { ...text, describe: "File with the certificate authority of the API server" },
  "client-certificate": { ...text, describe: "File with the client certificate" },
  "client-key": { ...text, describe: "File with the key of the client certificate" },
  "insecure-skip-tls-verify": { ...flag, describe: "Do not verify the API server's certificate: insecure" },
  "tls-server-name": { ...text, describe: "The name to expect in the API server's certificate" },
  "disable-compression": { ...flag, describe: "Ask the API server for uncompressed answers" },
} as const;

/** `-A`, for commands that list: not part of `kubeOptions`, since a command about one object has no use for it. */
export const allNamespacesOption = {
  "all-namespaces": { ...flag, alias: "A", describe: "Look in all namespaces" },
} as const;

/** The connection flags, read from yargs' arguments. */
export type KubeFlags = ConnectionFlags;

/**
 * Picks the connection flags out of parsed arguments. A flag that is given twice is a list in yargs; kubectl takes the last one,
 * and "" for "not given".
 */
export function kubeFlags(args: Readonly<Record<string, unknown>>): KubeFlags {
  const all = (name: string): readonly string[] => {
    const value = args[name];
    return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string" && one !== "");
  };
  const last = (name: string): string | undefined => all(name).at(-1);
  const isSet = (name: string): boolean => {
    const value = args[name];
    return (Array.isArray(value) ? value.at(-1) : value) === true;
  };
  return {
    kubeconfig: last("kubeconfig"),
    context: last("context"),
    cluster: last("cluster"),
    user: last("user"),
    namespace: last("namespace"),
    server: last("server"),
    token: last("token"),
    username: last("username"),
    password: last("password"),
    as: last("as"),
    asGroup: all("as-group"),
    asUid: last("as-uid"),
    asUserExtra: all("as-user-extra"),
    requestTimeout: last("request-timeout"),
    certificateAuthority: last("certificate-authority"),
    clientCertificate: last("client-certificate"),
    clientKey: last("client-key"),
    insecureSkipTlsVerify: isSet("insecure-skip-tls-verify"),
    tlsServerName: last("tls-server-name"),
    disableCompression: isSet("disable-compression"),
  };
}
