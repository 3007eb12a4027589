/** The esbuild bundle of src/main.ts, shared by the build and the packages. */
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

/** Bundles for Node 22 as minified CommonJS, with version and commit stamped in. Returns the text. */
export async function bundle(stamp: { readonly version: string; readonly commit: string }): Promise<string> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/main.ts"],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    write: false,
    legalComments: "none",
    logLevel: "error",
    // import() becomes require() at the place of the call: as lazy, without node's ESM loader, and it works from a code cache.
    supported: { "dynamic-import": false },
    plugins: [plainWidth, withoutUndici],
    define: {
      NETCHECK_VERSION: JSON.stringify(stamp.version),
      NETCHECK_COMMIT: JSON.stringify(stamp.commit),
      // yargs asks where its own file is, to find locales that we do not ship.
      "import.meta.url": "importMetaUrl",
    },
    banner: { js: "var importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
  const output = result.outputFiles[0];
  if (output === undefined) throw new Error("esbuild wrote nothing");
  return output.text;
}
