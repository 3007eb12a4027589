/** The rooms of src/README.md and who may import whom: read from the import lines themselves. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Room {
  /** Rooms it may import besides itself. */
  readonly rooms: readonly string[];
  /** Packages it may import; `type:` ones for types only. */
  readonly packages: readonly string[];
  readonly node: boolean;
}

const pure = (rooms: readonly string[], packages: readonly string[] = []): Room => ({ rooms, packages, node: false });
const edge = (rooms: readonly string[], packages: readonly string[] = []): Room => ({ rooms, packages, node: true });

const ROOMS: Readonly<Record<string, Room>> = {
  model: pure([], ["type:@kubernetes/client-node"]),
  policy: pure(["model"]),
  nsg: pure(["model"]),
  checks: pure(["model", "policy", "nsg"]),
  report: pure(["model"]),
  render: pure(["model"], ["cli-table3", "js-yaml"]),
  kube: edge(["model", "errors"], ["@kubernetes/client-node", "js-yaml"]),
  azure: edge(["model", "nsg", "errors"]),
  collect: edge(["model", "kube", "azure", "errors"], ["js-yaml"]),
  probe: edge(["model", "kube", "azure", "errors"]),
  cli: edge(
    ["model", "kube", "azure", "collect", "probe", "policy", "nsg", "checks", "report", "render", "errors"],
    ["yargs", "js-yaml"],
  ),
  errors: pure([]),
  main: edge(["cli", "errors"]),
};

const NAMES_OF_THE_EDGE = /\b(process\.|Date\.now\(|new Date\(\)|fetch\(|setTimeout\(|Math\.random\()/;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

function importsOf(text: string): readonly Import[] {
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+["']([^"']+)["']/gm)];
  const bare = [...text.matchAll(/^import\s+["']([^"']+)["']/gm)];
  const dynamic = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)];
  return [
    ...statements.map((match) => ({ from: match[2] ?? "", typeOnly: match[1] !== undefined })),
    ...bare.map((match) => ({ from: match[1] ?? "", typeOnly: false })),
    ...dynamic.map((match) => ({ from: match[1] ?? "", typeOnly: false })),
  ];
}

function roomOf(path: string): string {
  return (path.replace(/^src\//, "").split("/")[0] ?? "").replace(/\.ts$/, "");
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}

function complaint(file: string, found: Import): string | undefined {
  const room = ROOMS[roomOf(file)];
  if (room === undefined) return `${file}: no such room; add it to ROOMS and to src/README.md`;
  if (found.from.startsWith(".")) {
    const target = roomOf(normalize(join(dirname(file), found.from)));
    return target === roomOf(file) || room.rooms.includes(target) ? undefined : `${file} imports ${target}`;
  }
  if (found.from.startsWith("node:")) return room.node ? undefined : `${file} imports ${found.from}`;
  const name = packageOf(found.from);
  const allowed = room.packages.includes(name) || (found.typeOnly && room.packages.includes(`type:${name}`));
  return allowed ? undefined : `${file} imports the package ${name}`;
}

describe("architecture", () => {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).map((file) => file.replaceAll("\\", "/"));

  it("imports follow the one way through", () => {
    const complaints = files.flatMap((file) =>
      importsOf(readFileSync(join(ROOT, file), "utf8")).flatMap((found) => complaint(file, found) ?? []),
    );
    assert.deepEqual(complaints, []);
  });

  it("pure rooms ask neither the clock nor the process", () => {
    const impure = files.filter(
      (file) => ROOMS[roomOf(file)]?.node === false && NAMES_OF_THE_EDGE.test(readFileSync(join(ROOT, file), "utf8")),
    );
    assert.deepEqual(impure, []);
  });

  it("the check registry and the catalogue are fresh", () => {
    execFileSync(process.execPath, [join(ROOT, "scripts/generate.ts"), "--check"], { stdio: "pipe" });
  });
});
