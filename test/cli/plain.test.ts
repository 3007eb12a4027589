/** Plain lines are read in one go; what they give must be what the whole table of commands gives. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import yargs from "yargs";
import { type Args, type Command, commandNamed } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { plainLine } from "../../src/cli/plain.ts";
import { withValues } from "../../src/cli/refused.ts";
import { plainWords } from "../../src/cli/words.ts";

function plainly(words: readonly string[]): Args | undefined {
  return plainLine(COMMANDS, plainWords(words, COMMANDS))?.args;
}

/** The same line by yargs' own commands, all of them declared with all options. */
async function wholly(words: readonly string[]): Promise<Args> {
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
  await app.version(false).help(false).exitProcess(false).parseAsync(plainWords(words, COMMANDS));
  return seen;
}

/** What a command reads: its options and its word, by their names. */
function read(args: Args, [word = ""]: readonly string[]): Args {
  const command = commandNamed(COMMANDS, word);
  const names = [...Object.keys(command?.options ?? {}), ...Object.keys(command?.positionals ?? {})];
  return Object.fromEntries(names.map((name) => [name, args[name]]));
}

const wordsOf = (line: string): readonly string[] => line.split(" ");

describe("a plain line", () => {
  const lines = [
    "svc",
    "svc web",
    "svc 8080 -n 007",
    "svc web -n shop -oyaml --port=http",
    "services web -nshop --request-timeout 5s",
    "svc -A --only-problems --sort-by age",
    "svc web --probe -n shop",
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
      const args = plainly(wordsOf(line));
      assert.ok(args !== undefined, "is read in one go");
      assert.deepEqual(read(args, wordsOf(line)), read(await wholly(wordsOf(line)), wordsOf(line)));
    });
  }

  const odd = [
    "svc web more",
    "svc web --no-such-option",
    "svc web -n",
    "svc web -n --port=80",
    "svc web --port=",
    "svc web -n a -n b",
    "svc web --namespace a -n b",
    "svc web -o nothing",
    "svc web --only-problems=false",
    "svc --only-problems true",
    "svc web --requestTimeout 5s",
    "svc web -f a.yaml -f b.yaml",
    "svc web --probe --header A:b",
    "svc web --help",
    "svc -- web",
    "svc -",
    "azure nsg",
    "nothing web",
    "version now",
    "",
  ];
  for (const line of odd) {
    it(`is not, and left to yargs: ${line}`, () => assert.equal(plainly(wordsOf(line)), undefined));
  }

  it("gives what the whole table gives, whatever words come together", async () => {
    const values = [
      "web",
      "8080",
      "0x10",
      "1e3",
      "true",
      "false",
      "a=b",
      '"q"',
      "'q'",
      "json",
      "age",
      "x y",
      "auto",
      "-1",
      "",
    ];
    let state = 7;
    const pick = <T>(list: readonly T[]): T => {
      state = (state * 48_271) % 2_147_483_647;
      return list[state % list.length] as T;
    };
    let plain = 0;
    for (let i = 0; i < 3000; i += 1) {
      const command = pick(COMMANDS);
      const flags = Object.entries(command.options ?? {}).flatMap(([name, { alias = [] }]) =>
        [name, ...[alias].flat()].map((one) => (one.length === 1 ? `-${one}` : `--${one}`)),
      );
      const words = [command.usage.split(" ")[0] ?? ""];
      for (let j = pick([0, 1, 2, 3]); j > 0; j -= 1) {
        const flag = pick([...flags, "--"]);
        const value = pick(values);
        words.push(...pick([[flag], [flag, value], [`${flag}=${value}`], [value]]));
      }
      const args = plainly(words);
      if (args === undefined) continue;
      plain += 1;
      assert.deepEqual(read(args, words), read(await wholly(words), words), words.join(" "));
    }
    assert.ok(plain > 500, `only ${plain} lines were plain`);
  });
});
