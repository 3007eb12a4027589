/** Runs one check on hand-made collections and describes its cases: `fires` and `silent` are both required. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChecks } from "../../src/checks/engine.ts";
import type { Check, Scope } from "../../src/model/check.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { CheckOutcome } from "../../src/model/report.ts";
import { DEFAULT_SETTINGS } from "../../src/model/settings.ts";
import {
  type CollectionName,
  type Collections,
  collectionsOf,
  type Gathered,
  itemsOr,
} from "../../src/model/snapshot.ts";
import { NOW } from "./objects.ts";

type Lists = { readonly [K in CollectionName]?: readonly Collections[K][] | Gathered<Collections[K]> };

export interface CaseInput extends Lists {
  /** What is judged. By default: all given pods, services and ingresses, on their own (not in group context). */
  readonly scope?: Partial<Scope>;
  readonly takenAt?: string;
  /** The dump does not say when it was taken. */
  readonly clockIsLowerBound?: boolean;
}

export interface Case {
  /** The state of the world, in a few words; for `silent` cases: why it is not a fault. */
  readonly name: string;
  readonly given: CaseInput;
  /** Finding ids in order, each optionally followed by ` warning`, ` info` or ` error` to assert the severity. */
  readonly expect?: readonly string[];
  /** For `silent` cases: the outcome, when it is not `passed`. */
  readonly status?: CheckOutcome["status"];
}

/** Runs `check` on the given collections; collections that are not given are empty for `needs`, not requested otherwise. */
export function runCheck(
  check: Check,
  given: CaseInput,
): { readonly findings: readonly Finding[]; readonly outcome: CheckOutcome } {
  const { scope, takenAt, clockIsLowerBound = false, ...lists } = given;
  const gathered = Object.fromEntries([
    ...check.needs.map((name) => [name, { state: "ok", items: [] }]),
    ...Object.entries(lists).map(([name, value]) => [
      name,
      Array.isArray(value) ? { state: "ok", items: value } : value,
    ]),
  ]);
  const collections = collectionsOf(gathered);
  const judged: Scope = {
    target: check.appliesTo[0] ?? "svc",
    namespace: "shop",
    pods: itemsOr(collections.pods),
    services: itemsOr(collections.services),
    ingresses: itemsOr(collections.ingresses),
    group: false,
    ...scope,
  };
  const snapshot = {
    takenAt: takenAt ?? NOW,
    source: { kind: "dump", from: "test", clockIsLowerBound },
    collections,
  } as const;
  const ran = runChecks([check], snapshot, judged, DEFAULT_SETTINGS)[0];
  assert.ok(ran, `${check.id} does not apply to ${judged.target}`);
  return { findings: ran.findings, outcome: ran.outcome };
}

/** Declares the tests of one check. Every error and warning must bring evidence and a remedy. */
export function checkCases(
  check: Check,
  cases: { readonly fires: readonly Case[]; readonly silent: readonly Case[] },
): void {
  assert.ok(cases.fires.length > 0 && cases.silent.length > 0, `${check.id} needs both fires and silent cases`);
  describe(check.id, () => {
    for (const one of cases.fires) {
      it(`fires: ${one.name}`, () => {
        const { findings } = runCheck(check, one.given);
        const expected = one.expect ?? [];
        const seen = findings.map((finding, i) =>
          (expected[i] ?? "").includes(" ") ? `${finding.id} ${finding.severity}` : finding.id,
        );
        assert.deepEqual(seen, expected);
        for (const finding of findings) {
          assert.ok(finding.evidence.length > 0, `${finding.id} has no evidence`);
          assert.ok(finding.severity === "info" || finding.remedy.length > 0, `${finding.id} has no remedy`);
        }
      });
    }
    for (const one of cases.silent) {
      it(`silent: ${one.name}`, () => {
        const { findings, outcome } = runCheck(check, one.given);
        assert.deepEqual(
          findings.map((finding) => `${finding.id} ${finding.severity}`),
          [],
        );
        assert.equal(outcome.status, one.status ?? "passed");
      });
    }
  });
}
