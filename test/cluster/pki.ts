/** Certificates and kubeconfigs of a cluster: one CA, one front-proxy CA, one identity per component. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { type Layout, type NodePlan, net } from "./layout.ts";
import { must } from "./proc.ts";

interface Certificate {
  readonly name: string;
  readonly ca?: string;
  readonly cn: string;
  readonly o?: readonly string[];
  readonly names?: readonly string[];
}

/** Components that get a certificate and a kubeconfig of their own, and the identity that RBAC's bootstrap roles expect. */
const components = [
  { name: "admin", cn: "admin", o: ["system:masters"] },
  { name: "load-balancers", cn: "load-balancers", o: ["system:masters"] },
  { name: "controller-manager", cn: "system:kube-controller-manager" },
  { name: "scheduler", cn: "system:kube-scheduler" },
  { name: "kube-proxy", cn: "system:kube-proxy" },
] as const;

/** Makes keys, certificates and kubeconfigs for these nodes. The first node's address is the API server's. */
export async function makePki(layout: Layout, nodes: readonly NodePlan[], bed: string): Promise<void> {
  mkdirSync(layout.pki, { recursive: true, mode: 0o700 });
  const server = nodes[0]?.ip ?? "";
  const dns = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const certificates: readonly Certificate[] = [
    { name: "ca", cn: "kubernetes-ca" },
    { name: "front-ca", cn: "front-proxy-ca" },
    {
      name: "apiserver",
      ca: "ca",
      cn: "kube-apiserver",
      names: [...dns, "localhost", "127.0.0.1", server, net.apiService],
    },
    { name: "apiserver-kubelet", ca: "ca", cn: "apiserver-kubelet", o: ["system:masters"] },
    { name: "front-client", ca: "front-ca", cn: "front-proxy-client" },
    ...components.map((component) => ({ ...component, ca: "ca" })),
    ...nodes.map(({ name, ip }) => ({
      name,
      ca: "ca",
      cn: `system:node:${name}`,
      o: ["system:nodes"],
      names: [name, ip, "127.0.0.1"],
    })),
  ];
  await must(bed, ["pki", layout.pki], { input: JSON.stringify(certificates) });
  for (const name of [...components.map((component) => component.name), ...nodes.map((node) => node.name)]) {
    writeKubeconfig(layout, name, `https://${server}:6443`, join(layout.pki, `${name}.kubeconfig`));
  }
  writeKubeconfig(layout, "admin", `https://${server}:6443`, layout.outsideKubeconfig);
}

/** Writes a kubeconfig with embedded certificates for the identity `user`. */
export function writeKubeconfig(layout: Layout, user: string, server: string, file: string): void {
  const data = (name: string): string => readFileSync(join(layout.pki, name)).toString("base64");
  const context = `netcheck-${layout.name}`;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster: { server, "certificate-authority-data": data("ca.crt") } }],
    users: [
      {
        name: user,
        user: { "client-certificate-data": data(`${user}.crt`), "client-key-data": data(`${user}.key`) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user } }],
    "current-context": context,
  };
  writeFileSync(file, dump(config, { lineWidth: -1 }), { mode: 0o600 });
}
