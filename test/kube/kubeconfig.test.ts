/** Which kubeconfig counts, and what of it: kubectl's rules, each with its counterpart. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";
import { UserError } from "../../src/errors.ts";
import { currentNamespace } from "../../src/kube/connect.ts";
import type { ConnectionFlags, Surroundings } from "../../src/kube/flags.ts";
import { loadKubeconfig, parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { resolveTarget, type Target } from "../../src/kube/target.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | object): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function around(env: Record<string, string> = {}, more: Partial<Surroundings> = {}): Surroundings {
  return {
    env,
    cwd: folder,
    home: undefined,
    stdinIsTerminal: false,
    stderr: 2,
    serviceAccount: join(folder, "no-service-account"),
    ...more,
  };
}

async function target(flags: ConnectionFlags, where: Surroundings): Promise<Target> {
  return resolveTarget(await loadKubeconfig(flags, where), flags, where);
}

/** A kubeconfig with one context of the given name; cluster and user carry the same name. */
function single(
  name: string,
  given: { cluster?: object; user?: object; namespace?: string; current?: boolean } = {},
): object {
  return {
    ...(given.current === false ? {} : { "current-context": name }),
    contexts: [{ name, context: { cluster: name, user: name, namespace: given.namespace ?? name } }],
    clusters: [{ name, cluster: { server: `https://${name}.example:6443`, ...given.cluster } }],
    users: [{ name, user: { token: `token-of-${name}`, ...given.user } }],
  };
}

async function complaint(
  act: () => Promise<unknown>,
): Promise<{ readonly message: string; readonly hints: readonly string[] }> {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return { message: error.message, hints: error.hints };
  }
  return assert.fail("nothing was thrown");
}

describe("kubeconfig: which files", () => {
  const blue = write("blue", single("blue"));
  const red = write("red", single("red"));

  it("KUBECONFIG lists several; the first current-context wins", async () => {
    const { context } = await target({}, around({ KUBECONFIG: [red, blue].join(delimiter) }));
    assert.equal(context, "red");
  });

  it("contexts of every file are there", async () => {
    const { server } = await target({ context: "blue" }, around({ KUBECONFIG: [red, blue].join(delimiter) }));
    assert.equal(server.host, "blue.example:6443");
  });

  it("a file without current-context leaves it to the next", async () => {
    const none = write("none", single("none", { current: false }));
    assert.equal((await target({}, around({ KUBECONFIG: [none, blue].join(delimiter) }))).context, "blue");
  });

  it("files that do not exist and empty entries are skipped", async () => {
    const list = [join(folder, "missing"), "", blue, ""].join(delimiter);
    assert.equal((await target({}, around({ KUBECONFIG: list }))).context, "blue");
  });

  it("of two entries with one name the first file's counts, whole", async () => {
    const other = write(
      "other-blue",
      single("blue", { cluster: { server: "https://other.example", "tls-server-name": "x" } }),
    );
    const { server, cluster } = await target({}, around({ KUBECONFIG: [blue, other].join(delimiter) }));
    assert.equal(server.host, "blue.example:6443");
    assert.equal(cluster.tlsServerName, undefined);
  });

  it("--kubeconfig alone counts, and must exist", async () => {
    assert.equal((await target({ kubeconfig: "red" }, around({ KUBECONFIG: blue }))).context, "red");
    const { message } = await complaint(() => target({ kubeconfig: "absent" }, around({ KUBECONFIG: blue })));
    assert.equal(message, `cannot read the kubeconfig ${join(folder, "absent")}: there is no such file`);
  });

  it("~/.kube/config is the default", async () => {
    write("home/.kube/config", single("home"));
    assert.equal((await target({}, around({}, { home: join(folder, "home") }))).context, "home");
    assert.equal((await target({}, around({ KUBECONFIG: blue }, { home: join(folder, "home") }))).context, "blue");
  });

  it("no kubeconfig at all: says where it looked and how to get one", async () => {
    const { message, hints } = await complaint(() => target({}, around({}, { home: join(folder, "nobody") })));
    assert.equal(message, `no API server is known (looked at ${join(folder, "nobody", ".kube", "config")})`);
    assert.match(hints.join(), /az aks get-credentials/);
  });

  it("--server alone is enough", async () => {
    assert.equal((await target({ server: "http://127.0.0.1:8001" }, around())).server.href, "http://127.0.0.1:8001/");
  });
});

describe("kubeconfig: paths", () => {
  it("are relative to their file; flags to the working folder", async () => {
    const user = { token: "", "client-certificate": "pki/me.crt", "client-key": "/abs/me.key", tokenFile: "../token" };
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./bin/login" };
    const path = write(
      "deep/config",
      single("deep", { cluster: { "certificate-authority": "ca.crt" }, user: { ...user, exec } }),
    );
    const found = await target({ kubeconfig: path }, around());
    assert.equal(found.cluster.caFile, join(folder, "deep", "ca.crt"));
    assert.equal(found.user.certFile, join(folder, "deep", "pki", "me.crt"));
    assert.equal(found.user.keyFile, "/abs/me.key");
    assert.equal(found.user.tokenFile, join(folder, "token"));
    assert.equal(found.user.exec?.command, join(folder, "deep", "bin", "login"));
    const flagged = await target({ kubeconfig: path, clientCertificate: "mine.crt" }, around());
    assert.equal(flagged.user.certFile, join(folder, "mine.crt"));
  });

  it("a bare plugin name stays one for PATH", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "kubelogin" };
    const path = write("bare", single("bare", { user: { exec } }));
    assert.equal((await target({ kubeconfig: path }, around())).user.exec?.command, "kubelogin");
  });
});

describe("kubeconfig: flags over file", () => {
  const data = { "certificate-authority-data": "Y2E=", "tls-server-name": "inner", "proxy-url": "http://proxy:1" };
  const path = write("flags", single("flags", { cluster: data, user: { tokenFile: "t" } }));
  const resolved = (flags: ConnectionFlags): Promise<Target> => target({ kubeconfig: path, ...flags }, around());

  it("--insecure-skip-tls-verify drops the authority", async () => {
    const { cluster } = await resolved({ insecureSkipTlsVerify: true });
    assert.equal(cluster.caData, undefined);
    assert.equal(cluster.insecure, true);
  });

  it("--certificate-authority replaces inline data", async () => {
    const { cluster } = await resolved({ certificateAuthority: "other.crt" });
    assert.equal(cluster.caData, undefined);
    assert.equal(cluster.caFile, join(folder, "other.crt"));
  });

  it("--server drops a tls-server-name that was meant for the other address", async () => {
    assert.equal((await resolved({})).cluster.tlsServerName, "inner");
    assert.equal((await resolved({ server: "https://1.2.3.4" })).cluster.tlsServerName, undefined);
    assert.equal((await resolved({ server: "https://1.2.3.4", tlsServerName: "mine" })).cluster.tlsServerName, "mine");
  });

  it("--token wins over the token file", async () => {
    assert.equal((await resolved({ token: "mine" })).user.tokenFile, undefined);
    assert.equal((await resolved({ token: "mine" })).user.token, "mine");
  });

  it("--user and --cluster pick other entries", async () => {
    const two = write("two", {
      ...single("a"),
      clusters: [...["a", "b"].map((name) => ({ name, cluster: { server: `https://${name}.example` } }))],
      users: [...["a", "b"].map((name) => ({ name, user: { token: name } }))],
    });
    const { server, user, namespace } = await target({ kubeconfig: two, cluster: "b", user: "b" }, around());
    assert.deepEqual([server.host, user.token, namespace], ["b.example", "b", "a"]);
  });

  it("the namespace: flag, then context, then default", async () => {
    assert.equal((await resolved({ namespace: "mine" })).namespace, "mine");
    assert.equal((await resolved({})).namespace, "flags");
    const bare = write("bare-namespace", single("bare-namespace", { namespace: "" }));
    assert.equal((await target({ kubeconfig: bare }, around())).namespace, "default");
    assert.deepEqual(await currentNamespace({ kubeconfig: path }, { env: {} }), {
      context: "flags",
      namespace: "flags",
    });
  });

  it("impersonation: flags replace what the user entry says", async () => {
    const as = { as: "eve", "as-groups": ["x"], "as-uid": "7", "as-user-extra": { scopes: ["a", "b"] } };
    const file = write("as", single("as", { user: as }));
    const fromFile = (await target({ kubeconfig: file }, around())).user;
    assert.deepEqual(
      [fromFile.as, fromFile.asGroups, fromFile.asUid, fromFile.asUserExtra],
      ["eve", ["x"], "7", { scopes: ["a", "b"] }],
    );
    const flagged = (await target({ kubeconfig: file, asGroup: ["y", "z"], asUserExtra: ["k=1=2", "k=3"] }, around()))
      .user;
    assert.deepEqual(flagged.asGroups, ["y", "z"]);
    assert.deepEqual(flagged.asUserExtra, { k: ["1=2", "3"] });
  });
});

describe("kubeconfig: contexts", () => {
  it("a context without a user keeps its cluster's TLS settings", async () => {
    const path = write("no-user", {
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c" } }],
      clusters: [
        { name: "c", cluster: { server: "https://c", "insecure-skip-tls-verify": true, "tls-server-name": "inner" } },
      ],
      users: null,
    });
    const { cluster, user } = await target({ kubeconfig: path }, around());
    assert.deepEqual([cluster.insecure, cluster.tlsServerName, user], [true, "inner", {}]);
  });

  it("an unknown context: near names", async () => {
    const path = write("prod", {
      ...single("prod-eu"),
      contexts: ["prod-eu", "prod-us", "dev"].map((name) => ({ name, context: { cluster: "prod-eu" } })),
    });
    const { message, hints } = await complaint(() => target({ kubeconfig: path, context: "prod-ue" }, around()));
    assert.equal(message, `there is no context "prod-ue" in ${path}`);
    assert.deepEqual(hints, ["did you mean prod-eu or prod-us?"]);
  });

  it("no current context: the ones there are", async () => {
    const path = write("no-current", single("only", { current: false }));
    const { message, hints } = await complaint(() => target({ kubeconfig: path }, around()));
    assert.equal(message, `no context is current (looked at ${path})`);
    assert.deepEqual(hints, ["choose one with --context or kubectl config use-context: only"]);
  });

  it("a context that names what is not defined", async () => {
    const path = write("dangling", { ...single("d"), clusters: [{ name: "dd", cluster: { server: "x" } }] });
    const { message, hints } = await complaint(() => target({ kubeconfig: path }, around()));
    assert.equal(message, `the kubeconfig's context names the cluster "d", which it does not define`);
    assert.deepEqual(hints, ["did you mean dd?"]);
  });

  it("an undefined user is nobody, as for kubectl; one asked for with --user must exist", async () => {
    const path = write("nobody", { ...single("d"), users: [] });
    assert.deepEqual((await target({ kubeconfig: path }, around())).user, {});
    const { message } = await complaint(() => target({ kubeconfig: path, user: "me" }, around()));
    assert.equal(message, 'the kubeconfig has no user "me"');
  });
});

describe("kubeconfig: server addresses", () => {
  const at = async (server: string, cluster: object = {}): Promise<string> => {
    const path = write("server", single("s", { cluster: { server, ...cluster } }));
    return (await target({ kubeconfig: path }, around())).server.href;
  };

  it("keep a path prefix", async () =>
    assert.equal(await at("https://rancher/k8s/clusters/c-1/"), "https://rancher/k8s/clusters/c-1/"));
  it("plain http is fine (kubectl proxy)", async () =>
    assert.equal(await at("http://localhost:8001"), "http://localhost:8001/"));
  it("without a scheme: https when there is TLS to use, else http", async () => {
    assert.equal(await at("1.2.3.4:6443", { "insecure-skip-tls-verify": true }), "https://1.2.3.4:6443/");
    assert.equal(await at("1.2.3.4:8080"), "http://1.2.3.4:8080/");
  });
  it("what is no address is refused without its password", async () => {
    const { message } = await complaint(() => at("https://me:secret@"));
    assert.equal(message, 'the server address "https://" is not a URL');
  });
});

describe("kubeconfig: inside a pod", () => {
  const serviceAccount = join(folder, "service-account");
  write("service-account/token", "pod-token\n");
  write("service-account/ca.crt", "-----BEGIN CERTIFICATE-----");
  write("service-account/namespace", "shop\n");
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

  it("the service account serves when there is no kubeconfig", async () => {
    const found = await target({}, around(env, { serviceAccount }));
    assert.deepEqual([found.server.href, found.namespace, found.context], ["https://[fd00::1]/", "shop", "in-cluster"]);
    assert.equal(found.user.tokenFile, join(serviceAccount, "token"));
    assert.equal(found.cluster.caFile, join(serviceAccount, "ca.crt"));
  });

  it("a kubeconfig wins over it", async () => {
    const KUBECONFIG = write("in-pod", single("in-pod"));
    assert.equal((await target({}, around({ ...env, KUBECONFIG }, { serviceAccount }))).context, "in-pod");
  });

  it("POD_NAMESPACE and -n win over the mounted namespace", async () => {
    const named = { ...env, POD_NAMESPACE: "podns" };
    assert.equal((await target({}, around(named, { serviceAccount }))).namespace, "podns");
    assert.equal((await target({ namespace: "mine" }, around(named, { serviceAccount }))).namespace, "mine");
  });
});

describe("kubeconfig: malformed", () => {
  const said = async (text: string): Promise<string> => (await complaint(() => parseKubeconfig(text, "/f"))).message;

  it("bad YAML: file and line, and none of its text", async () => {
    const message = await said("users:\n- name: a\n  user:\n    token: hunter2\n   x: y\n");
    assert.match(message, /^the kubeconfig \/f:5 is malformed: /);
    assert.doesNotMatch(message, /hunter2/);
  });
  it("wrong shapes: which field", async () => {
    assert.equal(await said("[]"), "the kubeconfig /f is malformed: the document is not a mapping");
    assert.equal(await said("clusters: {}"), "the kubeconfig /f is malformed: clusters is not a list");
    assert.equal(await said("users: [{user: {}}]"), "the kubeconfig /f is malformed: users[0] has no name");
    assert.equal(
      await said("users: [{name: u, user: {token: [x]}}]"),
      "the kubeconfig /f is malformed: token is not a string",
    );
    assert.equal(
      await said("users: [{name: u, user: {exec: {command: x}}}]"),
      "the kubeconfig /f is malformed: exec of user u has no apiVersion",
    );
  });
  it("two entries of one name in one file: which one?", async () =>
    assert.equal(
      await said("users: [{name: u, user: {}}, {name: u, user: {}}]"),
      "the kubeconfig /f is malformed: users has two entries named u",
    ));
  it("of a key that comes twice the last counts, as for kubectl, however the file is read", async () => {
    for (const text of [
      "current-context: a\ncurrent-context: b\n",
      "current-context: a # the old one\ncurrent-context: b\n",
      '{"current-context": "a", "current-context": "b"}',
    ])
      assert.equal((await parseKubeconfig(text, "/f")).currentContext, "b", text);
  });
  it("an empty file is no fault", async () => assert.equal((await parseKubeconfig("\n", "/f")).contexts.size, 0));
});
