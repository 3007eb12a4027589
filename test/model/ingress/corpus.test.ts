/**
 * The conformance suite of Ingress controllers, when it lies beside the checkout (`../shared/corpus`): every request must come to the backend that it
 * names. Without it this file says so aloud; the project's own cases stand in routes.test.ts.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { routeFor } from "../../../src/model/ingress/routes.ts";
import type { Ingress } from "../../../src/model/kube.ts";

const CORPUS = join(
  process.env["NETCHECK_CORPUS"] ?? fileURLToPath(new URL("../../../../shared/corpus/", import.meta.url)),
  "routing/ingress-conformance/",
);

interface Probe {
  readonly scenario: string;
  readonly url: string;
  readonly expected_status: number;
  readonly expected_backend?: string;
}

/** What stands in the file: an Ingress, or the spec of one. */
function ingressOf(text: string): Ingress {
  const document = loadAll(text)[0] as Partial<Ingress> & { readonly metadata?: { readonly name?: string } };
  const spec = document.spec ?? (document as Ingress["spec"]);
  const { name = "conformance" } = document.metadata ?? {};
  return { kind: "Ingress", metadata: { name, namespace: "default" }, ...(spec === undefined ? {} : { spec }) };
}

describe("the conformance suite of Ingress controllers", () => {
  const files = existsSync(CORPUS) ? globSync(join(CORPUS, "*/route-probes.json")).sort() : [];

  it("is there", (context) => {
    if (files.length === 0) context.diagnostic(`corpus not present: ${CORPUS}; NOTHING of it was asked`);
  });

  for (const file of files) {
    it(dirname(file).slice(CORPUS.length), (context) => {
      const { probes } = JSON.parse(readFileSync(file, "utf8")) as { readonly probes: readonly Probe[] };
      const ingress = ingressOf(readFileSync(join(dirname(file), "ingress.yaml"), "utf8"));
      for (const { scenario, url, expected_status, expected_backend } of probes) {
        const { host, pathname } = new URL(url);
        const answer = routeFor([ingress], host, pathname, "standard");
        const seen = answer.kind === "route" ? answer.route.backend.service : answer.kind;
        assert.equal(seen, expected_status === 404 ? "none" : (expected_backend ?? seen), `${scenario}: ${url}`);
        if (expected_status !== 404) assert.equal(answer.kind, "route", `${scenario}: ${url}`);
      }
      context.diagnostic(`${probes.length} requests`);
    });
  }
});
