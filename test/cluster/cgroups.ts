/** The cluster's cgroups: `<name>/system` for its daemons and `<name>/<node>` for each node's pods. Versions 1 (hybrid) and 2. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./proc.ts";

const base = "/sys/fs/cgroup";

/** Mounted hierarchies: one in version 2; in version 1 one per controller, and perhaps a unified one without controllers. */
function hierarchies(): string[] {
  if (existsSync(join(base, "cgroup.controllers"))) return [base];
  return readdirSync(base)
    .filter((name) => !lstatSync(join(base, name)).isSymbolicLink())
    .map((name) => join(base, name));
}

/** Makes the cluster's groups. Returns the files that a process writes "0" to in order to join `system`. */
export function makeCgroups(cluster: string, nodes: readonly string[]): string[] {
  for (const hierarchy of hierarchies()) {
    for (const group of [cluster, `${cluster}/system`, ...nodes.map((node) => `${cluster}/${node}`)]) {
      const dir = join(hierarchy, group);
      mkdirSync(dir, { recursive: true });
      if (hierarchy === base) delegate(join(dir, ".."));
      if (existsSync(join(dir, "cpuset.cpus")) && hierarchy !== base) inherit(dir);
    }
  }
  return hierarchies().map((hierarchy) => join(hierarchy, cluster, "system", "cgroup.procs"));
}

/** Version 2: a group has the controllers that its parent hands down. */
function delegate(parent: string): void {
  const controllers = readFileSync(join(parent, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean);
  writeFileSync(join(parent, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
}

/** Version 1: nothing can run in a cpuset whose values have not been copied from its parent. */
function inherit(dir: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"])
    writeFileSync(join(dir, file), readFileSync(join(dir, "..", file)));
}

/** Paths of groups of this cluster that still exist. */
export function leftCgroups(cluster: string): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, cluster))
    .filter((dir) => existsSync(dir));
}

/** Removes the cluster's groups, innermost first. A group can stay busy for a moment after its last process died. */
export async function removeCgroups(cluster: string): Promise<void> {
  await until(`removal of cgroup ${cluster}`, 20_000, () => {
    for (const dir of leftCgroups(cluster)) removeTree(dir);
    return leftCgroups(cluster).length === 0;
  });
}

function removeTree(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(dir, entry.name));
  }
  rmdirSync(dir);
}
