import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { servicesSelecting } from "../../src/model/selecting.ts";
import { selects } from "../../src/model/selectors.ts";
import { pod, service } from "../support/objects.ts";
import { random } from "../support/random.ts";

const named = (name: string, selector: Record<string, string>, namespace = "shop") =>
  service({ metadata: { name, namespace }, spec: { selector } });

describe("servicesSelecting", () => {
  it("finds those whose pairs are all there, in the order of the list", () => {
    const services = [
      named("tier", { tier: "front" }),
      named("both", { app: "web", tier: "front" }),
      named("other", { app: "web", tier: "back" }),
      named("app", { app: "web" }),
      named("elsewhere", { app: "web" }, "stage"),
      named("nothing", {}),
    ];
    const found = servicesSelecting(services, pod({ metadata: { labels: { app: "web", tier: "front" } } }));
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      ["tier", "both", "app"],
    );
  });

  it("says the same as asking each Service", () => {
    const { pick } = random(7);
    const labels = (): Record<string, string> =>
      Object.fromEntries(["a", "b", "c"].flatMap((key) => (pick([true, false]) ? [[key, pick(["1", "2"])]] : [])));
    const services = Array.from({ length: 40 }, (_, i) => named(`s${i}`, labels(), pick(["shop", "stage"])));
    for (let i = 0; i < 40; i += 1) {
      const one = pod({ metadata: { namespace: pick(["shop", "stage"]), labels: labels() } });
      assert.deepEqual(
        servicesSelecting(services, one),
        services.filter((each) => selects(each, one)),
      );
    }
  });
});
