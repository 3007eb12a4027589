import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { podSelection, svcSelection } from "../../src/cli/target.ts";
import { UserError } from "../../src/errors.ts";

describe("what a command line names", () => {
  it("a pod by name, by TYPE/NAME, by selector, or all of them", () => {
    assert.deepEqual(podSelection("web-1", undefined), { by: "name", name: "web-1" });
    assert.deepEqual(podSelection("po/web-1", undefined), { by: "name", name: "web-1" });
    assert.deepEqual(podSelection("Deploy/web", undefined), { by: "workload", workload: "deployments", name: "web" });
    assert.deepEqual(podSelection(undefined, "app=web"), { by: "labels", selector: "app=web" });
    assert.deepEqual(podSelection(undefined, undefined), { by: "all" });
  });

  it("a Service by name or svc/NAME", () => {
    assert.deepEqual(svcSelection("web"), { by: "name", name: "web" });
    assert.deepEqual(svcSelection("service/web"), { by: "name", name: "web" });
  });

  it("refuses what cannot be meant, with a hint", () => {
    const hintOf = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof UserError);
        return [error.message, ...error.hints].join(" ");
      }
      assert.fail("nothing was thrown");
    };
    assert.match(
      hintOf(() => podSelection("svc/web", undefined)),
      /kubectl netcheck svc web/,
    );
    assert.match(
      hintOf(() => podSelection("cronjob/web", undefined)),
      /Known: pod, deployment/,
    );
    assert.match(
      hintOf(() => podSelection("Web_1", undefined)),
      /not a valid object name/,
    );
    assert.match(
      hintOf(() => podSelection("web", "app=web")),
      /not both/,
    );
    assert.match(
      hintOf(() => svcSelection("deploy/web")),
      /svc\/NAME/,
    );
  });
});
