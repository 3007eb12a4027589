/** Real dumps and manifests that nobody of this project wrote. They are not part of the repository: where they are absent, this says so and asks nothing. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../../src/errors.ts";
import { RESOURCES, type Resource } from "../../src/model/resources.ts";
import { fromFiles } from "./dump-support.ts";

const CORPUS = "../shared/corpus";

function inside(folder: string): readonly string[] {
  const path = join(CORPUS, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isDirectory() || /\.(tgz|gz)$/.test(file));
}

const BUNDLES = inside("dumps/troubleshoot-supportbundle").filter((file) => file.endsWith(".gz"));

describe("the corpus", () => {
  it("every dump loads and answers, or says what is missing", async (context) => {
    const dumps = ["dumps", "broken", "healthy", "networkpolicy"].flatMap(inside);
    if (dumps.length === 0) {
      context.diagnostic(`corpus not present: ${CORPUS}; NOTHING of it was read`);
      return;
    }
    let objects = 0;
    for (const dump of dumps) {
      try {
        const source = await fromFiles(dump);
        assert.match(source.takenAt(), /^\d{4}-\d\d-\d\dT/, dump);
        for (const resource of Object.values<Resource>(RESOURCES)) {
          for (const namespace of resource.namespaced ? source.namespaces : [""]) {
            const answer = await source.list({ type: "list", collection: "pods", resource, namespace });
            if (answer.state === "ok") objects += answer.items.length;
            else assert.notEqual(answer.detail, "", dump);
          }
        }
      } catch (error) {
        assert.ok(error instanceof UserError, `${dump}: ${error instanceof Error ? error.stack : error}`);
        assert.match(error.message, /holds no Kubernetes object/, dump);
      }
    }
    assert.ok(objects > 500, `only ${objects} objects in ${dumps.length} dumps`);
    context.diagnostic(`${objects} objects in ${dumps.length} dumps`);
  });

  it("a support bundle is whole: no issue, its namespaces listed, what it did not collect is missing", async (context) => {
    if (BUNDLES.length === 0) context.diagnostic(`corpus not present: ${CORPUS}; NOTHING of it was read`);
    for (const bundle of BUNDLES) {
      const source = await fromFiles(bundle);
      assert.deepEqual(source.issues, [], bundle);
      const ask = (resource: Resource) =>
        source.list({ type: "list", collection: "pods", resource, namespace: "kube-system" });
      const pods = await ask(RESOURCES.pods);
      assert.ok(pods.state === "ok" && pods.items.length > 0 && pods.gaps === undefined, bundle);
      assert.equal((await ask(RESOURCES.ingressClasses)).state, "unavailable", bundle);
    }
  });
});
