/**
 * The cluster's namespaces and the wires between them:
 *
 *     machine ··(relay on 127.0.0.1)··> node1
 *     node1, node2 ── 10.213.0.0/24 ── router ── 10.214.0.0/24 ── laptop (the outside client)
 *
 * Bridges and links live in the router's namespace, none in the machine's. Nothing has a default route.
 */
import { existsSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Layout, type NodePlan, net } from "./layout.ts";
import { children, daemon, must, type ProcessId, until } from "./proc.ts";
import { outerInit } from "./state.ts";

const init = (file: string): string => join(import.meta.dirname, "init", file);

/** Starts processes in the cluster's cgroup and namespaces, and keeps account of them. */
export interface Launcher {
  /** Starts a command that stays, in the cluster's process namespace or, with `of`, in all namespaces of that process. */
  start(argv: readonly string[], log: string, of?: { pid: number; flags: readonly string[] }): ProcessId;
  readonly started: ProcessId[];
}

/** nsenter flags for everything that a node or the outside client has of its own. */
export const nodeFlags = ["-m", "-u", "-i", "-n", "-p"] as const;
export const outsideFlags = ["-m", "-u", "-n"] as const;

/** Starts PID 1 of the cluster. It joins the cgroup and writes its PID file before anything else happens. */
export async function startOuter(
  layout: Layout,
  joinFiles: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Launcher> {
  const script =
    'file=$1; init=$2; shift 2; echo "$$ $(cut -d" " -f22 /proc/$$/stat)" >"$file.new" && mv "$file.new" "$file"; ' +
    'for group; do echo 0 >"$group"; done; exec unshare --pid --fork --kill-child bash "$init"';
  const argv = ["/bin/sh", "-c", script, "netcheck-cluster", layout.outerPidFile, init("outer.sh"), ...joinFiles];
  daemon(argv, join(layout.logs, "outer.log"), env);
  const pid = await until("PID 1 of the cluster", 10_000, () => outerInit(layout), 20);
  const started: ProcessId[] = [];
  return {
    started,
    start(command, log, of = { pid, flags: ["-p"] }) {
      const join0 = 'while [ "$1" != -- ]; do echo 0 >"$1"; shift; done; shift; exec nsenter "$@"';
      const enter = ["-t", String(of.pid), ...of.flags, "--", ...command];
      const id = daemon(["/bin/sh", "-c", join0, "netcheck-start", ...joinFiles, "--", ...enter], log, env);
      started.push(id);
      return id;
    },
  };
}

/** PID (the machine's) of what a launcher started, once it has left the machine's network namespace. */
async function namespaceHolder(launched: ProcessId, what: string, log: string, depth: number): Promise<number> {
  const ours = readlinkSync("/proc/self/ns/net");
  return until(
    `${what} (see ${log})`,
    10_000,
    () => {
      let pid: number | undefined = launched.pid;
      for (let i = 0; i < depth; i++) pid = pid === undefined ? undefined : children(pid)[0];
      return pid !== undefined && readlinkSync(`/proc/${pid}/ns/net`) !== ours && pid;
    },
    20,
  );
}

/** The router: two bridges, forwarding, and a black hole where no LoadBalancer address is served. */
export async function startRouter(layout: Layout, launcher: Launcher): Promise<number> {
  const log = join(layout.logs, "router.log");
  const pid = await namespaceHolder(launcher.start(["unshare", "--net", "sleep", "infinity"], log), "router", log, 1);
  await setNetwork(pid, {
    commands: [
      "link set lo up",
      "link add nodes type bridge",
      `addr add ${net.routerOnNodes}/24 dev nodes`,
      "link set nodes up",
      "link add laptops type bridge",
      `addr add ${net.routerOnLaptops}/24 dev laptops`,
      "link set laptops up",
      `route add blackhole ${net.loadBalancers}`,
    ],
    // Spread connections, not hosts, over the nodes behind a LoadBalancer address.
    sysctl: { "ipv4/ip_forward": 1, "ipv4/fib_multipath_hash_policy": 1 },
  });
  return pid;
}

/** The outside client: reaches nodes and LoadBalancer addresses through the router; has no route to pods or services. */
export async function startOutside(layout: Layout, launcher: Launcher, router: number): Promise<number> {
  const log = join(layout.logs, "outside.log");
  const command = ["unshare", "--net", "--mount", "--uts", "bash", init("outside.sh"), layout.dir];
  const pid = await namespaceHolder(launcher.start(command, log), "outside client", log, 1);
  await until(`outside client (see ${log})`, 10_000, () => existsSync(join(layout.dir, "outside.ready")), 20);
  await plug(router, "laptops", "laptop", pid);
  await setNetwork(pid, {
    commands: [
      "link set lo up",
      `addr add ${net.laptop}/24 dev eth0`,
      "link set eth0 up",
      `route add ${net.nodes} via ${net.routerOnLaptops}`,
      `route add ${net.loadBalancers} via ${net.routerOnLaptops}`,
    ],
    sysctl: {},
  });
  return pid;
}

/** One node, wired. Returns its PID 1 as the machine sees it. */
export async function startNodeNamespaces(
  layout: Layout,
  launcher: Launcher,
  router: number,
  node: NodePlan,
  all: readonly NodePlan[],
): Promise<number> {
  const log = join(layout.logs, `${node.name}.log`);
  const flags = ["--pid", "--mount", "--uts", "--ipc", "--net", "--fork", "--kill-child", "--mount-proc"];
  const launched = launcher.start(["unshare", ...flags, "bash", init("node.sh"), node.name, node.dir], log);
  const pid = await namespaceHolder(launched, node.name, log, 2);
  await until(`${node.name} (see ${log})`, 10_000, () => existsSync(join(node.dir, "ready")), 20);
  await plug(router, "nodes", node.name, pid);
  await setNetwork(pid, {
    commands: [
      "link set lo up",
      `addr add ${node.ip}/24 dev eth0`,
      "link set eth0 up",
      `route add ${net.laptops} via ${net.routerOnNodes}`,
      // A process of the host network needs some route before kube-proxy's rules rewrite the address.
      `route add ${net.services} via ${net.routerOnNodes}`,
      `route add ${net.loadBalancers} via ${net.routerOnNodes}`,
      ...all.filter((other) => other.name !== node.name).map((other) => `route add ${other.podCidr} via ${other.ip}`),
    ],
    sysctl: { "ipv4/ip_forward": 1 },
  });
  return pid;
}

async function plug(router: number, bridge: string, name: string, pid: number): Promise<void> {
  const commands = [`link add ${name} type veth peer name eth0 netns ${pid}`, `link set ${name} master ${bridge} up`];
  await setNetwork(router, { commands, sysctl: {} });
}

async function setNetwork(
  pid: number,
  { commands, sysctl }: { commands: readonly string[]; sysctl: Readonly<Record<string, number>> },
): Promise<void> {
  const enter = ["-t", String(pid), "-n"];
  await must("nsenter", [...enter, "ip", "-batch", "-"], { input: `${commands.join("\n")}\n` });
  for (const [key, value] of Object.entries(sysctl)) {
    await must("nsenter", [...enter, "sh", "-c", `echo ${value} > /proc/sys/net/${key}`]);
  }
}
