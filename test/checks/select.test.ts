/** Checks that a run cannot need are there by their outline only; nobody may notice. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { CHECKS } from "../../src/checks/index.ts";
import { checksFor } from "../../src/checks/select.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { dumpSource } from "../../src/collect/dump.ts";
import { gather } from "../../src/collect/gather.ts";
import type { TargetKind } from "../../src/model/check.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const CASES = fileURLToPath(new URL("../cases", import.meta.url));
const DUMPS = globSync(`${CASES}/**/*.yaml`).sort();
const everything = (kind: TargetKind): TargetRequest => ({ kind, namespace: "shop", selection: { by: "all" } });

async function snapshotOf(path: string, kind: TargetKind): Promise<Snapshot> {
  return gather(await dumpSource([path], { stdin: process.stdin }), everything(kind));
}

describe("the checks of one run", () => {
  it("say of every dump what all checks say", async () => {
    let reports = 0;
    for (const path of DUMPS) {
      for (const kind of ["pod", "svc", "ingress"] as const) {
        const snapshot = await snapshotOf(path, kind);
        const asked = reportsOf(everything(kind), snapshot, CHECKS);
        assert.deepEqual(reportsOf(everything(kind), snapshot, await checksFor(kind, snapshot)), asked, path);
        reports += asked.length;
      }
    }
    assert.ok(reports > 30, `${reports} reports of ${DUMPS.length} dumps`);
  });

  it("are those of Azure and of probes only where there is one", async () => {
    const snapshot = await gather(memorySource([service(), pod(), slice(), node()]), everything("svc"));
    const { collections } = snapshot;
    const loaded = async (changed: Partial<Snapshot["collections"]>): Promise<readonly string[]> => {
      const checks = await checksFor("svc", { ...snapshot, collections: { ...collections, ...changed } });
      return ["azure/nsg", "probe/pod-ip", "svc/selector"].filter(
        (id) => Object.keys(checks.find((check) => check.id === id)?.findings ?? {}).length > 0,
      );
    };
    const balanced = { state: "ok", items: [service({ spec: { type: "LoadBalancer" } })] } as const;
    assert.deepEqual(await loaded({}), ["svc/selector"]);
    assert.deepEqual(await loaded({ services: balanced }), ["azure/nsg", "svc/selector"]);
    assert.deepEqual(await loaded({ controllerServices: balanced }), ["azure/nsg", "svc/selector"]);
    assert.deepEqual(await loaded({ probes: { state: "ok", items: [] } }), ["probe/pod-ip", "svc/selector"]);
    assert.deepEqual(
      await loaded({ probes: { state: "unavailable", reason: "failed", detail: "no test pod could be made" } }),
      ["probe/pod-ip", "svc/selector"],
    );
  });
});
