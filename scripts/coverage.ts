/**
 * `npm run coverage [room…]`: every branch of the rule evaluators is taken by the tests of their own room, or this fails and says which lines are
 * not. Verdicts rest on these rooms alone, so an untested branch there is an untested verdict.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const ROOMS = ["policy", "nsg"];

function coverage(room: string): boolean {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      "--test",
      "--test-reporter=tap",
      "--experimental-test-coverage",
      "--test-coverage-branches=100",
      "--test-coverage-lines=100",
      "--test-coverage-functions=100",
      `--test-coverage-include=src/${room}/**`,
      ...globSync(`test/${room}/**/*.test.ts`).sort(),
    ],
    { encoding: "utf8" },
  );
  const table = stdout
    .split("\n")
    .filter((line) => line.startsWith("#") && (line.includes("|") || line.includes("Error")));
  if (status !== 0) {
    process.stderr.write(
      `${stdout
        .split("\n")
        .filter((line) => /^\s*not ok/.test(line))
        .join("\n")}\n${table.join("\n")}\n`,
    );
    process.stderr.write(`src/${room}: not every branch is tested, or a test failed\n`);
    return false;
  }
  process.stdout.write(`src/${room}: ${table.find((line) => line.includes("all files")) ?? ""}\n`);
  return true;
}

const rooms = process.argv.length > 2 ? process.argv.slice(2) : ROOMS;
process.exitCode = rooms.map(coverage).every(Boolean) ? 0 : 1;
