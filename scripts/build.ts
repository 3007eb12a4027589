/** `npm run build`: one executable file, dist/kubectl-netcheck (a minified CommonJS bundle that needs Node ≥ 22). */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle, stampOf } from "./bundle.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { text } = await bundle(stampOf());
mkdirSync(`${ROOT}dist`, { recursive: true });
// The package is ESM by default; the bundle, which has no suffix, is CommonJS because it starts twice as fast.
writeFileSync(`${ROOT}dist/package.json`, '{ "type": "commonjs" }\n');
writeFileSync(`${ROOT}dist/kubectl-netcheck`, `#!/usr/bin/env node\n${text}`);
chmodSync(`${ROOT}dist/kubectl-netcheck`, 0o755);
process.stdout.write(`dist/kubectl-netcheck ${Math.round(text.length / 1024)} KB\n`);
