/** Lines that the command cannot take: one sentence, and the line that was probably meant. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { plainWords } from "../../src/cli/words.ts";
import { netcheck } from "../support/command.ts";

/** The message and the first hint; the exit code is 2 and nothing is on standard output. */
async function refusal(line: string): Promise<string> {
  const { code, out, err } = await netcheck(line.split(" "));
  assert.equal(code, 2, line);
  assert.equal(out, "", line);
  const [said = "", hint = ""] = err.split("\n");
  return `${said.replace(/^error: /, "")} | ${hint.trim()}`;
}

const REFUSED: readonly (readonly [line: string, said: string])[] = [
  // Commands.
  ["srv web", 'there is no command "srv" | did you mean kubectl netcheck svc?'],
  ["ingres web", 'there is no command "ingres" | did you mean kubectl netcheck ingress?'],
  ["Svc web", 'there is no command "Svc" | did you mean kubectl netcheck svc?'],
  ["help srv", 'there is no command "srv" | did you mean kubectl netcheck svc?'],
  ["svc/web -n shop", 'there is no command "svc/web" | kubectl netcheck svc web'],
  ["deploy web", 'there is no command "deploy" | for its pods: kubectl netcheck pod deploy/web'],
  ["deployment/web -n x", 'there is no command "deployment/web" | for its pods: kubectl netcheck pod deployment/web'],
  [
    "https://shop.example.com/cart?id=1",
    'there is no command "https://shop.example.com/cart?id=1" | for a URL: kubectl netcheck ingress --host shop.example.com --path /cart',
  ],
  // Names.
  ["svc svc web", "netcheck svc takes a name without its type before it | kubectl netcheck svc web"],
  ["pod pods web-1", "netcheck pod takes a name without its type before it | kubectl netcheck pod web-1"],
  ["pod deploy web", "netcheck pod takes TYPE/NAME as one word | kubectl netcheck pod deploy/web"],
  [
    "svc a b c",
    "netcheck svc takes one name, and these are too many: b, c | one at a time, or every object of the namespace: kubectl netcheck svc",
  ],
  ["policy a", "netcheck policy takes no names, and these are too many: a | kubectl netcheck policy --help"],
  ["svc Web", '"Web" is not a valid object name | Did you mean web?'],
  [
    "ingress http://a.example/x",
    '"http://a.example/x" is a URL, not the name of an object | for a URL: kubectl netcheck ingress --host a.example --path /x',
  ],
  ["explain", "netcheck explain wants one word more: ID | kubectl netcheck explain --help"],
  ["azure", "netcheck azure wants one word more: nsg|collect | kubectl netcheck azure --help"],
  ["azure nope", '"nope" is no value for action: one of nsg, collect | kubectl netcheck azure --help'],
  // Options.
  ["svc web --prot 80", "netcheck svc has no option --prot | did you mean --port?"],
  ["svc web --host a.example", "netcheck svc has no option --host | --host belongs to: ingress"],
  ["svc web -q", "netcheck svc has no option -q | kubectl netcheck svc --help"],
  [
    "svc web -o json2",
    '"json2" is no value for output: one of table, wide, json, yaml, markdown, junit | kubectl netcheck svc --help',
  ],
  ["svc web -o", "-o needs a value | kubectl netcheck svc --help"],
  ["svc web --from", "--from needs a value | kubectl netcheck svc --help"],
  ["svc web --port 0", '--port takes a number from 1 to 65535 or the name of a port, not "0" | '],
  ["pod web --port 80/TCP", '--port takes a number from 1 to 65535 or the name of a port, not "80/TCP" | '],
  ["ingress web --path cart", '"cart" is not the path of a URL | It begins with a slash: --path /cart'],
];

describe("a line that cannot be taken", () => {
  for (const [line, said] of REFUSED) {
    it(line, async () => assert.equal(await refusal(line), said));
  }
});

describe("words as kubectl reads them", () => {
  const plain = (line: string): string => plainWords(line === "" ? [] : line.split(" "), COMMANDS).join(" ");
  const READ: readonly (readonly [line: string, read: string])[] = [
    ["", "--help"],
    ["help", "--help"],
    ["help svc", "svc --help"],
    ["svc web -oyaml -nshop", "svc web --output=yaml --namespace=shop"],
    ["svc -Aojson", "svc -A --output=json"],
    ["svc web -o=yaml", "svc web --output=yaml"],
    ["svc -A=false", "svc --all-namespaces=false"],
    ["svc web -fdump.yaml -f -", "svc web --filename=dump.yaml --filename=-"],
    ["pod -lapp=web", "pod --selector=app=web"],
    ["svc --probe web", "svc --probe=auto web"],
    ["svc web -qx", "svc web -qx"],
    ["azure nsg --vnet 10.0.0.0/8 10.1.0.0/16", "azure nsg --vnet 10.0.0.0/8 --vnet 10.1.0.0/16"],
    ["svc -- -oyaml", "svc -- -oyaml"],
  ];
  for (const [line, read] of READ) {
    it(line === "" ? "nothing" : line, () => assert.equal(plain(line), read));
  }

  it("`help svc` is the help of svc", async () => {
    const asked = await netcheck(["help", "svc"]);
    assert.deepEqual(asked, await netcheck(["svc", "--help"]));
    assert.equal(asked.code, 0);
  });

  it("a --port that a script left empty is none", async () => {
    const { err } = await netcheck(["svc", "web", "--port", "", "-f", "no-such-file"]);
    assert.match(err, /^error: cannot read no-such-file/);
  });
});
