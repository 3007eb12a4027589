/**
 * Truth tables that nobody on this project wrote, when they lie beside the checkout (`../shared/corpus`): every probe must come out right.
 * Without them this file says so aloud; the project's own tables stand in truth-tables.test.ts.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Pod } from "../../src/model/kube.ts";
import { topOwner } from "../../src/model/pods.ts";
import { podEnd } from "../../src/policy/ends.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { End, PolicyEngine } from "../../src/policy/types.ts";
import { endOfIp, type PolicyWorld, prepare } from "../../src/policy/world.ts";
import { type AnyObject, inputOf, objects } from "./objects.ts";

const CORPUS = join(
  process.env["NETCHECK_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus/", import.meta.url)),
  "networkpolicy/",
);

interface Probe {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly expected: string;
  readonly disputed?: unknown;
}

/** The pod that a workload's template makes. */
function templatePod(object: AnyObject): readonly AnyObject[] {
  const { template } = (object as { spec?: { template?: Pick<Pod, "metadata" | "spec"> } }).spec ?? {};
  if (template === undefined) return [];
  const owner = { kind: object.kind, name: object.metadata.name, controller: true };
  const metadata = {
    ...template.metadata,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    ownerReferences: [owner],
  };
  return [{ ...template, kind: "Pod", metadata } as unknown as AnyObject];
}

/** Lists are unpacked, workloads become a pod, namespaces that are only named exist, a manifest without a namespace lies in `default`. */
function loaded(folder: string): readonly AnyObject[] {
  const files = globSync(join(folder, "manifests/*.{yaml,yml,json}")).filter((file) => !/output/.test(file));
  const flat = files.flatMap((file) => objects(readFileSync(file, "utf8")));
  const clusterScoped = (object: AnyObject): boolean => object.kind === "Namespace";
  const all = flat.map((object) =>
    clusterScoped(object) || object.metadata.namespace !== ""
      ? object
      : { ...object, metadata: { ...object.metadata, namespace: "default" } },
  );
  const made = all.flatMap(templatePod);
  const named = new Set(all.filter(clusterScoped).map((object) => object.metadata.name));
  const missing = [...new Set(all.map((object) => object.metadata.namespace ?? ""))].filter((name) => !named.has(name));
  return [...all, ...made, ...missing.map((name) => ({ kind: "Namespace", metadata: { name, namespace: "" } }))];
}

/** The ends that a name stands for: a pod, any pod of a workload (all of one workload are alike), or both borders of a range. */
function ends(cluster: PolicyWorld, text: string): readonly End[] {
  const [, name = "", kind = ""] = /^(.*)\[(\w+)\]$/.exec(text) ?? [];
  if (kind === "External") {
    const borders = name.includes("-") ? name.split("-") : [name.replace(/\/\d+$/, "")];
    return borders.flatMap((ip) => endOfIp(cluster, ip) ?? []);
  }
  const [namespace, workload] = name.split("/");
  const pods = [...cluster.pods.values()].filter((pod) => {
    if (pod.metadata.namespace !== namespace) return false;
    return (
      pod.metadata.name === workload ||
      topOwner(pod).split("/")[1] === workload ||
      pod.metadata.ownerReferences?.[0]?.name === workload
    );
  });
  return pods.slice(0, 1).map(podEnd);
}

/** What the corpus itself says does not count: a disputed row, and the analyser's probes with an end in the host network. */
function counts(probe: Probe, from: End, to: End, analyser: boolean): boolean {
  const inHost = [from, to].some((end) => end.kind === "pod" && end.hostNetwork);
  return probe.disputed === undefined && !(analyser && inHost);
}

function wrongIn(folder: string): {
  readonly judged: number;
  readonly probes: number;
  readonly wrong: readonly string[];
} {
  const { probes } = JSON.parse(readFileSync(join(folder, "probes.json"), "utf8")) as {
    readonly probes: readonly Probe[];
  };
  const analyser = folder.includes("np-guard");
  // The analyser does not match address blocks against pods, like Cilium; the Kubernetes suite expects that engines do.
  const engine: PolicyEngine = analyser ? "cilium" : "kube-network-policies";
  const cluster = prepare({ ...inputOf(loaded(folder)), engine });
  const wrong: string[] = [];
  let asked = 0;
  let judged = 0;
  for (const probe of probes) {
    const sources = ends(cluster, probe.from);
    const targets = ends(cluster, probe.to);
    assert.ok(sources.length > 0 && targets.length > 0, `no such end: ${probe.from} → ${probe.to}`);
    for (const from of sources) {
      for (const to of targets) {
        asked += 1;
        if (!counts(probe, from, to, analyser)) continue;
        judged += 1;
        const result = evaluate(cluster, { from, to, protocol: probe.protocol, port: probe.port });
        if (result.verdict === probe.expected) continue;
        wrong.push(
          `${probe.from} → ${probe.to} ${probe.port}/${probe.protocol}: ${result.verdict}, not ${probe.expected}: ${result.reason}`,
        );
      }
    }
  }
  return { judged, probes: asked, wrong };
}

describe("truth tables of the corpus", () => {
  const tables = existsSync(CORPUS) ? globSync(join(CORPUS, "*/*/probes.json")).sort() : [];
  if (tables.length === 0) {
    it("are not here", (test) => {
      test.diagnostic(`NO CORPUS at ../shared/corpus/networkpolicy: only the project's own truth tables were judged`);
    });
  }
  let all = 0;
  let counted = 0;
  for (const table of tables) {
    it(dirname(table).slice(CORPUS.length), () => {
      const { judged, probes, wrong } = wrongIn(dirname(table));
      all += probes;
      counted += judged;
      assert.deepEqual(wrong, []);
    });
  }
  if (tables.length > 0) {
    it("are judged for the most part", (test) => {
      test.diagnostic(`${counted} of ${all} probes count and are right`);
      assert.ok(counted > 0.6 * all, `only ${counted} of ${all}`);
    });
  }
});
