/** The esbuild bundle of src/main.ts, shared by the build and the packages. */
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * yargs loads string-width 8, which makes an Intl.Segmenter at load time (20 ms). Help texts are ASCII, so length will do; cli-table3 requires its
 * own CommonJS string-width and keeps it, because wide characters must line up in tables.
 */
const plainWidth: Plugin = {
  name: "plain-width",
  setup(builder) {
    builder.onResolve({ filter: /^string-width$/ }, (args) =>
      args.kind === "import-statement" ? { path: "string-width", namespace: "plain-width" } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: "plain-width" }, () => ({
      contents: "export default (text) => text.replace(/\\u001b\\[[0-9;]*m/g, '').length;",
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
