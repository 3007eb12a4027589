/** Brings a cluster up: processes, network, control plane, nodes, add-ons. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Api, apiOf } from "./api.ts";
import { makeCgroups } from "./cgroups.ts";
import * as daemons from "./daemons.ts";
import { down } from "./down.ts";
import { aliasZone, type Layout, type NodePlan, net, nodePlan, zone } from "./layout.ts";
import { zoneHead } from "./load-balancers.ts";
import * as spaces from "./namespaces.ts";
import { makePki, writeKubeconfig } from "./pki.ts";
import { alive, must, run, until } from "./proc.ts";
import { ensurePrograms } from "./programs.ts";
import { outerProcess, readState, writeState } from "./state.ts";

type Log = (line: string) => void;

interface Running {
  readonly plan: NodePlan;
  readonly pid: number;
}

/** Brings the cluster up unless it is; whatever an `up` that was cut off left behind is removed first. */
export async function up(layout: Layout, nodeCount: number, log: Log): Promise<void> {
  const state = readState(layout);
  if (state?.phase === "up" && outerProcess(layout) && state.launchers.every(alive)) {
    if (state.nodes.length === nodeCount) return log("already up");
    throw new Error(`The cluster is up with ${state.nodes.length} nodes; take it down first: npm run cluster -- down`);
  }
  const programs = await ensurePrograms(log);
  const began = Date.now();
  const step: Log = (line) => log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${line}`);
  await down(layout);

  const plans = Array.from({ length: nodeCount }, (_, i) => nodePlan(layout, i + 1));
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  for (const plan of plans) daemons.writeNodeFiles(layout, plan, programs);
  mkdirSync(join(layout.zoneFile, ".."));
  writeFileSync(layout.zoneFile, zoneHead(1));
  writeFileSync(layout.aliasFile, zoneHead(1, aliasZone));
  writeFileSync(join(layout.dir, "resolv.conf.outside"), `nameserver ${net.laptop}\noptions timeout:2 attempts:1\n`);
  await makePki(layout, plans, join(programs.bed, "bed"));

  const env = daemons.daemonEnvironment(programs);
  const joinFiles = makeCgroups(
    layout.cgroup,
    plans.map((plan) => plan.name),
  );
  const launcher = await spaces.startOuter(layout, joinFiles, env);
  const router = await spaces.startRouter(layout, launcher);
  const outside = await spaces.startOutside(layout, launcher, router);
  const nodes: Running[] = [];
  for (const plan of plans) {
    nodes.push({ plan, pid: await spaces.startNodeNamespaces(layout, launcher, router, plan, plans) });
  }
  const save = (phase: "starting" | "up"): void =>
    writeState(layout, {
      phase,
      router,
      outside,
      nodes: nodes.map(({ plan, pid }) => ({ name: plan.name, ip: plan.ip, pid })),
      launchers: launcher.started,
    });
  save("starting");
  step("namespaces");

  const on = ({ plan, pid }: Running, command: readonly string[]): void => {
    const file = join(layout.logs, `${plan.name}-${command[0]}.log`);
    launcher.start(command, file, { pid, flags: spaces.nodeFlags });
  };
  const first = nodes[0];
  if (!first) throw new Error("a cluster needs at least one node");
  on(first, daemons.etcdCommand());
  on(first, daemons.apiServerCommand(layout, first.plan));
  for (const node of nodes) {
    on(node, daemons.containerdCommand(node.plan));
    // Pods leave the cluster under their node's address, as on every cloud; only then does the outside answer them.
    const rule = ["-t", "nat", "-A", "POSTROUTING", "-s", net.pods, "-d", net.laptops, "-j", "MASQUERADE"];
    await must("nsenter", inNode(node.pid, ["iptables", ...rule]), { env });
  }
  const imported = Promise.all(nodes.map((node) => importImages(node.pid, programs, env)));
  imported.catch(() => undefined); // awaited below; an earlier failure elsewhere must not hide behind it

  await relay(layout, launcher, programs, first.pid);
  const api = apiOf(layout.kubeconfig);
  await until(
    `the API server (logs in ${layout.logs})`,
    90_000,
    async () => (await api("GET", "/readyz")).status === 200,
  );
  step("API server");
  await registerNodes(api, plans);
  on(first, daemons.controllerManagerCommand(layout));
  on(first, daemons.schedulerCommand(layout));
  for (const node of nodes) on(node, daemons.kubeProxyCommand(node.plan));
  startOutsideDns(layout, launcher, programs, outside);
  const balancers = [process.execPath, join(import.meta.dirname, "load-balancers.ts"), layout.name];
  launcher.start(
    ["env", `HOME=${process.env["HOME"] ?? "/root"}`, ...cacheSetting(), ...balancers],
    join(layout.logs, "load-balancers.log"),
    {
      pid: router,
      flags: ["-n", "-p"],
    },
  );
  const kubectl = (...args: string[]): Promise<string> =>
    must(join(programs.kubernetes, "kubectl"), ["--kubeconfig", layout.kubeconfig, ...args]);
  await kubectl("apply", "--server-side", "-f", programs.gatewayDefinitions);
  await imported;
  step("images");
  for (const node of nodes) on(node, daemons.kubeletCommand(layout, node.plan));
  save("starting");

  await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=20s");
  for (const file of readdirSync(join(import.meta.dirname, "addons")).sort()) {
    await kubectl("apply", "--server-side", "-f", join(import.meta.dirname, "addons", file));
  }
  await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
  step("nodes ready");
  await until("the default service account", 20_000, async () => {
    return (await api("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200;
  });
  for (const namespace of ["kube-system", "ingress-nginx", "traefik"]) {
    try {
      await kubectl("-n", namespace, "rollout", "status", "deployment,daemonset", "--timeout=60s");
    } catch (error) {
      log(await kubectl("-n", namespace, "get", "pods", "-o", "wide"));
      throw error;
    }
  }
  save("up");
  step(`up: ${layout.kubeconfig}`);
}

/** Creates the Node objects ahead of their kubelets, so that each has the pod range that its CNI settings name. */
async function registerNodes(api: Api, plans: readonly NodePlan[]): Promise<void> {
  for (const { name, podCidr } of plans) {
    const node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    };
    const { status, body } = await api("POST", "/api/v1/nodes", node);
    if (status !== 201) throw new Error(`node ${name} was not registered: HTTP ${status} ${body.slice(0, 300)}`);
  }
}

async function importImages(pid: number, programs: daemons.Programs, env: NodeJS.ProcessEnv): Promise<void> {
  const archives = readdirSync(programs.imageArchives).map((file) => join(programs.imageArchives, file));
  await until(
    "containerd",
    30_000,
    async () => (await run("nsenter", inNode(pid, ["ctr", "version"]), { env })).code === 0,
  );
  for (const archive of archives) await importImage(pid, archive, env);
}

/** Loads one OCI archive into a node's containerd. */
export async function importImage(pid: number, archive: string, env: NodeJS.ProcessEnv): Promise<void> {
  await must("nsenter", inNode(pid, ["ctr", "-n", "k8s.io", "images", "import", "--digests=false", archive]), { env });
}

/** nsenter arguments that run a command inside a node. */
export function inNode(pid: number, command: readonly string[]): string[] {
  return ["-t", String(pid), ...spaces.nodeFlags, "--", ...command];
}

async function relay(
  layout: Layout,
  launcher: spaces.Launcher,
  programs: daemons.Programs,
  node: number,
): Promise<void> {
  const listen = ["--listen", "127.0.0.1:0", "--port-file", layout.portFile];
  const dial = ["--netns", `/proc/${node}/ns/net`, "--to", "127.0.0.1:6443"];
  launcher.start([join(programs.bed, "bed"), "relay", ...listen, ...dial], join(layout.logs, "relay.log"));
  await until("the relay", 10_000, () => existsSync(layout.portFile), 20);
  writeKubeconfig(layout, "admin", `https://127.0.0.1:${readFileSync(layout.portFile, "utf8")}`, layout.kubeconfig);
}

/** The outside client's name server: the test zone, and the zone of aliases, and "no such name" for everything else. */
function startOutsideDns(layout: Layout, launcher: spaces.Launcher, programs: daemons.Programs, outside: number): void {
  const corefile = join(layout.zoneFile, "../Corefile");
  writeFileSync(
    corefile,
    `${zone}:53 {\n  bind ${net.laptop}\n  file ${layout.zoneFile} ${zone} {\n    reload 1s\n  }\n  errors\n}\n` +
      `${aliasZone}:53 {\n  bind ${net.laptop}\n  file ${layout.aliasFile} ${aliasZone} {\n    reload 1s\n  }\n  errors\n}\n` +
      `.:53 {\n  bind ${net.laptop}\n  template ANY ANY {\n    rcode NXDOMAIN\n  }\n}\n`,
  );
  launcher.start([join(programs.coredns, "coredns"), "-conf", corefile], join(layout.logs, "outside-dns.log"), {
    pid: outside,
    flags: [...spaces.outsideFlags, "-p"],
  });
}

function cacheSetting(): string[] {
  const cache = process.env["XDG_CACHE_HOME"];
  return cache ? [`XDG_CACHE_HOME=${cache}`] : [];
}
