/** Whom the packaged program believes that it is the API server. It comes without node's usual list of authorities, so this is looked at on itself. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { dump, load } from "js-yaml";
import { type FakeApi, startFakeApi } from "../support/fake-api.ts";
import { service } from "../support/objects.ts";
import { BINARY } from "./support/binary.ts";

interface File {
  readonly clusters: { readonly cluster: Record<string, unknown> }[];
}

describe("whom the packaged program trusts", () => {
  let api: FakeApi;
  let authority = "";
  let without = "";
  before(async () => {
    api = await startFakeApi({ objects: [service()] });
    const config = load(readFileSync(api.kubeconfigPath, "utf8")) as File;
    delete config.clusters[0]?.cluster["certificate-authority-data"];
    without = join(api.folder, "without-authority.yaml");
    writeFileSync(without, dump(config));
    authority = join(api.folder, "authority.pem");
    writeFileSync(authority, api.authority.cert);
  });
  after(() => api.close());

  const run = (kubeconfig: string, env: Readonly<Record<string, string>> = {}): Promise<readonly [number, string]> =>
    new Promise((resolve) => {
      const args = ["svc", "web", "-n", "shop", "--kubeconfig", kubeconfig];
      execFile(BINARY, args, { env: { PATH: process.env["PATH"] ?? "", ...env } }, (error, _stdout, stderr) =>
        resolve([typeof error?.code === "number" ? error.code : 0, stderr]),
      );
    });

  it("the authority that the kubeconfig names", async () => {
    const [code, stderr] = await run(api.kubeconfigPath);
    assert.notEqual(code, 2, stderr);
  });

  it("nobody of whom neither the kubeconfig nor the machine knows", async () => {
    const [code, stderr] = await run(without);
    assert.equal(code, 2);
    assert.match(stderr, /its certificate is signed by an unknown authority/);
  });

  it("the authorities of NODE_EXTRA_CA_CERTS when the kubeconfig names none", async () => {
    const [code, stderr] = await run(without, { NODE_EXTRA_CA_CERTS: authority });
    assert.notEqual(code, 2, stderr);
  });

  it("nobody else's when the kubeconfig names one", async () => {
    const config = load(readFileSync(api.kubeconfigPath, "utf8")) as File;
    const stranger = await startFakeApi();
    try {
      const cluster = config.clusters[0]?.cluster ?? {};
      cluster["certificate-authority-data"] = Buffer.from(stranger.authority.cert).toString("base64");
      const other = join(api.folder, "other-authority.yaml");
      writeFileSync(other, dump(config));
      const [code, stderr] = await run(other, { NODE_EXTRA_CA_CERTS: authority });
      assert.equal(code, 2);
      assert.match(stderr, /its certificate is signed by /);
    } finally {
      await stranger.close();
    }
  });
});
