/** Plain lines are read in one go; what they give must be what the whole table of commands gives. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import yargs from "yargs";
import type { Args, Command } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { plainArgs, plainLine } from "../../src/cli/plain.ts";
import { withValues } from "../../src/cli/refused.ts";
import { plainWords } from "../../src/cli/words.ts";

function plainly(line: string): Args | undefined {
  const read = plainLine(COMMANDS, plainWords(line.split(" "), COMMANDS));
  return read && plainArgs(yargs, read);
}

/** The same line by yargs' own commands, all of them declared with all options. */
async function wholly(line: string): Promise<Args> {
  let seen: Args = {};
  const app = yargs([], "/").strict().parserConfiguration({ "greedy-arrays": false, "boolean-negation": false });
  const declare = ({ usage, aliases = [], positionals = {}, options = {} }: Command): void => {
    app.command(
      [usage, ...aliases],
      "",
      (own) => {
        for (const [name, one] of Object.entries(positionals)) own.positional(name, one);
        return own.options(withValues(options));
      },
      (args) => {
        seen = args;
      },
    );
  };
  COMMANDS.forEach(declare);
  await app
    .version(false)
    .help(false)
    .exitProcess(false)
    .parseAsync(plainWords(line.split(" "), COMMANDS));
  return seen;
}

/** What a command reads: its options and its word, by their names. */
function read(args: Args, line: string): Args {
  const { command } = plainLine(COMMANDS, plainWords(line.split(" "), COMMANDS)) ?? {};
  const names = [...Object.keys(command?.options ?? {}), ...Object.keys(command?.positionals ?? {})];
  return Object.fromEntries(names.map((name) => [name, args[name]]));
}

describe("a plain line", () => {
  const lines = [
    "svc",
    "svc web",
    "svc 8080 -n 007",
    "svc web -n shop -oyaml --port=http",
    "services web -nshop --request-timeout 5s",
    "svc web -f a.yaml -f b.yaml --azure=off --nsg-file x.json",
    "svc -A --only-problems --sort-by age",
    "svc web --probe -n shop --header A:b --header C:d",
    "svc web --probe=pod --yes --expect-status 200-299",
    "pod deploy/web -n shop --sockets",
    "po -l app=web -A",
    "ing shop --host shop.example.com --path /cart",
    "cleanup -n shop",
    "checks -o json",
    "version",
  ];
  for (const line of lines) {
    it(`gives what the whole table gives: ${line}`, async () => {
      const args = plainly(line);
      assert.ok(args !== undefined, "is read in one go");
      assert.deepEqual(read(args, line), read(await wholly(line), line));
    });
  }

  const odd = [
    "svc web more",
    "svc web --no-such-option",
    "svc web -n",
    "svc web -o nothing",
    "svc web --help",
    "svc -- web",
    "azure nsg",
    "nothing web",
    "version now",
    "",
  ];
  for (const line of odd) {
    it(`is not: ${line}`, () => assert.equal(plainly(line), undefined));
  }
});
