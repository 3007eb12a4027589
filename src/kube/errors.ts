import { UserError } from "../errors.ts";

export type ConnectionFailure = "unreachable" | "timeout" | "tls" | "credentials" | "proxy" | "not-kubernetes";

const PRINTABLE = /^[\x20-\x7e]*$/;

/** The API server could not be reached or refuses us: nothing can be read. `failure` says at which step. */
export class ConnectionError extends UserError {
  readonly failure: ConnectionFailure;

  constructor(failure: ConnectionFailure, message: string, hints: readonly string[]) {
    // Certificates, redirects and proxies word parts of these messages: nothing of theirs may steer a terminal.
    super(PRINTABLE.test(message) ? message : message.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?"), hints);
    this.name = "ConnectionError";
    this.failure = failure;
  }
}

/** Thrown by `dial` when the proxy, not the server, is at fault. `message` names no credentials. */
export class ProxyError extends Error {}

/** Thrown by `dial` when its time was up before any DNS server had answered for the server's name. */
export class UnansweredLookup extends Error {}

/** What an error message may tell about the connection: addresses and names, never credentials. */
export interface Whereabouts {
  /** `https://host:port`, without user, password or query. */
  readonly server: string;
  /** "" when the connection comes from flags alone. */
  readonly context: string;
  /** The address came with --server. */
  readonly serverIsGiven: boolean;
  readonly host: string;
  /** `http://proxy:3128`, without credentials. */
  readonly proxy?: string;
  /** Milliseconds; 0 for none. */
  readonly timeout: number;
}

interface Told {
  readonly failure: ConnectionFailure;
  /** Follows "cannot reach the API server ADDRESS: ". */
  readonly what: string;
  readonly hints: readonly string[];
}

const WRONG_AUTHORITY = [
  "the kubeconfig may belong to an earlier cluster of that address: fetch it again (AKS: az aks get-credentials), or give the right authority with --certificate-authority",
];
const CERTIFICATE: Readonly<Record<string, readonly [what: string, hints: readonly string[]]>> = {
  CERT_HAS_EXPIRED: [
    "its certificate has expired",
    ["renew the server's certificate (kubeadm certs renew), or check this machine's clock"],
  ],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", ["check the clocks of this machine and of the server"]],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate is signed by an unknown authority", WRONG_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT: ["its certificate is signed by an unknown authority", WRONG_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["its certificate is signed by an unknown authority", WRONG_AUTHORITY],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate is signed by an unknown authority", WRONG_AUTHORITY],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is signed by an unknown authority", WRONG_AUTHORITY],
  CERT_SIGNATURE_FAILURE: ["its certificate is signed by another authority of the same name", WRONG_AUTHORITY],
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network is unreachable",
  ETIMEDOUT: "no answer to the connection attempt",
};

/** The codes and messages of an error and of all that it wraps, outermost first. */
function chain(error: unknown): readonly { readonly code: string; readonly message: string }[] {
  if (!(error instanceof Error)) return [];
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const inner = error instanceof AggregateError ? error.errors.flatMap(chain) : [];
  return [{ code, message: error.message }, ...inner, ...chain(error.cause)];
}

/** Whether sending the request again over a new connection may help: the connection broke, the server did not refuse. */
export function isBroken(error: unknown): boolean {
  return chain(error).some(({ code }) => ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(code));
}

/** Turns whatever a request threw into one sentence for the user, with the server's address and the next step. */
export function connectionError(error: unknown, where: Whereabouts): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const { failure, what, hints } = tell(error, where);
  return new ConnectionError(failure, `cannot reach the API server ${where.server}: ${what}`, hints);
}

function tell(error: unknown, where: Whereabouts): Told {
  const links = chain(error);
  const named = links.find(({ code }) => code !== "") ?? { code: "", message: "" };
  const { code } = named;
  const checkContext =
    where.context === "" || where.serverIsGiven
      ? "check the address given with --server"
      : `check that the cluster runs and that the context "${where.context}" points at it; other contexts: kubectl config get-contexts`;
  if (error instanceof ProxyError)
    return {
      failure: "proxy",
      what: `the proxy ${where.proxy ?? ""} ${error.message}`,
      hints: [
        "check proxy-url in the kubeconfig and HTTPS_PROXY; exempt the server with NO_PROXY if it needs no proxy",
      ],
    };
  if (error instanceof UnansweredLookup)
    return {
      failure: "timeout",
      what: `no DNS server answered for its name ${where.host} within ${where.timeout / 1000}s`,
      hints: ["check DNS and VPN, or wait longer with --request-timeout"],
    };
  if (error instanceof Error && (error.name === "TimeoutError" || code === "ABORT_ERR"))
    return {
      failure: "timeout",
      what: `no answer within ${where.timeout / 1000}s`,
      hints: ["check VPN, firewall and authorized IP ranges, or wait longer with --request-timeout"],
    };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return {
      failure: "unreachable",
      what: `its name ${where.host} does not resolve${code === "EAI_AGAIN" ? " (the DNS server does not answer)" : ""}`,
      hints: [
        where.host.includes(".privatelink.")
          ? "this is a private cluster: its name resolves only inside its network; connect by VPN or a jump host, or use az aks command invoke"
          : "check DNS and VPN; the cluster may have been deleted",
      ],
    };
  const certificate = CERTIFICATE[code];
  if (certificate !== undefined) return { failure: "tls", what: certificate[0], hints: certificate[1] };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return {
      failure: "tls",
      what: `its certificate is for another name (${altNames(error)})`,
      hints: ["use one of those names in --server, or give the name to expect with --tls-server-name"],
    };
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return tlsAlert(links.map(({ message }) => message).join(" "));
  if (UNREACHABLE[code] !== undefined)
    return {
      failure: "unreachable",
      what: where.proxy === undefined ? UNREACHABLE[code] : `${UNREACHABLE[code]} (through the proxy ${where.proxy})`,
      hints: [checkContext],
    };
  return {
    failure: "unreachable",
    what: error instanceof Error ? error.message : String(error),
    hints: [checkContext],
  };
}

/** The names in the certificate that node refused; it hangs them on its error. */
function altNames(error: unknown): string {
  const { cert } = error as { readonly cert?: { readonly subjectaltname?: string } };
  const list = (cert?.subjectaltname ?? "it has none").replaceAll(/\b(DNS|IP Address):/g, "").split(", ");
  return list.length > 4 ? `${list.slice(0, 4).join(", ")} and ${list.length - 4} more` : list.join(", ");
}

function tlsAlert(messages: string): Told {
  if (/wrong version number|packet length too long|http request/i.test(messages))
    return {
      failure: "tls",
      what: "it does not speak TLS",
      hints: ["if it is a plain kubectl proxy, use http:// in --server; else check the port"],
    };
  if (/alert (bad certificate|unknown ca|certificate (expired|required|revoked|unknown)|access denied)/i.test(messages))
    return {
      failure: "credentials",
      what: "it refused our client certificate",
      hints: ["the certificate may have expired or belong to another cluster: fetch the kubeconfig again"],
    };
  const alert = /alert ([a-z ]+)/i.exec(messages)?.[1]?.trim();
  return {
    failure: "tls",
    what: `the TLS handshake failed${alert === undefined ? "" : ` (${alert})`}`,
    hints: ["check the server's address and --tls-server-name; something between may intercept TLS"],
  };
}

/** For a 401: the server knows nobody by our credentials. `known` may explain it (an expiry, the plugin that made them), then says what to do. */
export function unauthorized(where: Whereabouts, known: readonly string[]): ConnectionError {
  const [first, ...hints] = known;
  return new ConnectionError(
    "credentials",
    `the API server ${where.server} does not accept our credentials${first === undefined ? "" : `: ${first}`}`,
    hints.length > 0
      ? hints
      : [
          where.context === ""
            ? "give a valid --token or client certificate"
            : `log in again, or fetch the kubeconfig again, for the context "${where.context}"`,
        ],
  );
}

/** For an answer that no API server gives (a login page, a web server on that port). `what` says what came instead. */
export function notKubernetes(where: Whereabouts, what: string): ConnectionError {
  return new ConnectionError(
    "not-kubernetes",
    `${where.server} answers, but not like a Kubernetes API server: ${what}`,
    ["check the address and port; a login page means that a proxy or gateway stands in between"],
  );
}
