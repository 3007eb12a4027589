/** Which cluster the e2e tests talk to, and with what. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Programs } from "../../cluster/daemons.ts";
import { images as bedImages, type Layout, layoutOf } from "../../cluster/layout.ts";
import { ensurePrograms } from "../../cluster/programs.ts";
import { runningState } from "../../cluster/state.ts";

/** Our own test bed, when the tests run on it. */
export interface Bed {
  readonly layout: Layout;
  readonly programs: Programs;
}

export interface Target {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly binary: string;
  /** Absent for a cluster of somebody else's (NETCHECK_E2E_KUBECONFIG). */
  readonly bed: Bed | undefined;
}

/**
 * The cluster that `npm run test:e2e` chose; for a test file started by hand, the running bed named by NETCHECK_CLUSTER or
 * "default".
 * @throws Error when there is none.
 */
async function findTarget(env: NodeJS.ProcessEnv = process.env): Promise<Target> {
  const binary = env["NETCHECK_BINARY"] || join(import.meta.dirname, "../../../dist/kubectl-netcheck");
  if (!existsSync(binary)) throw new Error(`${binary} is not there: npm run build`);
  const layout = layoutOf(env["NETCHECK_CLUSTER"] || "default");
  const given = env["NETCHECK_E2E_KUBECONFIG"];
  if (given && given !== layout.kubeconfig) {
    return { kubeconfig: given, kubectl: env["NETCHECK_KUBECTL"] || "kubectl", binary, bed: undefined };
  }
  runningState(layout);
  const programs = await ensurePrograms((line) => console.error(line));
  const kubectl = join(programs.kubernetes, "kubectl");
  return { kubeconfig: layout.kubeconfig, kubectl, binary, bed: { layout, programs } };
}

export const target: Target = await findTarget();

/** Images that test manifests name. A foreign cluster has to be told of a web image that it can pull. */
export const images = { ...bedImages, web: process.env["NETCHECK_E2E_WEB_IMAGE"] || bedImages.web };
