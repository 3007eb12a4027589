import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FakeApiOptions } from "../support/fake-api.ts";
import { bench } from "../support/kube.ts";

const JOBS = "/apis/batch/v1/namespaces/shop/jobs";

describe("changes", () => {
  const open = bench();

  const connected = async (options: FakeApiOptions, signal?: AbortSignal) => {
    const api = await open.api(options);
    const connection = await open.connect({ kubeconfig: api.kubeconfigPath }, signal === undefined ? {} : { signal });
    return { api, connection };
  };

  for (const protocol of ["h2", "http/1.1"] as const) {
    it(`sends method and body over ${protocol}`, async () => {
      const { api, connection } = await connected({ protocol, objects: [] });
      await connection.send({ method: "POST", path: JOBS, query: { dryRun: "All" }, body: { kind: "Job" } });
      const sent = api.requests[0];
      assert.equal(`${sent?.method} ${sent?.url}`, `POST ${JOBS}?dryRun=All`);
      assert.equal(sent?.headers["content-type"], "application/json");
    });
  }

  it("never sends a POST twice: whether the first was done is not known", async () => {
    const { api, connection } = await connected({ faults: [{ path: JOBS, does: "reset" }] });
    await assert.rejects(connection.send({ method: "POST", path: JOBS, body: {} }));
    assert.equal(api.requests.length, 1);
    const failing = await connected({ faults: [{ path: JOBS, status: 500 }] });
    assert.equal((await failing.connection.send({ method: "POST", path: JOBS, body: {} })).status, 500);
    assert.equal(failing.api.requests.length, 1);
  });

  it("sends a POST again that was refused unread (429)", async () => {
    const { api, connection } = await connected({ faults: [{ path: JOBS, status: 429, times: 1 }] });
    assert.equal((await connection.send({ method: "POST", path: JOBS, body: {} })).status, 200);
    assert.equal(api.requests.length, 2);
  });

  it("sends a DELETE again: deleted twice is deleted", async () => {
    const { api, connection } = await connected({ faults: [{ path: JOBS, does: "reset", times: 1 }] });
    await connection.send({ method: "DELETE", path: `${JOBS}/netcheck-1` });
    assert.equal(api.requests.length, 2);
  });

  it("takes away what we made even after Ctrl-C, and does nothing else then", async () => {
    const stop = new AbortController();
    const { api, connection } = await connected({}, stop.signal);
    await connection.request("/api/v1/nodes");
    stop.abort();
    await assert.rejects(connection.send({ method: "POST", path: JOBS, body: {} }));
    await connection.send({ method: "DELETE", path: `${JOBS}/netcheck-1`, evenWhenEnded: true });
    assert.deepEqual(
      api.requests.map(({ method }) => method),
      ["GET", "DELETE"],
    );
  });

  it("hands on the 401 of a proxied application, which is not ours", async () => {
    const path = "/api/v1/namespaces/shop/pods/web-1:8080/proxy/";
    const { connection } = await connected({ faults: [{ path, status: 401, body: "log in" }] });
    await connection.request("/api/v1/nodes");
    assert.equal((await connection.request(path, { proxied: true, retries: 0 })).status, 401);
    await assert.rejects(connection.request(path), /does not accept our credentials/);
  });
});
