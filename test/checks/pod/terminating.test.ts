import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/pod/terminating.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { manifest } from "../../support/containers.ts";
import { ago, node, pod } from "../../support/objects.ts";

const stuck = pod({ metadata: { deletionTimestamp: ago(600), finalizers: ["example.com/keep"] } });

checkCases(check, {
  fires: [
    {
      name: "within its grace period: deletionTimestamp lies in the future",
      given: { pods: [pod({ metadata: { deletionTimestamp: ago(-20) } })] },
      expect: ["pod/terminating info"],
    },
    {
      name: "just past the deadline",
      given: { pods: [pod({ metadata: { deletionTimestamp: ago(20) } })] },
      expect: ["pod/terminating info"],
    },
    {
      name: "a finalizer that nobody removes",
      given: { pods: [stuck], nodes: [node()] },
      expect: ["pod/terminating-stuck warning"],
    },
    { name: "nodes not readable", given: { pods: [stuck] }, expect: ["pod/terminating-stuck warning"] },
    {
      name: "its node is not ready: only a consequence",
      given: {
        pods: [stuck],
        nodes: [node({ status: { conditions: [{ type: "Ready", status: "Unknown" }] } })],
      },
      expect: ["pod/terminating-stuck info"],
    },
  ],
  silent: [
    { name: "not being deleted", given: { pods: [pod()] } },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});

it("a finalizer is removed by a patch: a forced deletion would wait for it too", () => {
  const remedy = runCheck(check, { pods: [stuck], nodes: [node()] }).findings[0]?.remedy.join("\n") ?? "";
  assert.match(remedy, /patch pod web-1 .*"finalizers":null/);
  assert.doesNotMatch(remedy, /--force/);
});
