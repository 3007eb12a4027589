/** Who we are to the server: tokens, certificates, impersonation, and what a 401 says. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { certificate } from "../support/certs.ts";
import { bench, kubeconfig, outcome } from "../support/kube.ts";

const { api: startApi, connect } = bench();
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("credentials", () => {
  it("a client certificate is shown in the handshake, and is enough", async () => {
    const api = await startApi({ token: "none has it" });
    assert.equal(await outcome(await connect({ kubeconfig: api.kubeconfigPath })), "200");
    assert.equal(api.requests[0]?.clientName, "fake-admin");
  });

  it("inline certificate data wins over files", async () => {
    const api = await startApi({ token: "none has it" });
    const user = {
      "client-certificate": "missing.crt",
      "client-key": "missing.key",
      "client-certificate-data": base64(api.client.cert),
      "client-key-data": base64(api.client.key),
    };
    assert.equal(await outcome(await connect({ kubeconfig: kubeconfig(api, { user }) })), "200");
  });

  it("--client-certificate and --client-key, --certificate-authority: from files", async () => {
    const api = await startApi({ token: "none has it" });
    const file = (name: string, text: string): string => {
      writeFileSync(join(api.folder, name), text);
      return name;
    };
    const flags = {
      server: api.server,
      certificateAuthority: file("ca.crt", api.authority.cert),
      clientCertificate: file("me.crt", api.client.cert),
      clientKey: file("me.key", api.client.key),
    };
    assert.equal(await outcome(await connect(flags, { around: { cwd: api.folder, home: undefined } })), "200");
  });

  it("a token file is read relative to the kubeconfig, trimmed, and wins over a token", async () => {
    const api = await startApi({ token: "right" });
    writeFileSync(join(api.folder, "token"), "  right\n\n");
    const path = kubeconfig(api, { user: { tokenFile: "token", token: "stale" } });
    assert.equal(await outcome(await connect({ kubeconfig: path })), "200");
  });

  it("a token file that is gone leaves the token; without one it is an error", async () => {
    const api = await startApi({ token: "right" });
    const path = kubeconfig(api, { user: { tokenFile: "gone", token: "right" } });
    assert.equal(await outcome(await connect({ kubeconfig: path })), "200");
    const alone = kubeconfig(api, { user: { tokenFile: "gone" } }, "alone");
    await assert.rejects(connect({ kubeconfig: alone }), {
      name: "UserError",
      message: `cannot read the token file ${join(api.folder, "gone")} (ENOENT)`,
    });
  });

  it("--token wins over everything", async () => {
    const api = await startApi({ token: "right" });
    const path = kubeconfig(api, { user: { token: "wrong" } });
    assert.equal(await outcome(await connect({ kubeconfig: path, token: "right" })), "200");
  });

  it("a token with a space or a line break is refused before it is sent, and not shown", async () => {
    const api = await startApi();
    const path = kubeconfig(api, { user: { token: "two\nlines" } });
    await assert.rejects(connect({ kubeconfig: path }), (error: Error) => {
      assert.match(error.message, /holds spaces or other characters/);
      assert.doesNotMatch(error.message, /two/);
      return true;
    });
  });

  it("user name and password make basic authentication", async () => {
    const api = await startApi();
    const path = kubeconfig(api, { user: { username: "me", password: "pass:word" } });
    await outcome(await connect({ kubeconfig: path }));
    assert.equal(api.requests[0]?.headers["authorization"], `Basic ${base64("me:pass:word")}`);
  });

  it("a certificate without its key, and the other way round", async () => {
    const api = await startApi();
    const user = { "client-certificate-data": base64(api.client.cert) };
    await assert.rejects(connect({ kubeconfig: kubeconfig(api, { user }) }), {
      message: `there is a client certificate for ${api.server}, but no client key`,
    });
  });

  it("an authority together with insecure-skip-tls-verify is refused, as by kubectl", async () => {
    const api = await startApi();
    const cluster = {
      "insecure-skip-tls-verify": true,
      "certificate-authority-data": base64(api.authority.cert),
    };
    const refused = {
      message: `both a certificate authority and insecure-skip-tls-verify are given for ${api.server}, which kubectl refuses too`,
    };
    await assert.rejects(connect({ kubeconfig: kubeconfig(api, { cluster }) }), refused);
    const flags = { server: api.server, certificateAuthority: "ca.crt", insecureSkipTlsVerify: true };
    await assert.rejects(connect(flags, { around: { home: undefined } }), refused);
    // The flag alone replaces what the file says.
    const path = kubeconfig(api, { cluster });
    assert.equal(await outcome(await connect({ kubeconfig: path, insecureSkipTlsVerify: true })), "200");
  });

  it("auth providers that kubectl has dropped: what to do instead", async () => {
    const api = await startApi();
    const path = kubeconfig(api, { user: { "auth-provider": { name: "azure", config: { "access-token": "x" } } } });
    await assert.rejects(connect({ kubeconfig: path }), {
      name: "UserError",
      message: `the user "own" for ${api.server} uses the auth provider "azure", which kubectl no longer has`,
      hints: ["convert the kubeconfig: kubelogin convert-kubeconfig -l azurecli"],
    });
  });
});

describe("impersonation", () => {
  for (const protocol of ["h2", "http/1.1"] as const)
    it(`user, uid, every group and extra go along over ${protocol}`, async () => {
      const api = await startApi({ protocol });
      const flags = {
        kubeconfig: api.kubeconfigPath,
        as: "jürgen",
        asUid: "42",
        asGroup: ["dev", "ops"],
        asUserExtra: ["example.com/Scope=a", "example.com/Scope=b"],
      };
      await outcome(await connect(flags));
      const headers = api.requests[0]?.headers ?? {};
      const utf8 = Buffer.from(String(headers["impersonate-user"]), "latin1").toString("utf8");
      assert.equal(utf8, "jürgen");
      assert.equal(headers["impersonate-uid"], "42");
      assert.equal(headers["impersonate-group"], "dev, ops");
      assert.equal(headers["impersonate-extra-example.com%2fscope"], "a, b");
    });

  it("groups without a user are refused here, as by kubectl", async () => {
    const api = await startApi();
    await assert.rejects(connect({ kubeconfig: api.kubeconfigPath, asGroup: ["dev"] }), {
      message: "a uid, groups or extra are to be impersonated, but no user",
    });
  });
});

describe("a 401", () => {
  const now = "2031-01-01T00:00:00Z";
  const jwt = (exp: number): string =>
    ["{}", JSON.stringify({ exp }), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".");

  const refused = async (user: object | undefined): Promise<string> => {
    const api = await startApi({ token: "right", now });
    const path = kubeconfig(api, user === undefined ? {} : { user });
    return (await outcome(await connect({ kubeconfig: path }))).replaceAll(api.server, "SERVER");
  };
  const start = "credentials: the API server SERVER does not accept our credentials";

  it("an expired token: since when, by the server's clock", async () => {
    const said = await refused({ token: jwt(Date.parse("2030-12-31T23:00:00Z") / 1000) });
    assert.equal(
      said,
      `${start}: the token expired at 2030-12-31T23:00:00Z → log in again, or fetch the kubeconfig again, for the context "own"`,
    );
  });

  it("a token that is not expired, or opaque, is just refused", async () => {
    const valid = jwt(Date.parse("2031-12-31T23:00:00Z") / 1000);
    for (const token of [valid, "opaque", "a.b.c"])
      assert.match(await refused({ token }), /credentials: the token is refused → log in again/);
  });

  it("an expired client certificate", async () => {
    const authority = certificate({ name: "old-ca" });
    const old = certificate({ name: "me", notAfter: "2024-05-06" }, authority);
    const user = { "client-certificate-data": base64(old.cert), "client-key-data": base64(old.key) };
    assert.equal(
      await refused(user),
      `${start}: the client certificate expired at 2024-05-06T00:00:00Z → fetch the kubeconfig again (AKS: az aks get-credentials)`,
    );
  });

  it("a context without a user", async () => {
    assert.equal(
      await refused(undefined),
      `${start}: the context "own" brings no credentials (it names no user) → add a user with credentials to the kubeconfig, or give --token`,
    );
  });
});
