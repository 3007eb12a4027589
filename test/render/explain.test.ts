import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { catalogueOf, renderCatalogue, renderCatalogueJson } from "../../src/render/catalogue.ts";
import { nearIds, renderExplain } from "../../src/render/explain.ts";
import { width } from "../../src/render/width.ts";

const OPTIONS = { columns: 80, colour: false, unicode: true };

describe("explain", () => {
  it("says what a finding means, who asks, what is read, where to read on", () => {
    const text = renderExplain(CHECKS, "pod/node-lost", OPTIONS) ?? "";
    assert.match(text, /^pod\/node-lost {2}error\n {2}The pod's node is gone\n\n {2}spec\.nodeName names a node/);
    assert.match(
      text,
      /\n {2}question {5}Does the node that should run the pod still exist\?\n {2}asked by {5}pod, svc, ingress/,
    );
    assert.match(text, /\n {2}reads {8}nodes\n/);
    assert.match(text, /\n {2}docs {9}https:\/\/kubernetes\.io\//);
  });

  it("takes an id without its layer", () => {
    assert.equal(renderExplain(CHECKS, "node-lost", OPTIONS), renderExplain(CHECKS, "pod/node-lost", OPTIONS));
    assert.equal(renderExplain(CHECKS, " POD/node-lost ", OPTIONS), renderExplain(CHECKS, "pod/node-lost", OPTIONS));
  });

  it("does not guess: an unknown id has no text, but near ones", () => {
    assert.equal(renderExplain(CHECKS, "pod/node-lots", OPTIONS), undefined);
    assert.equal(nearIds(CHECKS, "pod/node-lots")[0], "pod/node-lost");
    assert.equal(nearIds(CHECKS, "selector-nothing")[0], "svc/selector-matches-nothing");
    assert.deepEqual(nearIds(CHECKS, "zzzzqq"), []);
  });

  it("every finding has an explanation, which fits the terminal", () => {
    for (const { id } of catalogueOf(CHECKS)) {
      const text = renderExplain(CHECKS, id, OPTIONS) ?? "";
      const long = text.split("\n").filter((line) => width(line) > 80 && !line.includes("https://"));
      assert.deepEqual(long, [], id);
      assert.ok(text.length > 200, `${id} explains too little`);
    }
  });
});

describe("the catalogue", () => {
  it("lists every finding once, by id", () => {
    const ids = catalogueOf(CHECKS).map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)].sort());
    assert.ok(ids.includes("svc/no-ready-endpoints"));
  });

  it("of one command holds only what it can find", () => {
    assert.ok(catalogueOf(CHECKS, "pod").every(({ appliesTo }) => appliesTo.includes("pod")));
    assert.ok(catalogueOf(CHECKS, "pod").length < catalogueOf(CHECKS).length);
  });

  it("prints as a table and as JSON", () => {
    const entries = catalogueOf(CHECKS).filter(({ id }) => id === "pod/node-lost");
    const text = renderCatalogue(entries, { ...OPTIONS, wide: false });
    assert.match(
      text,
      /^ {2}FINDING {8}SEVERITY {2}TITLE.*COMMANDS\n {2}pod\/node-lost {2}error {5}The pod's node is gone {2}pod,svc,ingress\n$/,
    );
    assert.deepEqual(JSON.parse(renderCatalogueJson(entries)).items, JSON.parse(JSON.stringify(entries)));
  });
});
