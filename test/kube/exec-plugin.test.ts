/** Credential plugins, such as kubelogin: a script of ours stands in for them. */
import assert from "node:assert/strict";
import { chmodSync, closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { FakeApi } from "../support/fake-api.ts";
import { bench, kubeconfig, outcome } from "../support/kube.ts";

const { api: startApi, connect } = bench();
const V1 = "client.authentication.k8s.io/v1";

/** Writes an executable script that notes its environment and call in `calls`, then runs `body`. */
function plugin(api: FakeApi, body: string, name = "plugin"): string {
  const path = join(api.folder, name);
  const script = `#!${process.execPath}
    const fs = require("node:fs");
    const { KUBERNETES_EXEC_INFO, EXTRA } = process.env;
    fs.appendFileSync(${JSON.stringify(join(api.folder, "calls"))}, JSON.stringify({ info: JSON.parse(KUBERNETES_EXEC_INFO), EXTRA, args: process.argv.slice(2) }) + "\\n");
    const credential = (status, apiVersion = ${JSON.stringify(V1)}) => console.log(JSON.stringify({ kind: "ExecCredential", apiVersion, status }));
    ${body}`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

interface Call {
  readonly info: { readonly kind: string; readonly apiVersion: string; readonly spec: Record<string, unknown> };
  readonly EXTRA?: string;
  readonly args: readonly string[];
}

function calls(api: FakeApi): readonly Call[] {
  const path = join(api.folder, "calls");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line): Call => JSON.parse(line));
}

const exec = (command: string, more: object = {}): object => ({
  exec: { apiVersion: V1, command, interactiveMode: "Never", ...more },
});

describe("credential plugins", () => {
  it("run once, however many requests follow in parallel", async () => {
    const api = await startApi({ token: "right" });
    plugin(api, 'credential({ token: "right\\n" })');
    const user = exec("./plugin", { args: ["get-token"], env: [{ name: "EXTRA", value: "1" }] });
    const connection = await connect({ kubeconfig: kubeconfig(api, { user }) }, { around: { env: process.env } });
    const paths = ["/api/v1/nodes", "/api/v1/pods", "/api/v1/services"];
    assert.deepEqual(await Promise.all(paths.map((path) => outcome(connection, path))), ["200", "200", "200"]);
    assert.deepEqual(calls(api), [
      {
        info: { kind: "ExecCredential", apiVersion: V1, spec: { interactive: false } },
        EXTRA: "1",
        args: ["get-token"],
      },
    ]);
  });

  it("are told about the cluster when the kubeconfig says so", async () => {
    const api = await startApi({ token: "right" });
    plugin(api, 'credential({ token: "right" })');
    const ca = Buffer.from(api.authority.cert).toString("base64");
    const cluster = {
      "certificate-authority-data": ca,
      "tls-server-name": "localhost",
      extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }],
    };
    const path = kubeconfig(api, { cluster, user: exec("./plugin", { provideClusterInfo: true }) });
    assert.equal(await outcome(await connect({ kubeconfig: path })), "200");
    assert.deepEqual(calls(api)[0]?.info.spec, {
      interactive: false,
      cluster: {
        server: api.server,
        "tls-server-name": "localhost",
        "certificate-authority-data": ca,
        config: { audience: "x" },
      },
    });
  });

  it("may hand out a client certificate", async () => {
    const api = await startApi({ token: "none has it" });
    const status = { clientCertificateData: api.client.cert, clientKeyData: api.client.key };
    plugin(api, `credential(${JSON.stringify(status)})`);
    assert.equal(await outcome(await connect({ kubeconfig: kubeconfig(api, { user: exec("./plugin") }) })), "200");
    assert.equal(api.requests[0]?.clientName, "fake-admin");
  });

  it("are not run when a token or a certificate is given", async () => {
    const api = await startApi({ token: "right" });
    plugin(api, "process.exit(1)");
    const path = kubeconfig(api, { user: exec("./plugin") });
    assert.equal(await outcome(await connect({ kubeconfig: path, token: "right" })), "200");
    assert.deepEqual(calls(api), []);
  });

  it("may ask when there is a terminal, and only then", async () => {
    const api = await startApi({ token: "right" });
    plugin(api, 'credential({ token: "right" })');
    const may = kubeconfig(api, { user: exec("./plugin", { interactiveMode: "IfAvailable" }) });
    await connect({ kubeconfig: may }, { around: { stdinIsTerminal: true } });
    await connect({ kubeconfig: may }, { around: { stdinIsTerminal: false } });
    assert.deepEqual(
      calls(api).map(({ info }) => info.spec["interactive"]),
      [true, false],
    );
    const must = kubeconfig(api, { user: exec("./plugin", { interactiveMode: "Always" }) }, "must");
    await assert.rejects(connect({ kubeconfig: must }, { around: { stdinIsTerminal: false } }), {
      message: `the credential plugin plugin for ${api.server} needs a terminal to ask you something`,
    });
  });

  it("end with Ctrl-C, however long they would wait for a login", async () => {
    const api = await startApi();
    plugin(api, "setInterval(() => {}, 1000)");
    const controller = new AbortController();
    const connecting = connect(
      { kubeconfig: kubeconfig(api, { user: exec("./plugin") }) },
      { signal: controller.signal },
    );
    controller.abort();
    await assert.rejects(connecting, { name: "AbortError" });
  });

  it("that fail: their own words reach the terminal, ours say what to do", async () => {
    const api = await startApi();
    plugin(api, 'console.error("AADSTS700082: expired"); process.exit(3)', "kubelogin");
    const terminal = join(api.folder, "stderr");
    const stderr = openSync(terminal, "w");
    const user = exec("./kubelogin", { args: ["get-token", "--login", "azurecli"] });
    await assert.rejects(connect({ kubeconfig: kubeconfig(api, { user }) }, { around: { stderr } }), {
      name: "UserError",
      message: `the credential plugin kubelogin for ${api.server} failed (exit code 3); its own message is above`,
      hints: ["log in again: az login (kubelogin uses its session)"],
    });
    closeSync(stderr);
    assert.equal(readFileSync(terminal, "utf8"), "AADSTS700082: expired\n");
  });

  it("that are not installed: the hint of the kubeconfig, and ours for kubelogin", async () => {
    const api = await startApi();
    const user = exec("kubelogin", { installHint: "\nget kubelogin\nfrom somewhere\n" });
    const path = kubeconfig(api, { user });
    await assert.rejects(connect({ kubeconfig: path }, { around: { env: { PATH: api.folder } } }), {
      message: `the credential plugin kubelogin for ${api.server} is not installed or not on PATH`,
      hints: ["get kubelogin", "from somewhere", "install it: az aks install-cli"],
    });
  });

  it("that print something else, or in another version", async () => {
    const cases: readonly [body: string, complaint: string][] = [
      ['console.log("hello")', "printed no JSON"],
      ["console.log(JSON.stringify({kind: 'Token'}))", "printed no ExecCredential"],
      [
        'credential({ token: "x" }, "client.authentication.k8s.io/v1beta1")',
        `answers in client.authentication.k8s.io/v1beta1, but the kubeconfig asks for ${V1}`,
      ],
      ["credential({})", "gave neither a token nor a client certificate"],
      ['credential({ clientKeyData: "x" })', "gave a certificate without its key, or a key alone"],
    ];
    for (const [body, complaint] of cases) {
      const api = await startApi();
      plugin(api, body);
      await assert.rejects(connect({ kubeconfig: kubeconfig(api, { user: exec("./plugin") }) }), {
        message: `the credential plugin plugin for ${api.server} ${complaint}`,
      });
    }
  });

  it("whose token the server refuses: log in again", async () => {
    const api = await startApi({ token: "right" });
    plugin(api, 'credential({ token: "wrong" })', "kubelogin");
    const connection = await connect({ kubeconfig: kubeconfig(api, { user: exec("./kubelogin") }) });
    const said = await outcome(connection);
    assert.match(said, /does not accept our credentials: the token of the credential plugin is refused → /);
    assert.match(said, /kubelogin remove-tokens/);
    assert.doesNotMatch(said, /wrong/);
  });
});
