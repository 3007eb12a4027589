/** One executable: pkg injects launcher, program and code cache into node. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alignSlots, slotFor } from "./aligned.ts";
import { writeBase } from "./bases.ts";
import { codeCache } from "./code-cache.ts";
import { signAdHoc } from "./mach-o.ts";
import { hostTarget, NODE_VERSION, type Target } from "./targets.ts";

interface PkgTarget {
  readonly nodeRange: string;
  readonly platform: string;
  readonly arch: string;
  readonly output: string;
}

type PkgSea = (
  entry: string,
  options: { readonly targets: readonly PkgTarget[]; readonly signature: boolean; readonly seaConfig: object },
) => Promise<void>;

// The command-line tool has no way to hand over a seaConfig, and assets and the treatment of NODE_OPTIONS need one.
const { default: pkgSea } = createRequire(import.meta.url)("@yao-pkg/pkg/lib-es5/sea.js") as { default: PkgSea };

export interface Program {
  /** CommonJS of the launcher and of the program, ASCII. */
  readonly launcher: string;
  readonly program: string;
}

/** The program as a function expression, so that a script made of it can be given node's `require`. */
export function asFunction(text: string): string {
  // The code cache is keyed on the source as V8 sees it; one byte per character keeps that simple and small.
  if (/[^\0-\x7f]/.test(text)) throw new Error("the bundle is not ASCII");
  return `(function(require,module,exports,__filename,__dirname){${text}\n})`;
}

/** Builds the executables for `targets` into `outputOf(target)`. All of them share one blob but for the code cache, which only the host can have. */
export async function buildPrograms(
  program: Program,
  targets: readonly Target[],
  outputOf: (target: Target) => string,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-package-"));
  try {
    const programPath = join(folder, "program.js");
    writeFileSync(programPath, asFunction(program.program));
    const host = hostTarget();
    const own = targets.filter((target) => target === host);
    const others = targets.filter((target) => target !== host);
    if (own.length > 0) {
      const caches = {
        all: slotFor(codeCache(programPath, folder, "all")),
        svc: slotFor(codeCache(programPath, folder, "svc")),
      };
      await inject(folder, program.launcher, programPath, caches, own, outputOf);
    }
    const none = { all: Buffer.alloc(0), svc: Buffer.alloc(0) };
    if (others.length > 0) await inject(folder, program.launcher, programPath, none, others, outputOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inject(
  folder: string,
  launcher: string,
  programPath: string,
  caches: { readonly all: Buffer; readonly svc: Buffer },
  targets: readonly Target[],
  outputOf: (target: Target) => string,
): Promise<void> {
  const main = join(folder, "launcher.cjs");
  const cachePath = join(folder, "code-cache");
  writeFileSync(main, launcher);
  writeFileSync(cachePath, caches.all);
  writeFileSync(`${cachePath}-svc`, caches.svc);
  for (const target of targets) seed(target, join(folder, ".pkg-cache", "sea"));
  await inHome(folder, () =>
    pkgSea(main, {
      targets: targets.map((target) => ({
        nodeRange: `node${NODE_VERSION}`,
        platform: target.pkg.platform,
        arch: target.pkg.arch,
        output: outputOf(target),
      })),
      signature: false,
      seaConfig: {
        // As seen from pkg's folder in ours: node keeps this path in the program, and a random name in it would make two builds differ.
        main: "../launcher.cjs",
        useCodeCache: false,
        // NODE_OPTIONS of the user's shell is meant for their own node: an option that ours does not know would end it before the first line.
        execArgvExtension: "none",
        execArgv: [
          // Node would read its list of 150 authorities in a second thread as soon as TLS is loaded. Every connection of ours names its own (src/kube/authorities.ts).
          "--use-openssl-ca",
          // Node would start four helpers for V8, which a run of a tenth of a second has no work for; two are enough for the garbage of a big list.
          "--v8-pool-size=2",
          // And a thread that opens a debugger on SIGUSR1, into a process that holds the keys of a cluster.
          "--disable-sigusr1",
        ],
        assets: { program: programPath, "code-cache": cachePath, "code-cache-svc": `${cachePath}-svc` },
      },
    }),
  );
  for (const target of targets) {
    const path = outputOf(target);
    const made = readFileSync(path);
    alignSlots(made, [caches.all, caches.svc]);
    writeFileSync(path, target.os === "darwin" ? signAdHoc(made, "kubectl-netcheck") : made, { mode: 0o755 });
  }
}

/** pkg looks for node in ~/.pkg-cache, and would download what it does not find there; it works in a temporary folder. Both are ours here. */
async function inHome<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { HOME, TMPDIR } = process.env;
  Object.assign(process.env, { HOME: folder, TMPDIR: folder });
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries({ HOME, TMPDIR })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Puts a base where pkg looks for a download that is complete. */
function seed(target: Target, cache: string): void {
  const stem = `node-v${NODE_VERSION}-${target.node}`;
  const isWindows = target.os === "windows";
  const archive = join(cache, `${stem}${isWindows ? ".zip" : ".tar.gz"}`);
  const program = isWindows ? join(cache, `${stem}.exe`) : join(cache, stem, "bin", "node");
  mkdirSync(isWindows ? cache : join(cache, stem, "bin"), { recursive: true });
  writeFileSync(archive, "");
  writeFileSync(`${archive}.ok`, "");
  writeBase(target, program);
  writeFileSync(`${program}.ok`, "");
}
