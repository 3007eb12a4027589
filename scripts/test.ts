/** `npm test`: every test/** file that ends in .test.ts, on node's own runner. Extra arguments are passed on (file names replace the default set). */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const given = process.argv.slice(2);
const files = given.some((argument) => argument.endsWith(".ts")) ? [] : globSync("test/**/*.test.ts").sort();
const { status } = spawnSync(process.execPath, ["--test", ...given, ...files], { stdio: "inherit" });
process.exitCode = status ?? 1;
