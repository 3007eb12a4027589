/** Facts about `up` and `down`, on a cluster of their own beside the one under test: what is left of it is nothing. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { leftCgroups } from "../cluster/cgroups.ts";
import { layoutOf } from "../cluster/layout.ts";
import { alive, must, type ProcessId, startTime, until } from "../cluster/proc.ts";
import { outerProcess, readState } from "../cluster/state.ts";
import { target } from "./support/target.ts";

if (!target.bed) throw new Error("These tests start a test bed of their own.");
const { programs } = target.bed;

const layout = layoutOf(`life-${process.pid}`);
const command = (...args: string[]): string[] => [
  join(import.meta.dirname, "../cluster/cluster.ts"),
  "--name",
  layout.name,
  ...args,
];
const cluster = (...args: string[]): Promise<string> => must(process.execPath, command(...args));

/** What `up` could leave behind in the machine's own namespaces. */
async function machine(): Promise<Record<string, string>> {
  const tool = (name: string, ...args: string[]): Promise<string> => must(join(programs.debianBin, name), args);
  const keys = [
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "net/ipv4/ip_forward",
  ];
  const folders = [
    "/etc/cni",
    "/opt/cni",
    "/etc/kubernetes",
    "/run/netns",
    "/run/containerd",
    "/var/log/pods",
    "/var/log/containers",
  ];
  const libraries = ["kubelet", "containerd", "etcd", "cni", "dockershim"].map((name) => `/var/lib/${name}`);
  return {
    links: await must("ip", ["-o", "-brief", "link"]),
    routes: await must("ip", ["route", "show", "table", "all"]),
    rules: await must("ip", ["rule"]),
    mounts: readFileSync("/proc/self/mountinfo", "utf8"),
    iptables: (await tool("iptables-save")).replace(/^#.*$|\[\d+:\d+\]/gm, ""),
    nftables: await tool("nft", "list", "ruleset"),
    settings: keys.map((key) => `${key}=${readFileSync(`/proc/sys/${key}`, "utf8").trim()}`).join("\n"),
    folders: [...folders, ...libraries].filter((path) => existsSync(path)).join("\n"),
    cgroups: leftCgroups(layout.cgroup).join("\n"),
    state: String(existsSync(layout.dir)),
  };
}

interface Ours {
  readonly processes: readonly ProcessId[];
  readonly networks: ReadonlySet<string>;
  /** When this was looked at, in clock ticks since the machine's start, as `startTime` counts (100 a second, proc(5)). */
  readonly at: number;
}

const network = (pid: number | string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // ended meanwhile
  }
};

/** Processes in the cluster's cgroups, and the network namespaces that they live in, apart from the machine's own. */
function ours(): Ours {
  const pids = new Set<number>();
  const walk = (dir: string): void => {
    const procs = join(dir, "cgroup.procs");
    if (existsSync(procs))
      for (const pid of readFileSync(procs, "utf8").split("\n").filter(Boolean)) pids.add(Number(pid));
    for (const entry of readdirSync(dir)) if (statSync(join(dir, entry)).isDirectory()) walk(join(dir, entry));
  };
  for (const dir of leftCgroups(layout.cgroup)) walk(dir);
  const networks = new Set([...pids].flatMap((pid) => network(pid) ?? []));
  networks.delete(network("self") ?? "");
  return { processes: [...pids].map((pid) => ({ pid, start: startTime(pid) ?? "" })), networks, at: ticks() };
}

function ticks(): number {
  return Math.ceil(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100);
}

/**
 * What still lives of them. The kernel gives the number of a namespace that is gone to the next one that is made: a younger process in "the same" namespace is
 * in one of another cluster.
 */
function left({ processes, networks, at }: Ours): string[] {
  const still = processes.filter(alive).map(({ pid }) => `process ${pid}`);
  const inside = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => networks.has(network(pid) ?? "") && Number(startTime(Number(pid)) ?? Number.NaN) <= at)
    .map((pid) => `process ${pid} in a network namespace of the cluster`);
  return [...still, ...inside];
}

describe("up and down", () => {
  after(() => cluster("down"));

  it("leaves nothing behind, even when an up was killed half-way before", async () => {
    await cluster("down");
    const before = await machine();
    assert.equal(before["cgroups"], "");

    const cut = spawn(process.execPath, command("up", "--nodes", "1"), { stdio: "ignore" });
    // The API server and etcd run, the kubelet does not yet.
    await until(
      "an up that is half-way",
      60_000,
      () => (readState(layout)?.launchers.length ?? 0) > 0 && existsSync(layout.portFile),
    );
    cut.kill("SIGKILL");
    const first = ours();
    assert.ok(first.processes.length > 5, `${first.processes.length} processes`);
    assert.ok(outerProcess(layout), "what it started lives on");

    await cluster("up", "--nodes", "1");
    assert.deepEqual(left(first), []);
    const second = ours();
    assert.ok(second.networks.size > 4, "node, router, outside client and pods have networks of their own");
    const kubeconfig = (await cluster("kubeconfig")).trim();
    const kubectl = (...args: string[]): Promise<string> =>
      must(join(programs.kubernetes, "kubectl"), ["--kubeconfig", kubeconfig, ...args]);
    assert.equal(await kubectl("get", "--raw", "/readyz"), "ok");
    const during = await machine();
    for (const same of ["links", "routes", "rules", "mounts", "iptables", "nftables", "settings", "folders"]) {
      assert.equal(during[same], before[same], `${same} of the machine while the cluster is up`);
    }

    await cluster("down");
    assert.deepEqual(left(second), []);
    assert.deepEqual(await machine(), before);
  });
});
