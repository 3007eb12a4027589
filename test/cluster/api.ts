/** The little of the Kubernetes API that the bed itself speaks: JSON requests with a client certificate. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { load } from "js-yaml";

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export type Api = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

/** A client for the kubeconfig that pki.ts wrote. Rejects when there is no answer within five seconds. */
export function apiOf(kubeconfig: string): Api {
  const config = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
    users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
  };
  const { server, "certificate-authority-data": ca } = config.clusters[0].cluster;
  const { "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const bytes = (data: string): Buffer => Buffer.from(data, "base64");
  const agent = new Agent({ keepAlive: true, ca: bytes(ca), cert: bytes(cert), key: bytes(key) });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const call = request(new URL(path, server), { method, agent, timeout: 5000, headers: { "Content-Type": type } });
      call.on("timeout", () => call.destroy(new Error(`no answer from ${server}`)));
      call.on("error", reject);
      call.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
