/** A test pod that was refused or lost: when the policies are asked about it, and which finding is then the cause. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { gather } from "../../src/collect/gather.ts";
import type { ProbeClass } from "../../src/model/probe-results.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { daemonSet, namespace, policy } from "../checks/net/objects.ts";
import { result, target } from "../probe/support.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const FRIENDS = policy([{ from: [{ podSelector: { matchLabels: { role: "friend" } } }] }]);
const TEST_POD = {
  kind: "pod",
  label: "test pod on node-2",
  node: "node-2",
  pod: { namespace: "shop", name: "netcheck-x", labels: {}, ip: "10.244.2.9" },
} as const;

async function roots(engine: string, said: ProbeClass): Promise<readonly string[]> {
  const world = [service(), pod(), slice(), node(), namespace("shop"), daemonSet(engine), FRIENDS];
  const request: TargetRequest = { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } };
  const known = await gather(memorySource(world), request);
  const probes = { state: "ok", items: [result(target(), [said, said], TEST_POD)] } as const;
  const [report] = reportsOf(request, { ...known, collections: { ...known.collections, probes } }, CHECKS);
  const heavy = report?.findings.filter(({ severity, consequenceOf }) => severity !== "info" && consequenceOf === null);
  return heavy?.map(({ id }) => id) ?? [];
}

describe("a test pod that the policies deny", () => {
  it("and whose packets got lost: the policy is the cause", async () => {
    assert.deepEqual(await roots("calico-node", "timeout-connect"), ["net/policy-denies-ingress"]);
  });

  it("and which kube-router refused, as it does: the policy is the cause, too", async () => {
    assert.deepEqual(await roots("kube-router", "refused"), ["net/policy-denies-ingress"]);
  });

  it("and which was refused where engines drop: the refusal is the pod's own", async () => {
    assert.deepEqual(await roots("calico-node", "refused"), ["probe/pod-refused"]);
  });
});
