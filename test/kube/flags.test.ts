/** kubectl's connection flags as yargs hands them over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import yargs from "yargs";
import { allNamespacesOption, kubeFlags, kubeOptions } from "../../src/cli/kube-flags.ts";

function parse(...argv: readonly string[]): ReturnType<typeof kubeFlags> {
  const args = yargs([...argv])
    .options({ ...kubeOptions, ...allNamespacesOption })
    .version(false)
    .help(false)
    .exitProcess(false)
    .parseSync();
  return kubeFlags(args);
}

describe("connection flags", () => {
  it("short names as in kubectl", () => {
    const { namespace, server } = parse("-n", "shop", "-s=https://x");
    assert.deepEqual([namespace, server], ["shop", "https://x"]);
  });
  it("a flag given twice: the last one counts", () => {
    assert.equal(parse("--context", "a", "--context", "b").context, "b");
    assert.equal(parse("--insecure-skip-tls-verify", "--insecure-skip-tls-verify=false").insecureSkipTlsVerify, false);
  });
  it("groups add up, and swallow no argument that follows", () => {
    assert.deepEqual(parse("--as=a", "--as-group", "x", "--as-group=y", "svc", "web").asGroup, ["x", "y"]);
    assert.deepEqual(parse("--as-user-extra=k=v").asUserExtra, ["k=v"]);
  });
  it("an empty value means not given, as when a script's variable is unset", () => {
    assert.equal(parse("--context=").context, undefined);
  });
  it("every flag reaches the connection", () => {
    const values = Object.entries(kubeOptions).map(([name, option]) => {
      const flags = parse(option.type === "boolean" ? `--${name}` : `--${name}=v`);
      const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return [key, Object.entries(flags).find(([own]) => own === key)?.[1]];
    });
    for (const [key, value] of values) assert.ok(String(value) === "v" || value === true, `${key} is ${value}`);
  });
});
