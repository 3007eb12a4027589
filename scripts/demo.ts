/** `npm run demo`: builds the plugin and runs each step on a recorded cluster in which something is broken. Needs no cluster. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STEPS = [
  {
    title: "Step 1: the pod. Its image cannot be pulled.",
    args: ["pod", "deploy/my-deployment", "-f", "image-pull.yaml"],
  },
  { title: "Step 2: the Service. Its selector matches no pod.", args: ["svc", "my-service", "-f", "selector.yaml"] },
  {
    title: "Step 2, once more: the targetPort names a port that the pods do not have.",
    args: ["svc", "my-service", "-f", "target-port.yaml"],
  },
  {
    title:
      "Step 3: the Ingress. One rule leads to a port that the Service does not have; kubectl describe shows it as fine.",
    args: ["ingress", "my-ingress", "-n", "shop", "-f", "ingress.yaml"],
  },
  { title: "And when all is well.", args: ["svc", "my-service", "-f", "healthy.yaml"] },
] as const;

function run(command: string, args: readonly string[], cwd: string): number {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (run(process.execPath, ["scripts/build.ts"], ROOT) !== 0) process.exit(1);
for (const { title, args } of STEPS) {
  process.stdout.write(`\n## ${title}\n$ kubectl netcheck ${args.join(" ")}\n`);
  const status = run(process.execPath, [`${ROOT}dist/kubectl-netcheck`, ...args], `${ROOT}test/cases/demo`);
  process.stdout.write(`[exit ${status}]\n`);
  if (status === 2) process.exitCode = 1;
}
