/** Command line of the test bed: npm run cluster -- up | down | status | kubeconfig | load | exec | outside. */
import { resolve } from "node:path";
import { goPrograms } from "./binaries.ts";
import { daemonEnvironment } from "./daemons.ts";
import { down } from "./down.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { onOutside, type Start } from "./outside.ts";
import { preflight } from "./preflight.ts";
import { run } from "./proc.ts";
import { ensurePrograms } from "./programs.ts";
import { outerProcess, readState, runningState } from "./state.ts";
import { importImage, inNode, up } from "./up.ts";

const usage = `usage: npm run cluster -- [--name NAME] COMMAND

  build               build and fetch everything into the cache, start nothing
  up [--nodes 2]      bring the cluster up (once everything is built: in half a minute)
  down                take it down and remove every trace of it
  status              what runs; exit code 1 when it is not up
  kubeconfig          print the path of a kubeconfig that works from this machine
  load IMAGE.tar …    load OCI or docker archives into every node
  exec [NODE] CMD …   run a command inside a node (default node1)
  outside CMD …       run a command on the outside client, "the user's laptop"

--name NAME or NETCHECK_CLUSTER=NAME selects one of several clusters that live side by side (default "default").
`;

const log = (line: string): void => console.error(line);

/** Takes `--flag value` or `--flag=value` from the front part of the arguments (before the first word that is no flag). */
function option(args: string[], flag: string): string | undefined {
  for (let i = 0; i < args.length && args[i]?.startsWith("--"); i++) {
    if (args[i] === flag) return args.splice(i, 2)[1];
    if (args[i]?.startsWith(`${flag}=`)) return args.splice(i, 1)[0]?.slice(flag.length + 1);
  }
  return undefined;
}

async function main(args: string[]): Promise<number> {
  const layout = layoutOf(option(args, "--name") ?? (process.env["NETCHECK_CLUSTER"] || "default"));
  const command = args.shift();
  switch (command) {
    case "build":
      await preflight();
      await ensurePrograms(log);
      return 0;
    case "up": {
      await preflight();
      const nodes = Number(option(args, "--nodes") ?? "2");
      if (!Number.isInteger(nodes) || nodes < 1 || nodes > 5) throw new Error("--nodes takes a number from 1 to 5");
      await up(layout, nodes, log);
      return 0;
    }
    case "down":
      await preflight();
      await down(layout);
      return 0;
    case "status":
      return status(layout);
    case "kubeconfig":
      runningState(layout);
      console.log(layout.kubeconfig);
      return 0;
    case "load":
      if (args.length === 0) throw new Error("load needs at least one image archive");
      for (const node of runningState(layout).nodes) {
        for (const archive of args) await importImage(node.pid, resolve(archive), await environment());
      }
      return 0;
    case "exec": {
      const { nodes } = runningState(layout);
      const node = nodes.find(({ name }) => name === args[0]);
      const rest = node ? args.slice(1) : args;
      const pid = (node ?? nodes[0])?.pid;
      if (pid === undefined || rest.length === 0) throw new Error("exec needs a command");
      return (await run("nsenter", inNode(pid, rest), { inherit: true, env: await environment() })).code;
    }
    case "outside":
      if (args.length === 0) throw new Error("outside needs a command");
      return outside(onOutside(layout, await ensurePrograms(log), args));
    default:
      process.stderr.write(usage);
      return command === undefined || command === "help" ? 0 : 2;
  }
}

async function environment(): Promise<NodeJS.ProcessEnv> {
  return daemonEnvironment(await ensurePrograms(log));
}

async function outside({ argv: [command, ...args], env }: Start): Promise<number> {
  return (await run(command, args, { inherit: true, env })).code;
}

async function status(layout: Layout): Promise<number> {
  const state = readState(layout);
  if (!state || !outerProcess(layout)) {
    console.log(`cluster "${layout.name}" is not up`);
    return 1;
  }
  console.log(`cluster "${layout.name}" is ${state.phase}; logs in ${layout.logs}`);
  console.log(`kubeconfig ${layout.kubeconfig}`);
  if (state.phase !== "up") return 1;
  const kubectl = `${await goPrograms("kubernetes", log)}/kubectl`;
  const show = ["get", "nodes,pods,services", "--all-namespaces", "--output=wide"];
  return (await run(kubectl, ["--kubeconfig", layout.kubeconfig, ...show], { inherit: true })).code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
