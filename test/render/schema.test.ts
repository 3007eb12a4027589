/** Every report that we make fits the published schema, and the schema refuses what is no report. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import type { Report } from "../../src/model/report.ts";
import { renderJson } from "../../src/render/json.ts";
import { renderYaml } from "../../src/render/yaml.ts";
import { crashed, healthy, mistyped } from "../report/samples.ts";

const schema: Record<string, unknown> = JSON.parse(
  readFileSync(new URL("../../src/render/report.schema.json", import.meta.url), "utf8"),
);
const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

function complaints(text: string): readonly string[] {
  validate(JSON.parse(text));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}

describe("the JSON schema of netcheck/v1", () => {
  for (const [name, report] of Object.entries({ healthy: healthy(), crashed: crashed(), mistyped: mistyped() })) {
    it(`accepts the report ${name}`, () => assert.deepEqual(complaints(renderJson([report])), []));
  }

  it("accepts a list of several, and of none", () => {
    assert.deepEqual(complaints(renderJson([healthy(), crashed()])), []);
    assert.deepEqual(complaints(renderJson([])), []);
    assert.equal(JSON.parse(renderJson([healthy()])).kind, "Report");
    assert.equal(JSON.parse(renderJson([healthy(), healthy()])).kind, "ReportList");
  });

  it("YAML holds the same", () => {
    for (const reports of [[crashed()], [healthy(), mistyped()]])
      assert.deepEqual(load(renderYaml(reports)), JSON.parse(renderJson(reports)));
  });

  const broken: Readonly<Record<string, (report: Report) => unknown>> = {
    "an unknown verdict": (report) => ({ ...report, verdict: "fine" }),
    "another version": (report) => ({ ...report, apiVersion: "netcheck/v2" }),
    "a finding without evidence": (report) => ({
      ...report,
      findings: report.findings.map((one) => ({ ...one, evidence: [] })),
    }),
    "an error without a remedy": (report) => ({
      ...report,
      findings: report.findings.map((one) => ({ ...one, remedy: [] })),
    }),
    "a field that is not documented": (report) => ({ ...report, extra: 1 }),
    "a summary of two lines": (report) => ({ ...report, summary: "a\nb" }),
  };
  for (const [name, spoil] of Object.entries(broken)) {
    it(`refuses ${name}`, () => assert.notDeepEqual(complaints(JSON.stringify(spoil(crashed()))), []));
  }

  it("documents every field that is not plain by its name", () => {
    const report = schema["$defs"] as Record<
      string,
      { readonly properties?: Record<string, { readonly description?: string }> }
    >;
    const plain = [
      "apiVersion",
      "kind",
      "namespace",
      "name",
      "source",
      "target",
      "what",
      "title",
      "evidence",
      "object",
      "id",
      "docs",
      "text",
      "status",
      "columns",
      "mark",
    ];
    const bare = Object.entries(report).flatMap(([name, { properties }]) =>
      Object.entries(properties ?? {}).flatMap(([key, field]) =>
        field.description === undefined && !plain.includes(key) ? [`${name}.${key}`] : [],
      ),
    );
    assert.deepEqual(bare, []);
  });
});
