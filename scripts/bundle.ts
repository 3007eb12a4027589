/** The esbuild bundle of src/main.ts, shared by the build and the packages. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const ESCAPES = "/\\u001b\\[[0-9;]*m/g";

/**
 * yargs loads string-width 8, which makes an Intl.Segmenter at load time (20 ms); cli-table3 loads string-width 4 with a big regular expression.
 * Neither sees a wide character: help texts are ASCII, and render/grid.ts measures cells itself and hands cli-table3 fillers of one column each.
 * The colours of cli-table3 are not used either.
 */
const plainWidth: Plugin = {
  name: "plain-width",
  setup(builder) {
    builder.onResolve({ filter: /^string-width$/ }, () => ({ path: "string-width", namespace: "plain-width" }));
    builder.onLoad({ filter: /.*/, namespace: "plain-width" }, () => ({
      contents: `module.exports = (text) => String(text).replace(${ESCAPES}, "").length; module.exports.default = module.exports;`,
      loader: "js",
    }));
    builder.onResolve({ filter: /^@colors\/colors/ }, () => ({ path: "colors", namespace: "no-colors" }));
    builder.onLoad({ filter: /.*/, namespace: "no-colors" }, () => ({
      contents: "module.exports = {};",
      loader: "js",
    }));
  },
};

/**
 * cli-table3 makes the second name of each of seventeen options (`top-mid`, `topMid`) anew for every cell, and shortens each cell's text for a debug message that
 * we never ask for: a quarter of what a table costs. Throws when the file is no longer the one that this was written for.
 */
const leanTable: Plugin = {
  name: "lean-table",
  setup(builder) {
    builder.onLoad({ filter: /node_modules[\\/]cli-table3[\\/]src[\\/]cell\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [before, after] of LEAN_CELL) {
        if (contents.split(before).length !== 2) throw new Error(`${path} has changed: see lean-table in bundle.ts`);
        contents = contents.replace(before, () => after);
      }
      return { contents: `const SECOND_NAMES = new Map();\n${contents}`, loader: "js" };
    });
  },
};

const LEAN_CELL = [
  [
    `let nameA = nameB.split('-');
  if (nameA.length > 1) {
    nameA[1] = nameA[1].charAt(0).toUpperCase() + nameA[1].substr(1);
    nameA = nameA.join('');`,
    `let nameA = SECOND_NAMES.get(nameB);
  if (nameA === undefined) SECOND_NAMES.set(nameB, (nameA = nameB.replace(/-(.)/, (_, first) => first.toUpperCase())));
  if (nameA !== nameB) {`,
  ],
  [
    "let content = utils.truncate(this.content, 10, this.truncate);\n    if (!lineNum)",
    "let content = '';\n    if (!lineNum)",
  ],
] as const;

/** client-node's config pulls undici (800 KB) for a fetch that we never call: our transport is node's own http2 and https. */
const withoutUndici: Plugin = {
  name: "without-undici",
  setup(builder) {
    builder.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "without-undici" }));
    builder.onLoad({ filter: /.*/, namespace: "without-undici" }, () => ({
      contents:
        "const none = class {}; module.exports = { Agent: none, ProxyAgent: none, Dispatcher: none, Pool: none, fetch: undefined, FormData: none, setGlobalDispatcher() {} };",
      loader: "js",
    }));
  },
};

/**
 * yargs asks at every start for what a plugin does not have: translations (two files that are missing), and a package.json with settings for it in every
 * folder from the program's up to the root, which it would even obey. Its texts are its English ones, its settings ours. It also takes two functions of
 * node's assert, and node's module loader for the files of a `--config` that we do not offer: both load more than yargs itself. What lays out its help is
 * loaded when there is help to lay out.
 */
const LEAN_YARGS: Readonly<Record<string, string>> = {
  y18n: `const { format } = require("node:util");
    module.exports = () => ({
      __: format,
      __n: (one, many, count, ...more) => {
        const text = count === 1 ? one : many;
        return format(text, ...(text.includes("%d") ? [count] : []), ...more);
      },
      setLocale() {}, getLocale: () => "en", updateLocale() {},
    });`,
  "escalade/sync": "module.exports = () => undefined;",
  assert: `const fail = (message) => { throw new Error(message ?? "yargs: an assertion failed"); };
    module.exports = {
      strictEqual: (a, b, message) => { if (!Object.is(a, b)) fail(message); },
      notStrictEqual: (a, b, message) => { if (Object.is(a, b)) fail(message); },
    };`,
  cliui: "module.exports = (options) => require('cliui').default(options);",
  "node:module": `module.exports = { createRequire: () => (path) => { throw new Error("no file is loaded: " + path); } };`,
};

const leanYargs: Plugin = {
  name: "lean-yargs",
  setup(builder) {
    builder.onResolve({ filter: /^(y18n|cliui|escalade\/sync|assert|node:module)$/ }, ({ path, importer }) =>
      /node_modules[\\/]yargs(-parser)?[\\/]/.test(importer) ? { path, namespace: "lean-yargs" } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: "lean-yargs" }, ({ path }) => ({
      contents: LEAN_YARGS[path] ?? "",
      loader: "js",
      resolveDir: ROOT,
    }));
  },
};

export interface Stamp {
  readonly version: string;
  readonly commit: string;
}

export interface Bundle {
  readonly text: string;
  /** What went in, by esbuild's account: the licences and the bill of materials are read off it. */
  readonly inputs: readonly string[];
}

/** Bundles an entry point for Node 22 as minified CommonJS (ASCII only), with version and commit stamped in. */
export async function bundle(stamp: Stamp, entry = "src/main.ts"): Promise<Bundle> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "error",
    // import() becomes require() at the place of the call: as lazy, without node's ESM loader, and it works from a code cache.
    supported: { "dynamic-import": false },
    plugins: [plainWidth, withoutUndici, leanYargs, leanTable],
    define: {
      NETCHECK_VERSION: JSON.stringify(stamp.version),
      NETCHECK_COMMIT: JSON.stringify(stamp.commit),
      // yargs asks where its own file is, to find locales that we do not ship, and below which folder its node_modules lies; without an answer
      // it asks for the current folder, which may be gone.
      "import.meta.url": "importMeta.url",
    },
    banner: {
      js: "var importMeta={get url(){return require('node:url').pathToFileURL(__filename+'/node_modules/yargs.js').href}};",
    },
  });
  const output = result.outputFiles[0];
  if (output === undefined) throw new Error("esbuild wrote nothing");
  return { text: ascii(output.text), inputs: Object.keys(result.metafile.inputs).sort() };
}

/** esbuild escapes strings, but leaves the characters of regular expressions as they are. An escape means the same in both. */
function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Version and commit of this checkout; `unknown` where there is no git. */
export function stampOf(): Stamp {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
  const git = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return { version, commit: git.status === 0 ? git.stdout.trim() : "unknown" };
}
