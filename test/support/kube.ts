/** Connections to fake servers for the tests of kube/, all closed when the file's tests are over. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { type ConnectOptions, connect } from "../../src/kube/connect.ts";
import { ConnectionError } from "../../src/kube/errors.ts";
import type { ConnectionFlags } from "../../src/kube/flags.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { type FakeApi, type FakeApiOptions, startFakeApi } from "./fake-api.ts";

export interface Bench {
  api(options?: FakeApiOptions): Promise<FakeApi>;
  connect(flags: ConnectionFlags, options?: ConnectOptions): Promise<Connection>;
  /** Something else that has to be closed. */
  keep<T extends { close(): unknown }>(closable: T): T;
}

/** Call once per file, at its top. */
export function bench(): Bench {
  const open: { close(): unknown }[] = [];
  after(async () => {
    for (const one of open.toReversed()) await one.close();
  });
  const keep = <T extends { close(): unknown }>(closable: T): T => {
    open.push(closable);
    return closable;
  };
  return {
    keep,
    api: async (options) => keep(await startFakeApi(options)),
    connect: async (flags, options = {}) =>
      keep(await connect(flags, { backoff: 1, ...options, around: { env: {}, ...options.around } })),
  };
}

export interface ConfigEntries {
  readonly cluster?: object;
  readonly user?: object;
}

/** Writes a kubeconfig for the fake server, with these entries, into its folder; by default with its authority and no user. */
export function kubeconfig(api: FakeApi, { cluster, user }: ConfigEntries, name = "own"): string {
  const authority = Buffer.from(api.authority.cert).toString("base64");
  const path = join(api.folder, name);
  const config = {
    "current-context": "own",
    contexts: [{ name: "own", context: { cluster: "own", ...(user === undefined ? {} : { user: "own" }) } }],
    clusters: [
      { name: "own", cluster: { server: api.server, ...(cluster ?? { "certificate-authority-data": authority }) } },
    ],
    users: user === undefined ? [] : [{ name: "own", user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** A port on loopback that nobody listens on any more. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What a request ended with: `200`, or `failure: message → hints`. */
export async function outcome(connection: Connection, path = "/api/v1/nodes"): Promise<string> {
  try {
    return String((await connection.request(path)).status);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return `${error.failure}: ${error.message} → ${error.hints.join(" | ")}`;
  }
}
