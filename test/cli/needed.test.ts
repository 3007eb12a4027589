import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { svcCommand } from "../../src/cli/commands/svc.ts";
import { commandsFor, optionsFor } from "../../src/cli/needed.ts";

const options = svcCommand.options ?? {};
const all = Object.keys(options).length;
const withDefault = Object.keys(options).filter((name) => options[name]?.default !== undefined);

describe("what of the command table a line needs", () => {
  it("is the one command that the line begins with, by name or alias", () => {
    for (const word of ["svc", "service", "services"])
      assert.deepEqual(commandsFor(COMMANDS, [word, "web"]), [svcCommand], word);
  });

  it("is all of it for anything else: help, a typing error, options before the command", () => {
    for (const words of [["--help"], ["svcc", "web"], ["-n", "shop", "svc"], []])
      assert.deepEqual(commandsFor(COMMANDS, words), COMMANDS, words.join(" "));
  });

  it("is the options that the line names, in any of their forms, and those with a default", () => {
    const named = optionsFor(options, ["svc", "web", "-n", "shop", "--port=80", "-o", "json"]);
    assert.deepEqual(Object.keys(named).toSorted(), [...new Set([...withDefault, "namespace", "port"])].toSorted());
  });

  it("is every option once a word is not plainly one: unknown, clustered, negated, help", () => {
    for (const word of ["--nope", "-oyaml", "-nshop", "--no-sockets", "--help", "-h", "--allNamespaces", "-"])
      assert.equal(Object.keys(optionsFor(options, ["svc", "web", word])).length, all, word);
  });
});
