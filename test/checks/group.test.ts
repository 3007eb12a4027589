/** A Service or workload is judged as a group: one failing pod of several does not break it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgedAsGroup } from "../../src/checks/group.ts";
import type { Scope } from "../../src/model/check.ts";
import type { Pod } from "../../src/model/kube.ts";
import { crashing, found, podRef, said, scopeOf, webPods } from "../report/samples.ts";
import { service } from "../support/objects.ts";
import { ownedBy } from "../support/workloads.ts";

const crash = (...names: string[]) =>
  said({
    id: "pod/container-crash-loop",
    findings: names.map((name) => found("pod/container-crash-loop", { object: podRef(name) })),
  });

const severities = (names: readonly string[], scope: Scope): readonly string[] =>
  judgedAsGroup([crash(...names)], scope).flatMap(({ findings }) => findings.map(({ severity }) => severity));

const ready = webPods(["web-1"], () => ({ metadata: ownedBy("web") }));
const down = webPods(["web-2"], () => ({ metadata: ownedBy("web"), status: crashing() }));
const group = (pods: readonly Pod[], more: Partial<Scope> = {}): Scope =>
  scopeOf({ group: true, pods, services: [service()], ...more });

describe("a group", () => {
  it("a pod that fails while another serves is a warning", () => {
    assert.deepEqual(severities(["web-2"], group([...ready, ...down])), ["warning"]);
  });

  it("so it is for a workload that was named", () => {
    assert.deepEqual(severities(["web-2"], group([...ready, ...down], { target: "pod", services: [] })), ["warning"]);
  });

  it("all fail: errors", () => {
    assert.deepEqual(severities(["web-2"], group(down)), ["error"]);
  });

  it("the other is ready, but has an error of its own: it carries nothing", () => {
    assert.deepEqual(severities(["web-1", "web-2"], group([...ready, ...down])), ["error", "error"]);
  });

  it("the other is on its way out", () => {
    const leaving = webPods(["web-1"], () => ({
      metadata: { ...ownedBy("web"), deletionTimestamp: "2026-11-22T12:00:30Z" },
    }));
    assert.deepEqual(severities(["web-2"], group([...leaving, ...down])), ["error"]);
  });

  it("the pod itself was asked for: its error stays", () => {
    assert.deepEqual(severities(["web-2"], group([...ready, ...down], { group: false })), ["error"]);
  });

  it("of two Services, one has no other pod: an error", () => {
    const only = service({ metadata: { name: "only" }, spec: { selector: { app: "web", role: "primary" } } });
    const primary = down.map((one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { ...one.metadata.labels, role: "primary" } },
    }));
    assert.deepEqual(severities(["web-2"], group([...ready, ...primary], { services: [service(), only] })), ["error"]);
  });

  it("errors that are not of a pod stay what they are", () => {
    const node = said({ id: "node/not-ready", findings: [found("node/not-ready", { object: podRef("web-2") })] });
    const [one] = judgedAsGroup([node, crash("web-2")], group([...ready, ...down]));
    assert.equal(one?.findings[0]?.severity, "error");
  });
});
