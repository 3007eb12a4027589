/** The conformance suite of Ingress controllers, as the corpus holds it: requests, each with the backend that must answer. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadAll } from "js-yaml";
import { routeFor } from "../../src/model/ingress/routes.ts";
import type { Ingress } from "../../src/model/kube.ts";

interface Probe {
  readonly scenario: string;
  readonly url: string;
  readonly expected_status: number;
  readonly expected_backend?: string;
}

/** One request of the suite; `wrong` says what came instead, and is undefined when the answer is right. */
export interface Judged {
  readonly feature: string;
  readonly wrong: string | undefined;
}

/** What stands in the file: an Ingress, or the spec of one. */
function ingressOf(text: string): Ingress {
  const document = loadAll(text)[0] as Partial<Ingress> & { readonly metadata?: { readonly name?: string } };
  const spec = document.spec ?? (document as Ingress["spec"]);
  const { name = "conformance" } = document.metadata ?? {};
  return { kind: "Ingress", metadata: { name, namespace: "default" }, ...(spec === undefined ? {} : { spec }) };
}

/** Every request of `CORPUS/routing/ingress-conformance`; none when it is not there. */
export function conformance(corpus: string): readonly Judged[] {
  const files = globSync(join(corpus, "routing/ingress-conformance/*/route-probes.json")).sort();
  return files.flatMap((file) => {
    const { probes } = JSON.parse(readFileSync(file, "utf8")) as { readonly probes: readonly Probe[] };
    const ingress = ingressOf(readFileSync(join(dirname(file), "ingress.yaml"), "utf8"));
    const feature = dirname(file).split("/").at(-1) ?? "";
    return probes.map((probe) => ({ feature, wrong: wrongWith(ingress, probe) }));
  });
}

function wrongWith(ingress: Ingress, { scenario, url, expected_status, expected_backend }: Probe): string | undefined {
  const { host, pathname } = new URL(url);
  const answer = routeFor([ingress], host, pathname, "standard");
  const seen = answer.kind === "route" ? answer.route.backend.service : answer.kind;
  const wanted = expected_status === 404 ? "none" : (expected_backend ?? seen);
  const right = seen === wanted && (expected_status === 404 || answer.kind === "route");
  return right ? undefined : `${scenario}: ${url} goes to ${seen}, not to ${wanted}`;
}
