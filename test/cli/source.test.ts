/** `--from`: the client whose flows to the target are judged, found by name or by address. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportsOf } from "../../src/cli/judging.ts";
import { sourceRequest } from "../../src/cli/source.ts";
import { gather } from "../../src/collect/gather.ts";
import { UserError } from "../../src/errors.ts";
import type { SourceRequest, TargetRequest } from "../../src/model/target.ts";
import { daemonSet, namespace, policy } from "../checks/net/objects.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const at = (name: string, place: string, ip: string) =>
  pod({ metadata: { name, namespace: place, labels: { app: name } }, status: { podIP: ip, podIPs: [{ ip }] } });

const WORLD = [
  service(),
  pod(),
  slice(),
  node(),
  at("gateway", "edge", "10.244.2.1"),
  at("stranger", "edge", "10.244.2.2"),
  at("locked", "edge", "10.244.2.3"),
  namespace("shop"),
  namespace("edge", { team: "edge" }),
  daemonSet("kube-router"),
  policy([
    {
      from: [
        { namespaceSelector: { matchLabels: { team: "edge" } }, podSelector: { matchLabels: { app: "gateway" } } },
        { namespaceSelector: { matchLabels: { team: "edge" } }, podSelector: { matchLabels: { app: "locked" } } },
      ],
      ports: [{ port: 8080 }],
    },
  ]),
  policy([], {
    name: "locked",
    namespace: "edge",
    spec: { podSelector: { matchLabels: { app: "locked" } }, policyTypes: ["Egress"] },
  }),
];

const svc = (from: SourceRequest): TargetRequest => ({
  kind: "svc",
  namespace: "shop",
  selection: { by: "name", name: "web" },
  from,
});

async function judged(request: TargetRequest, forbidden: readonly string[] = []) {
  const [report] = reportsOf(request, await gather(memorySource(WORLD, forbidden), request));
  assert.ok(report !== undefined);
  return report;
}

/** The findings of policies that deny. */
async function denials(from: string): Promise<readonly string[]> {
  const { findings } = await judged(svc(sourceRequest(from, "edge")));
  return findings.map(({ id, severity }) => `${severity} ${id}`).filter((id) => id.includes("policy-denies"));
}

describe("--from", () => {
  it("a client that a rule lets in: nothing", async () => assert.deepEqual(await denials("edge/gateway"), []));

  it("one that none lets in", async () =>
    assert.deepEqual(await denials("edge/stranger"), ["error net/policy-denies-ingress"]));

  it("without a namespace: the current one", async () =>
    assert.deepEqual(await denials("stranger"), ["error net/policy-denies-ingress"]));

  it("one that its own namespace does not let out", async () =>
    assert.deepEqual(await denials("edge/locked"), ["error net/policy-denies-egress"]));

  it("an address outside", async () =>
    assert.deepEqual(await denials("203.0.113.7"), ["error net/policy-denies-ingress"]));

  it("a pod that is not there, or anything but a pod and an address, is the user's to mend", async () => {
    await assert.rejects(judged(svc(sourceRequest("edge/nobody", "shop"))), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /source pod "nobody" not found in namespace "edge"/);
      return true;
    });
    assert.throws(() => sourceRequest("svc/web", "shop"), /neither POD, NS\/POD nor an IP address/);
  });
});
