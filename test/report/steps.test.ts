/** Every check belongs to the step that its id names; a table prints with the findings of its step. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { stepOf } from "../../src/report/sections/steps.ts";

describe("the step of a check", () => {
  const examples: Readonly<Record<string, string>> = {
    "svc/selector-matches-nothing": "S2",
    "svc/target-port-mismatch": "S3",
    "svc/endpoints-missing": "S4",
    "svc/slice-stale": "S4",
    "svc/node-missing-for-pod": "S4",
    "svc/external-local": "S5",
    "svc/lb-pending": "S6",
    "svc/exists": "S1",
    "pod/crash-loop": "P1/P2",
    "pod/readiness-failing": "P3",
    "pod/no-readiness-probe": "P3",
    "pod/port-not-listening": "P4",
    "pod/app-http": "S8",
    "workload/scaled-to-zero": "P1/P2",
    "node/not-ready": "P1/P2",
    "node/clusterip-not-programmed": "S8",
    "mesh/sidecar": "P1/P2",
    "dns/name-not-resolved": "S8",
    "probe/pod-ip": "S8",
    "probe/tls-verify": "I7",
    "ingress/class-missing": "I1",
    "ingress/controller": "I1",
    "ingress/controller-log": "I5",
    "ingress/backend-missing": "I2",
    "ingress/tls-secret-missing": "I3",
    "ingress/annotation-typo": "I4",
    "ingress/host-dns": "I6",
    "ingress/request-log": "I7",
  };
  for (const [id, step] of Object.entries(examples)) it(`${id}: ${step}`, () => assert.equal(stepOf(id), step));

  it("is one for each check and finding about pods, Services and Ingresses, and none for what prints no table", () => {
    const ids = CHECKS.flatMap(({ id, findings }) => [id, ...Object.keys(findings)]);
    const without = ids.filter((id) => /^(pod|svc|ingress|node|workload|mesh|probe)\//.test(id) && stepOf(id) === "");
    assert.deepEqual(without, []);
    for (const id of ["azure/nsg", "rbac/forbidden", "constructor/x", "nothing"]) assert.equal(stepOf(id), "", id);
  });
});
