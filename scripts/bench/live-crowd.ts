/**
 * `node scripts/bench/live-crowd.ts [services] [pods]`: the crowd of lists.ts, made through a real API server in one namespace, and what the plugin costs there:
 * processor time and peak memory of whole processes; prints Markdown. Takes the cluster of KUBECONFIG and the program of NETCHECK_BINARY. No kubelet takes
 * part: the pods are bound to a node that is an object only, with a heartbeat of ours, and their status is written by us. Namespace and node are deleted again.
 */
import { spawn } from "node:child_process";
import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import type { EndpointSlice, Pod, Service } from "../../src/model/kube.ts";
import { crowd } from "../../test/support/crowd.ts";

const NAMESPACE = "netcheck-crowd";
/** The controller of EndpointSlices leaves out pods whose node it does not know. */
const NODE = "netcheck-crowd";
/** Milliseconds; after 40 s without one the node's pods would no longer count as ready. */
const HEARTBEAT = 8_000;
const BINARY = process.env["NETCHECK_BINARY"] ?? new URL("../../dist/kubectl-netcheck", import.meta.url).pathname;

/** Many at a time, on one connection. */
async function inParallel<T>(items: readonly T[], width: number, act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await act(items[i] as T);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function sent(api: Connection, method: "POST" | "PATCH", path: string, body: unknown): Promise<void> {
  const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const { status, text } = await api.send({ method, path, body, contentType });
  if (status >= 300 && status !== 409) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
}

/** A node that nobody runs, kept Ready. Returns what ends that. */
async function standIn(api: Connection): Promise<() => Promise<void>> {
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "an object of the bench",
    lastTransitionTime: new Date().toISOString(),
  };
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const renewTime = (): string => new Date().toISOString().replace("Z", "000Z");
  await sent(api, "POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: NODE } });
  await sent(api, "PATCH", `/api/v1/nodes/${NODE}/status`, { status: { conditions: [ready] } });
  await sent(api, "POST", leases, {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: NODE, namespace: "kube-node-lease" },
    spec: { holderIdentity: NODE, leaseDurationSeconds: 40, renewTime: renewTime() },
  });
  const beat = setInterval(() => {
    sent(api, "PATCH", `${leases}/${NODE}`, { spec: { renewTime: renewTime() } }).catch((error: unknown) => {
      process.stderr.write(`${error}\n`);
    });
  }, HEARTBEAT);
  return async () => {
    clearInterval(beat);
    await api.send({ method: "DELETE", path: `/api/v1/nodes/${NODE}` });
    await api.send({ method: "DELETE", path: `${leases}/${NODE}` });
  };
}

/** Makes what is not there yet of `services` and `pods`; the controllers of the cluster make the slices. */
async function fill(api: Connection, services: number, pods: number): Promise<void> {
  const all = crowd({ services, pods, namespaces: 1, nodes: 1 });
  const within = `/api/v1/namespaces/${NAMESPACE}`;
  const inOwn = <T extends Service | Pod>(kind: string): readonly T[] =>
    all.filter((one) => one.kind === kind) as readonly T[];
  await inParallel(inOwn<Service>("Service"), 32, async ({ metadata, spec }) => {
    const { name } = metadata;
    await sent(api, "POST", `${within}/services`, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: NAMESPACE },
      spec: { selector: spec?.selector, ports: spec?.ports },
    });
  });
  await inParallel(inOwn<Pod>("Pod"), 32, async ({ metadata, spec, status }) => {
    const { name, labels } = metadata;
    await sent(api, "POST", `${within}/pods`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: NAMESPACE, labels },
      spec: {
        nodeName: NODE,
        terminationGracePeriodSeconds: 0,
        containers: (spec?.containers ?? []).map(({ name: container, ports }) => ({
          name: container,
          image: "netcheck.test/web:1",
          ports,
        })),
      },
    });
    const { phase, conditions, podIP, podIPs, containerStatuses } = status ?? {};
    await sent(api, "PATCH", `${within}/pods/${name}/status`, {
      status: { phase, conditions, podIP, podIPs, containerStatuses },
    });
  });
}

/** The controllers still write slices for what was just made, and would be measured with us: waits until none is written for ten seconds, five minutes at most. */
async function settled(api: Connection): Promise<void> {
  const newest = async (): Promise<number> => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
    const { text } = await api.request(path);
    const { items = [] } = JSON.parse(text) as { items?: readonly EndpointSlice[] };
    return Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion ?? 0)));
  };
  let before = -1;
  for (let tries = 0; tries < 30; tries += 1) {
    const now = await newest();
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  }
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
  /** `1000 rows`, or the verdict on one Service. */
  readonly answer: string;
}

/** One run under GNU time's view of it: `wait4` through a small shell would count the shell, so /proc of the child is read until it ends. */
async function cost(args: readonly string[]): Promise<Cost> {
  const { readFileSync } = await import("node:fs");
  const began = performance.now();
  const child = spawn(BINARY, [...args], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  let cpu = 0;
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cpu = Math.max(cpu, (Number(fields[11]) + Number(fields[12])) / 100);
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      if (found !== undefined) peak = Math.max(peak, Number(found) / 1024);
    } catch {
      // It has ended.
    }
  }, 2);
  await new Promise((resolve) => child.once("close", resolve));
  clearInterval(timer);
  const wall = (performance.now() - began) / 1000;
  const verdict = /^[A-Z]+(?= {2})/.exec(text)?.[0];
  const rows = text.split("\n").filter((line) => /^app-\d/.test(line.trim())).length;
  return { wall, cpu, peak, answer: verdict ?? `${rows} rows` };
}

const [services = 1000, pods = 10_000] = process.argv.slice(2).map(Number);
const api = await connect({}, { userAgent: "kubectl-netcheck-bench" });
const leave = await standIn(api);
try {
  await sent(api, "POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  process.stdout.write(
    "| on a real API server, one namespace | Services | pods | answer | wall s | CPU s | peak RSS MiB |\n",
  );
  process.stdout.write("| --- | --- | --- | --- | --- | --- | --- |\n");
  const row = async (title: string, count: number, args: readonly string[]): Promise<void> => {
    const { wall, cpu, peak, answer } = await cost([...args, "-n", NAMESPACE]);
    const cells = [title, services, count, answer, wall.toFixed(2), cpu.toFixed(2), peak.toFixed(0)];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  };
  for (const share of [0.5, 1]) {
    const count = Math.round(pods * share);
    await fill(api, services, count);
    await settled(api);
    await row("`netcheck svc`", count, ["svc"]);
  }
  await row("`netcheck svc app-0`, healthy", pods, ["svc", "app-0"]);
  await row("`netcheck svc app-7`, its selector matches nothing", pods, ["svc", "app-7"]);
} finally {
  await api.send({ method: "DELETE", path: `/api/v1/namespaces/${NAMESPACE}` });
  await leave();
  api.close();
}
