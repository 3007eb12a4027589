/**
 * An API server in this process: lists, gets, pages, selectors, metadata-only lists and pod logs over the objects it is given, HTTP/2 and
 * HTTP/1.1, TLS or plain; answers that go wrong are injected by path. It counts requests and connections and keeps what was sent.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { dump } from "js-yaml";
import { RESOURCES, type Resource } from "../../src/model/resources.ts";
import { type CertificateRequest, certificate, type KeyPair } from "./certs.ts";
import { parseSelectors } from "./fake-selectors.ts";
import { type Metadata, metadataList, refusal } from "./protobuf.ts";

/** Any API object; `kind` says where it is served. */
export interface FakeObject {
  readonly kind: string;
  readonly apiVersion?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string | undefined>> | undefined;
  };
}

/** An answer that goes wrong. */
export interface Fault {
  /** Matched against path and query, e.g. `/nodes`, `/api/v1/namespaces/shop/pods?`. */
  readonly path: string | RegExp;
  /** How many requests it hits, the first ones that match; all by default. */
  readonly times?: number;
  /** Let so many matching requests pass first. */
  readonly after?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, as it is; without one a Status object of `status` is sent, with `message`. */
  readonly body?: string;
  readonly message?: string;
  /** `reset` ends the connection; `hang` never answers; `truncate` ends it in the middle of the right answer. */
  readonly does?: "reset" | "hang" | "truncate";
}

export interface FakeLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous?: boolean;
  readonly text: string;
}

export interface Recorded {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly httpVersion: string;
  /** Common name of the client certificate; "" without one. */
  readonly clientName: string;
  readonly status: number;
}

export interface FakeApiOptions {
  readonly objects?: readonly FakeObject[];
  readonly logs?: readonly FakeLog[];
  readonly faults?: readonly Fault[];
  /** What to speak: `h2` also speaks HTTP/1.1, as real API servers do. Default `h2`. */
  readonly protocol?: "h2" | "http/1.1" | "plain";
  /** The server's certificate; by default for localhost, 127.0.0.1 and kubernetes.default.svc. */
  readonly certificate?: Partial<CertificateRequest>;
  /** Answer 401 unless the request brings this token or a client certificate of our authority. */
  readonly token?: string;
  /** RFC 3339: the server's clock. Default: this machine's. */
  readonly now?: string;
  /** Only these kinds are served; by default all that the product reads. */
  readonly kinds?: readonly string[];
  /** Whether metadata and refusals come in protobuf to those who ask for it, as a real server sends them. Default true. */
  readonly protobuf?: boolean;
}

export interface FakeApi {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  readonly port: number;
  /** A kubeconfig with a client certificate of this server's authority, namespace `shop`, context `fake`. */
  readonly kubeconfigPath: string;
  readonly folder: string;
  readonly authority: KeyPair;
  readonly client: KeyPair;
  readonly requests: readonly Recorded[];
  /** Connections accepted so far. */
  connections(): number;
  /** Replaces the objects. */
  setObjects(objects: readonly FakeObject[]): void;
  close(): Promise<void>;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (body: unknown, status = 200): Reply => ({ status, body: JSON.stringify(body), type: "application/json" });

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function statusReply(status: number, message: string, details: object = {}): Reply {
  const reason = REASONS[status] ?? "Unknown";
  return json({ kind: "Status", apiVersion: "v1", status: "Failure", message, reason, details, code: status }, status);
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** What the server would send in protobuf, for those who prefer that. */
function inProtobuf(reply: Reply): Reply {
  if (reply.type !== "application/json" || typeof reply.body !== "string") return reply;
  const { kind, message = "", reason = "" } = JSON.parse(reply.body) as Readonly<Record<string, string>>;
  return kind === "Status" ? { ...reply, body: refusal(reply.status, reason, message), type: PROTOBUF } : reply;
}

/** Starts the server on a free loopback port. Close it, or the test never ends. */
export async function startFakeApi(options: FakeApiOptions = {}): Promise<FakeApi> {
  const { protocol = "h2", faults = [], logs = [] } = options;
  let objects = options.objects ?? [];
  const requests: Recorded[] = [];
  const hits = new Map<Fault, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const authority = certificate({ name: "fake-ca" });
  const client = certificate({ name: "fake-admin", organisations: ["system:masters"] }, authority);
  const own = certificate(
    { name: "fake-api", hosts: ["localhost", "127.0.0.1", "kubernetes.default.svc"], ...options.certificate },
    authority,
  );

  const faultFor = (url: string): Fault | undefined =>
    faults.find((fault) => {
      if (typeof fault.path === "string" ? !url.includes(fault.path) : !fault.path.test(url)) return false;
      const seen = (hits.get(fault) ?? 0) + 1;
      hits.set(fault, seen);
      const turn = seen - (fault.after ?? 0);
      return turn > 0 && turn <= (fault.times ?? Number.POSITIVE_INFINITY);
    });

  const handle = (request: Request, response: Response): void => {
    const url = request.url ?? "/";
    const fault = faultFor(url);
    const clientName = clientNameOf(request.socket as Socket);
    const refused =
      options.token !== undefined &&
      clientName === "" &&
      request.headers["authorization"] !== `Bearer ${options.token}`;
    const accept = request.headers["accept"] ?? "";
    const prefersProtobuf = options.protobuf !== false && accept.startsWith(PROTOBUF);
    const plain = refused
      ? statusReply(401, "Unauthorized")
      : fault?.status !== undefined
        ? faultReply(fault, fault.status)
        : answer(new URL(url, "http://fake"), accept, prefersProtobuf, { objects, logs, kinds: options.kinds });
    const reply = prefersProtobuf && fault?.body === undefined ? inProtobuf(plain) : plain;
    requests.push({
      method: request.method ?? "",
      url,
      headers: { ...request.headers },
      httpVersion: request.httpVersion,
      clientName,
      status: fault?.does === undefined ? reply.status : 0,
    });
    if (fault?.does === "hang") return;
    if (fault?.does === "reset") return void destroy(request);
    const zipped = /gzip/.test(String(request.headers["accept-encoding"])) && reply.body.length > 128 * 1024;
    const body = zipped ? gzipSync(reply.body) : Buffer.from(reply.body as string);
    response.statusCode = reply.status;
    response.setHeader("content-type", reply.type);
    response.setHeader("date", new Date(options.now ?? Date.now()).toUTCString());
    if (zipped) response.setHeader("content-encoding", "gzip");
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    if (fault?.does === "truncate") {
      // Written as announced whole, then cut off: what a dying server or proxy leaves behind.
      response.setHeader("content-length", String(body.length));
      (response as ServerResponse).write(body.subarray(0, Math.floor(body.length / 2)), () => destroy(request));
      return;
    }
    response.end(body);
  };

  const secure = { ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
  const server: Server | Http2SecureServer =
    protocol === "plain"
      ? createServer(handle)
      : protocol === "http/1.1"
        ? createHttpsServer(secure, handle)
        : createSecureServer({ ...secure, allowHTTP1: true }, handle);
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  server.on("sessionError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const address = `${protocol === "plain" ? "http" : "https"}://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "fake-api-"));
  const kubeconfigPath = join(folder, "config");
  writeFileSync(kubeconfigPath, kubeconfigFor(address, authority, client));
  return {
    server: address,
    port,
    kubeconfigPath,
    folder,
    authority,
    client,
    requests,
    connections: () => connections,
    setObjects: (next) => {
      objects = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig for `server`, as kubeadm writes it: in YAML, everything inline. */
export function kubeconfigFor(server: string, authority: KeyPair, client: KeyPair): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "fake",
    contexts: [{ name: "fake", context: { cluster: "fake", user: "admin", namespace: "shop" } }],
    clusters: [{ name: "fake", cluster: { server, "certificate-authority-data": base64(authority.cert) } }],
    users: [
      {
        name: "admin",
        user: { "client-certificate-data": base64(client.cert), "client-key-data": base64(client.key) },
      },
    ],
  };
  return dump(config, { lineWidth: -1 });
}

function clientNameOf(socket: Socket): string {
  const secure = socket as Partial<TLSSocket>;
  if (secure.authorized !== true || secure.getPeerCertificate === undefined) return "";
  const name: string | string[] | undefined = secure.getPeerCertificate().subject.CN;
  return [name].flat()[0] ?? "";
}

function destroy(request: Request): void {
  if ("stream" in request) request.stream.session?.destroy();
  else request.socket.destroy();
}

function faultReply(fault: Fault, status: number): Reply {
  const message = fault.message ?? `injected ${status}`;
  const plain = fault.body === undefined ? statusReply(status, message) : undefined;
  const [first = ""] = fault.body?.trimStart() ?? "";
  const type = first === "<" ? "text/html" : "{[".includes(first) ? "application/json" : "text/plain";
  const reply = plain ?? { status, body: fault.body ?? "", type };
  return fault.headers === undefined ? reply : { ...reply, headers: fault.headers };
}

interface World {
  readonly objects: readonly FakeObject[];
  readonly logs: readonly FakeLog[];
  readonly kinds: readonly string[] | undefined;
}

const NOT_FOUND: Reply = { status: 404, body: "404 page not found\n", type: "text/plain; charset=utf-8" };

function answer(url: URL, accept: string, prefersProtobuf: boolean, world: World): Reply {
  const match =
    /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?<log>\/log)?$/.exec(
      url.pathname,
    );
  if (match?.groups === undefined) return NOT_FOUND;
  const { group = "", namespace = "", plural = "", name, log } = match.groups;
  if (log !== undefined) return logOf(url, decodeURIComponent(namespace), decodeURIComponent(name ?? ""), world);
  const resource = Object.values<Resource>(RESOURCES).find((one) => one.plural === plural && one.group === group);
  if (resource === undefined || world.kinds?.includes(resource.kind) === false)
    return group === "" ? statusReply(404, "the server could not find the requested resource") : NOT_FOUND;
  const inScope = world.objects.filter(
    (one) =>
      one.kind === resource.kind &&
      (!resource.namespaced || namespace === "" || one.metadata.namespace === decodeURIComponent(namespace)),
  );
  if (name === undefined) return listOf(url, accept, prefersProtobuf, resource, inScope);
  const wanted = decodeURIComponent(name);
  const found = inScope.find((one) => one.metadata.name === wanted);
  const details = { name: wanted, group: resource.group, kind: resource.plural };
  const full = resource.group === "" ? plural : `${plural}.${resource.group}`;
  if (found === undefined) return statusReply(404, `${full} "${wanted}" not found`, details);
  return json({ apiVersion: apiVersionOf(resource), ...found });
}

function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

function listOf(
  url: URL,
  accept: string,
  prefersProtobuf: boolean,
  resource: Resource,
  inScope: readonly FakeObject[],
): Reply {
  const { searchParams } = url;
  const isSelected = parseSelectors(searchParams.get("labelSelector") ?? "", searchParams.get("fieldSelector") ?? "");
  const selected = inScope.filter(isSelected);
  const start = Number(searchParams.get("continue") ?? 0);
  const limit = Number(searchParams.get("limit") ?? 0);
  // As a real one: the watch cache answers resourceVersion=0 and takes no notice of the limit.
  const isPaged = limit > 0 && searchParams.get("resourceVersion") !== "0";
  const end = isPaged ? start + limit : selected.length;
  const isPartial = accept.includes("as=PartialObjectMetadataList");
  const page = selected.slice(start, end);
  const next = end < selected.length ? String(end) : "";
  if (isPartial && prefersProtobuf) {
    const all = page.map(({ metadata }) => metadata as Metadata);
    return { status: 200, body: metadataList(all, next), type: PROTOBUF };
  }
  const items = page.map((one) => {
    if (isPartial) return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: one.metadata };
    const { kind: _, apiVersion: __, ...rest } = one;
    return rest;
  });
  return json({
    kind: isPartial ? "PartialObjectMetadataList" : `${resource.kind}List`,
    apiVersion: isPartial ? "meta.k8s.io/v1" : apiVersionOf(resource),
    metadata: { resourceVersion: "1000", ...(next === "" ? {} : { continue: next }) },
    items,
  });
}

function logOf(url: URL, namespace: string, pod: string, world: World): Reply {
  const isThere = world.objects.some(
    (one) => one.kind === "Pod" && one.metadata.name === pod && (one.metadata.namespace ?? "") === namespace,
  );
  if (!isThere) return statusReply(404, `pods "${pod}" not found`, { name: pod, kind: "pods" });
  const container = url.searchParams.get("container") ?? "";
  const previous = url.searchParams.get("previous") === "true";
  const found = world.logs.find(
    (log) =>
      log.namespace === namespace &&
      log.pod === pod &&
      log.container === container &&
      (log.previous ?? false) === previous,
  );
  if (found === undefined)
    return statusReply(
      400,
      previous
        ? `previous terminated container "${container}" in pod "${pod}" not found`
        : `container "${container}" in pod "${pod}" is waiting to start: ContainerCreating`,
    );
  const tail = Number(url.searchParams.get("tailLines") ?? Number.POSITIVE_INFINITY);
  const lines = found.text.replace(/\n$/, "").split("\n");
  return { status: 200, body: `${lines.slice(-tail).join("\n")}\n`, type: "text/plain" };
}
