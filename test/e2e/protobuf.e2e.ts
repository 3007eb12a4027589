/** On a real API server: what it says in protobuf is what it says in JSON, lists and refusals. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "../../src/kube/connect.ts";
import { fromProtobuf } from "../../src/kube/protobuf.ts";
import type { Answer, Connection } from "../../src/kube/transport.ts";
import { eventually } from "./support/cluster.ts";
import { target } from "./support/target.ts";

const partial = (type: string): string => `${type};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`;
const PROTOBUF = partial("application/vnd.kubernetes.protobuf");
const JSON_TOO = partial("application/json");

interface List {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly { readonly metadata: Readonly<Record<string, unknown>> }[];
}

function decoded({ protobuf }: Answer): Readonly<Record<string, unknown>> {
  assert.ok(protobuf !== undefined, "the server answers in protobuf");
  return fromProtobuf(protobuf);
}

describe("a real API server's protobuf", () => {
  let api: Connection;
  before(async () => {
    api = await connect({ kubeconfig: target.kubeconfig });
  });
  after(() => api.close());

  for (const path of ["/api/v1/pods", "/api/v1/nodes", "/apis/apps/v1/replicasets", "/api/v1/namespaces"])
    it(`lists the same metadata as its JSON: ${path}`, async () => {
      // Something may change between the two answers: then both are asked for again.
      await eventually(async () => {
        const theirs = JSON.parse((await api.request(path, { accept: JSON_TOO })).text) as List;
        const ours = decoded(await api.request(path, { accept: PROTOBUF })) as unknown as List;
        assert.ok(
          theirs.items.some(({ metadata }) => Array.isArray(metadata["managedFields"])),
          "the server does send managedFields",
        );
        const expected = theirs.items.map(({ metadata: { managedFields: _, ...kept } }) => ({ metadata: kept }));
        assert.deepEqual(ours.items, expected);
        assert.equal(ours.metadata.resourceVersion, theirs.metadata.resourceVersion);
        return true;
      });
    });

  it("gives pages by the same token", async () => {
    const first = decoded(await api.request("/api/v1/namespaces", { accept: PROTOBUF, query: { limit: 1 } }));
    const { metadata, items } = first as unknown as List;
    assert.equal(items.length, 1);
    const next = await api.request("/api/v1/namespaces", {
      accept: JSON_TOO,
      query: { limit: 1, continue: metadata.continue },
    });
    const second = JSON.parse(next.text) as List;
    assert.notEqual(second.items[0]?.metadata["name"], items[0]?.metadata["name"]);
  });

  // Kubernetes 1.36 refuses in JSON whatever was asked for, since a Status is no list of metadata; in protobuf it would be read as well.
  const refusal = (answer: Answer): unknown =>
    answer.protobuf === undefined ? JSON.parse(answer.text)?.message : decoded(answer)["message"];

  it("says what is wrong with a request", async () => {
    const answer = await api.request("/api/v1/pods", { accept: PROTOBUF, query: { labelSelector: "a=b=c" } });
    assert.equal(answer.status, 400);
    assert.match(String(refusal(answer)), /found '='/);
  });

  it("says what is forbidden", async () => {
    const nobody = await connect({ kubeconfig: target.kubeconfig, as: "netcheck-nobody" });
    try {
      const answer = await nobody.request("/api/v1/pods", { accept: PROTOBUF });
      assert.equal(answer.status, 403);
      assert.match(String(refusal(answer)), /^pods is forbidden: /);
    } finally {
      nobody.close();
    }
  });
});
