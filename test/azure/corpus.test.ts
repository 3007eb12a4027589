/** The recorded pair of an AKS subnet NSG before and after its mending, through the command line, where the corpus lies beside the project. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const CORPUS = process.env["NETCHECK_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const PAIR = join(CORPUS, "nsg", "azure-vdc-aks");

async function judge(file: string, ...flags: readonly string[]) {
  const nsg = join(PAIR, file);
  const { code, out } = await run(
    ["azure", "nsg", "--nsg-file", nsg, "--to", "10.5.0.4", "--vnet", "10.4.0.0/23,10.5.0.0/23", "-o", "json"].concat(
      flags,
    ),
  );
  return {
    code,
    ...(JSON.parse(out) as { readonly verdict: string; readonly rule: string }),
  };
}

describe("the AKS pair of the corpus", () => {
  if (!existsSync(PAIR)) {
    it("absent", (t) => t.diagnostic(`no corpus at ${CORPUS}: the recorded AKS pair was NOT judged`));
    return;
  }
  const probe = ["--from", "AzureLoadBalancer", "--port", "31080"];

  it("before: health probes of the node ports are denied by deny-vnet", async () => {
    const { code, verdict, rule } = await judge("before-fix.json", ...probe);
    assert.deepEqual([code, verdict, rule], [1, "Deny", "deny-vnet"]);
  });

  it("after: they are allowed by the rule that was added", async () => {
    const { code, verdict, rule } = await judge("after-fix.json", ...probe);
    assert.deepEqual([code, verdict, rule], [0, "Allow", "allow-azure-loadbalancer"]);
  });
});
