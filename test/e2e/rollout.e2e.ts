/** Scenario H2: at no moment of a rollout of a healthy app does netcheck complain. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Report } from "../../src/model/report.ts";
import { deployment, service } from "./scenarios/manifests.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { install, remove, settled } from "./scenarios/world.ts";
import { kubectl, netcheck } from "./support/cluster.ts";

const NAMESPACE = `netcheck-h2-${Math.floor(Date.now() / 1000).toString(36)}`;
const ROLLOUTS = 3;

/** Slow to start and to end: new pods are unready for seconds, old ones serve while they terminate. */
const APP: Scenario = {
  id: "H2",
  title: "a rollout of a healthy app",
  objects: [
    deployment({
      replicas: 3,
      env: { START_DELAY: "2s", TERM_DELAY: "4s" },
      pod: { terminationGracePeriodSeconds: 15 },
      spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
    }),
    service(),
  ],
  command: ["svc", "web"],
  first: [],
  never: ["* error", "* warning"],
  exit: 0,
};

interface Moment {
  readonly code: number;
  readonly faults: readonly string[];
  readonly infos: readonly string[];
}

async function ask(...target: readonly string[]): Promise<Moment> {
  const { code, stdout, stderr } = await netcheck([...target, "-n", NAMESPACE, "-o", "json"]);
  assert.equal(stderr, "");
  const { findings } = JSON.parse(stdout) as Report;
  const faults = findings.filter(({ severity }) => severity !== "info");
  return {
    code,
    faults: faults.map(({ id, severity, summary }) => `${severity} ${id}: ${summary}`),
    infos: findings.flatMap(({ id, severity }) => (severity === "info" ? [id] : [])),
  };
}

/** Asks again and again until `work` is done. */
async function during(work: Promise<unknown>, ...target: readonly string[]): Promise<readonly Moment[]> {
  let done = false;
  const moments: Moment[] = [];
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) moments.push(await ask(...target));
  await ended;
  return moments;
}

describe("H2: rolling update", () => {
  before(async () => {
    await install(APP, NAMESPACE);
    await settled(APP, NAMESPACE);
  });

  after(() => remove(NAMESPACE));

  for (const target of [
    ["svc", "web"],
    ["pod", "deploy/web"],
  ]) {
    it(`netcheck ${target.join(" ")} gives no warning at any moment, exit 0`, async () => {
      const moments: Moment[] = [];
      for (let i = 0; i < ROLLOUTS; i += 1) {
        await kubectl(["-n", NAMESPACE, "rollout", "restart", "deployment/web"]);
        const rolledOut = kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", "--timeout=120s"]);
        moments.push(...(await during(rolledOut, ...target)));
      }
      assert.deepEqual(
        moments.filter(({ code, faults }) => code !== 0 || faults.length > 0),
        [],
      );
      // The moments that matter were seen: a pod on its way out, and one on its way in.
      const seen = new Set(moments.flatMap(({ infos }) => infos));
      assert.ok(seen.has("pod/terminating"), [...seen].join());
      assert.ok(seen.has("svc/some-endpoints-not-ready") || seen.has("pod/starting"), [...seen].join());
    });
  }
});
