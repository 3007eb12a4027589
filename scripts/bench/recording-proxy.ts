/** A plain-http proxy before the API server that writes down what it is asked, and a kubeconfig that points at it. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { load } from "js-yaml";

interface KubeconfigFile {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

export interface RecordingProxy {
  readonly kubeconfig: string;
  /** `METHOD path` of every request since the last `take`. */
  take(): readonly string[];
  close(): void;
}

const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");

/** Starts the proxy on loopback for the first cluster and user of `kubeconfig`; writes its own kubeconfig to `into`. */
export async function recordingProxy(kubeconfig: string, into: string): Promise<RecordingProxy> {
  const parsed = load(readFileSync(kubeconfig, "utf8")) as KubeconfigFile;
  const cluster = parsed.clusters[0]?.cluster;
  const user = parsed.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig}: no cluster or user`);
  const agent = new Agent({
    keepAlive: true,
    ca: bytes(cluster["certificate-authority-data"]),
    cert: bytes(user["client-certificate-data"]),
    key: bytes(user["client-key-data"]),
  });
  let seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const { host: _, ...headers } = incoming.headers;
    const forward = request(
      new URL(incoming.url ?? "/", cluster.server),
      { agent, method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forward.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "recorded",
    clusters: [{ name: "recorded", cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: "recorded", context: { cluster: "recorded", user: "recorded" } }],
    users: [{ name: "recorded", user: {} }],
  };
  writeFileSync(into, JSON.stringify(config));
  return {
    kubeconfig: into,
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
