/** `--help`: what most people look for comes first, kubectl's connection flags last. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { kubeOptions } from "../../src/cli/kube-flags.ts";
import { netcheck } from "../support/command.ts";

/** The options under each heading, in the order of the text. */
async function headings(line: readonly string[], columns = 80): Promise<ReadonlyMap<string, readonly string[]>> {
  const { out } = await netcheck(line, { columns });
  const found = new Map<string, string[]>();
  let under: string[] = [];
  for (const text of out.split("\n")) {
    if (/^[A-Z].*:$/.test(text)) {
      under = [];
      found.set(text, under);
    }
    const option = /^ {2}(?:-\w, | {4})--([a-z-]+)/.exec(text)?.[1];
    if (option !== undefined) under.push(option);
  }
  return found;
}

const CONNECTION = "Connection (as in kubectl):";

describe("the headings of a command's help", () => {
  it("are for jobs, in the order of the jobs", async () => {
    const found = await headings(["svc", "--help"]);
    const expected = ["Positionals:", "What to look at:", "Output:", "Probes:", "Azure:", CONNECTION, "Examples:"];
    assert.deepEqual([...found.keys()], expected);
    assert.equal(found.get("What to look at:")?.[0], "namespace");
    assert.equal(found.get("Output:")?.at(-1), "help");
  });

  for (const { usage, options = {} } of COMMANDS) {
    const [command = ""] = usage.split(" ");
    it(`${command} has every option under one heading`, async () => {
      const found = await headings([command, "--help"]);
      assert.deepEqual([...found.values()].flat().toSorted(), [...Object.keys(options), "help"].toSorted());
      const rest = (found.get("Options:") ?? []).filter((name) => name !== "help");
      assert.deepEqual(rest, found.has(CONNECTION) ? [] : Object.keys(options));
      // -n is of the connection, and what everybody looks for.
      const flags = Object.keys(kubeOptions).filter((name) => name !== "namespace" && name in options);
      assert.deepEqual((found.get(CONNECTION) ?? []).toSorted(), flags.toSorted());
    });
  }

  it("are the same however help is asked for, and on a narrow terminal", async () => {
    const whole = await headings(["svc", "--help"]);
    for (const line of ["svc web -h", "help svc", "svc help", "svc -n shop --help=true", "svc -Ah"])
      assert.deepEqual(await headings(line.split(" ")), whole, line);
    // On half of 40 columns the longest names break.
    const narrow = await headings(["svc", "--help"], 40);
    assert.deepEqual([...narrow.keys()], [...whole.keys()]);
    assert.deepEqual(narrow.get("Output:"), whole.get("Output:"));
  });

  it("an option that means another thing in one command stands where it belongs there", async () => {
    assert.ok((await headings(["policy", "-h"])).get("What to look at:")?.includes("to"));
    assert.ok((await headings(["dump", "-h"])).get("Output:")?.includes("to"));
  });
});
