/** One connection, reused; and one sentence when there is none. */
import assert from "node:assert/strict";
import { createServer as createTcpServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { ConnectionError, connectionError } from "../../src/kube/errors.ts";
import { startHttpProxy, startSocksProxy } from "../support/fake-proxy.ts";
import { bench, closedPort, kubeconfig, outcome } from "../support/kube.ts";
import { pod } from "../support/objects.ts";

const { api: startApi, connect, keep } = bench();
const SIX = ["nodes", "pods", "services", "events", "namespaces", "configmaps"].map((name) => `/api/v1/${name}`);

describe("transport", () => {
  it("HTTP/2: all requests share one connection, from the first on", async () => {
    const api = await startApi();
    const connection = await connect({ kubeconfig: api.kubeconfigPath });
    await Promise.all(SIX.map((path) => connection.request(path)));
    await connection.request("/api/v1/secrets");
    assert.equal(api.connections(), 1);
    assert.deepEqual([...new Set(api.requests.map((request) => request.httpVersion))], ["2.0"]);
  });

  for (const protocol of ["http/1.1", "plain"] as const)
    it(`${protocol}: connections are kept, the dialed one is used`, async () => {
      const api = await startApi({ protocol });
      const connection = await connect({ kubeconfig: api.kubeconfigPath });
      for (const path of SIX) assert.equal((await connection.request(path)).status, 200);
      assert.equal(api.connections(), 1);
      await Promise.all(SIX.map((path) => connection.request(path)));
      assert.ok(api.connections() <= 6);
      assert.equal(api.requests[0]?.httpVersion, "1.1");
    });

  it("dials again when the server has closed the connection", async () => {
    for (const protocol of ["h2", "http/1.1"] as const) {
      const api = await startApi({ protocol, faults: [{ path: "/events", does: "reset" }] });
      const connection = await connect({ kubeconfig: api.kubeconfigPath });
      assert.equal(await outcome(connection), "200");
      assert.match(await outcome(connection, "/api/v1/events"), /the connection (was reset|broke)/);
      assert.equal(await outcome(connection), "200", protocol);
    }
  });

  it("keeps a path prefix of the server's address", async () => {
    const api = await startApi();
    const path = kubeconfig(api, { cluster: { server: `${api.server}/k8s/c-1/`, "insecure-skip-tls-verify": true } });
    await (await connect({ kubeconfig: path })).request("/api/v1/pods", {
      query: { limit: 5, labelSelector: "a in (b)" },
    });
    assert.equal(api.requests[0]?.url, "/k8s/c-1/api/v1/pods?limit=5&labelSelector=a%20in%20(b)");
  });

  it("reads big answers compressed, unless asked not to", async () => {
    const objects = Array.from({ length: 400 }, (_, i) => pod({ metadata: { name: `web-${i}` } }));
    for (const disableCompression of [false, true]) {
      const api = await startApi({ objects });
      const connection = await connect({ kubeconfig: api.kubeconfigPath, disableCompression });
      const { headers, text } = await connection.request("/api/v1/pods");
      assert.equal(headers["content-encoding"], disableCompression ? undefined : "gzip");
      assert.equal(JSON.parse(text).items.length, 400);
    }
  });

  it("waits as Retry-After says, but not for minutes", async () => {
    const faults = [{ path: "/nodes", status: 429, times: 1, headers: { "retry-after": "0" } }];
    const api = await startApi({ faults });
    // With the default pause of this connection the request would exceed its time.
    const connection = await connect({ kubeconfig: api.kubeconfigPath, requestTimeout: "20s" }, { backoff: 60_000 });
    assert.equal(await outcome(connection), "200");
  });

  it("a signal (Ctrl-C) ends what runs", async () => {
    const api = await startApi({ faults: [{ path: "/nodes", does: "hang" }] });
    const controller = new AbortController();
    const connection = await connect({ kubeconfig: api.kubeconfigPath }, { signal: controller.signal });
    const pending = connection.request("/api/v1/nodes");
    const stop = new Error("interrupted");
    setTimeout(() => controller.abort(stop), 20);
    await assert.rejects(pending, stop);
  });

  it("a WebSocket gets the same trust and credentials", async () => {
    const api = await startApi();
    const path = kubeconfig(api, { user: { token: "t" } });
    const { route, headers } = (await connect({ kubeconfig: path })).webSocket();
    assert.equal(headers["authorization"], "Bearer t");
    assert.equal(route.tls.ca, api.authority.cert);
    assert.equal(route.server.origin, api.server);
  });
});

describe("TLS", () => {
  it("tls-server-name stands in for the host, also when that is an address", async () => {
    const api = await startApi({ certificate: { hosts: ["inner.example", "10.9.8.7"] } });
    for (const tlsServerName of ["inner.example", "10.9.8.7"])
      assert.equal(await outcome(await connect({ kubeconfig: api.kubeconfigPath, tlsServerName })), "200");
  });

  it("a context without a user still trusts, skips and names as its cluster says", async () => {
    const api = await startApi({ certificate: { hosts: ["inner.example"] } });
    const ca = { "certificate-authority-data": Buffer.from(api.authority.cert).toString("base64") };
    const named = kubeconfig(api, { cluster: { ...ca, "tls-server-name": "inner.example" } }, "named");
    const skipping = kubeconfig(api, { cluster: { "insecure-skip-tls-verify": true } }, "skipping");
    assert.equal(await outcome(await connect({ kubeconfig: named })), "200");
    assert.equal(await outcome(await connect({ kubeconfig: skipping })), "200");
  });

  it("--insecure-skip-tls-verify takes any certificate", async () => {
    const api = await startApi({ certificate: { hosts: ["other"], notAfter: "2021-01-01" } });
    const connection = await connect({ kubeconfig: api.kubeconfigPath, insecureSkipTlsVerify: true });
    assert.equal(await outcome(connection), "200");
  });
});

describe("proxies", () => {
  it("HTTPS_PROXY: the name is left to the proxy, HTTP/2 goes through", async () => {
    const api = await startApi();
    const proxy = keep(await startHttpProxy({ to: api.port, login: "me:p@ss" }));
    const env = { HTTPS_PROXY: proxy.url.replace("//", "//me:p%40ss@") };
    const flags = { kubeconfig: api.kubeconfigPath, server: "https://kubernetes.default.svc:6443" };
    const connection = await connect(flags, { around: { env } });
    assert.equal(await outcome(connection), "200");
    assert.deepEqual(proxy.asked, [{ target: "kubernetes.default.svc:6443", login: "me:p@ss" }]);
    assert.equal(api.requests[0]?.httpVersion, "2.0");
  });

  it("proxy-url of the cluster, by HTTP and by SOCKS5", async () => {
    const api = await startApi();
    for (const start of [startHttpProxy, startSocksProxy]) {
      const proxy = keep(await start({ to: api.port, login: "u:secret" }));
      const cluster = {
        server: "https://kubernetes.default.svc:6443",
        "insecure-skip-tls-verify": true,
        "proxy-url": proxy.url.replace("//", "//u:secret@"),
      };
      assert.equal(await outcome(await connect({ kubeconfig: kubeconfig(api, { cluster }) })), "200");
      assert.deepEqual(proxy.asked, [{ target: "kubernetes.default.svc:6443", login: "u:secret" }]);
    }
  });

  it("HTTP_PROXY for a plain http server", async () => {
    const api = await startApi({ protocol: "plain" });
    const proxy = keep(await startHttpProxy({ to: api.port }));
    const env = { HTTP_PROXY: proxy.url };
    const connection = await connect({ server: "http://api.example:8080" }, { around: { env, home: undefined } });
    assert.equal(await outcome(connection), "200");
    assert.equal(proxy.asked.length, 1);
  });

  it("that refuse us are named, without the password", async () => {
    const api = await startApi();
    for (const start of [startHttpProxy, startSocksProxy]) {
      const proxy = keep(await start({ to: api.port, login: "u:right" }));
      const cluster = { "insecure-skip-tls-verify": true, "proxy-url": proxy.url.replace("//", "//u:wrong@") };
      const said = await outcome(await connect({ kubeconfig: kubeconfig(api, { cluster }) }));
      assert.ok(said.startsWith(`proxy: cannot reach the API server ${api.server}: the proxy ${proxy.url} `), said);
      assert.match(said, /wants a user name and password|refuses our user name or password/);
      assert.doesNotMatch(said, /wrong/);
    }
  });

  it("that are not there", async () => {
    const api = await startApi();
    const proxyUrl = `http://127.0.0.1:${await closedPort()}`;
    const cluster = { "insecure-skip-tls-verify": true, "proxy-url": proxyUrl };
    assert.match(
      await outcome(await connect({ kubeconfig: kubeconfig(api, { cluster }) })),
      new RegExp(`^proxy: .*: the proxy ${proxyUrl} cannot be reached \\(ECONNREFUSED\\) → check proxy-url`),
    );
  });
});

describe("connection errors: one sentence, the address, the next step", () => {
  it("connection refused", async () => {
    const api = await startApi();
    const server = `https://127.0.0.1:${await closedPort()}`;
    const path = kubeconfig(api, { cluster: { server } });
    assert.match(
      await outcome(await connect({ kubeconfig: path })),
      new RegExp(`^unreachable: cannot reach the API server ${server}: connection refused → .*context "own"`),
    );
    assert.match(
      await outcome(await connect({ kubeconfig: path, server })),
      /connection refused → check the address given with --server$/,
    );
  });

  it("no answer in time", async () => {
    const api = await startApi({ faults: [{ path: "/nodes", does: "hang" }] });
    const connection = await connect({ kubeconfig: api.kubeconfigPath, requestTimeout: "50ms" });
    assert.equal(
      await outcome(connection),
      `timeout: cannot reach the API server ${api.server}: no answer within 0.05s → check VPN, firewall and authorized IP ranges, or wait longer with --request-timeout`,
    );
  });

  it("a connection that was closed, before its first request or after, asks nothing any more", async () => {
    const api = await startApi({});
    const [used, unused] = [
      await connect({ kubeconfig: api.kubeconfigPath }),
      await connect({ kubeconfig: api.kubeconfigPath }),
    ];
    await used.request("/nodes");
    used.close();
    unused.close();
    const asked = api.requests.length;
    for (const connection of [used, unused])
      await assert.rejects(connection.request("/nodes"), /the connection was closed/);
    assert.equal(api.requests.length, asked);
  });

  it("a handshake that never ends is no answer either", async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const flags = { server: `https://127.0.0.1:${port}`, requestTimeout: "50ms" };
    const connection = await connect(flags, { around: { home: undefined } });
    assert.match(await outcome(connection), /^timeout: .*: no answer within 0.05s/);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it("a server that hangs up during the handshake", async () => {
    const rude = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const address = rude.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const connection = await connect({ server: `https://127.0.0.1:${port}` }, { around: { home: undefined } });
    assert.match(await outcome(connection), /^unreachable: .*: the connection was (reset|closed)/);
    await new Promise((resolve) => rude.close(resolve));
  });

  it("an unknown authority", async () => {
    const [api, other] = [await startApi(), await startApi()];
    const ca = Buffer.from(other.authority.cert).toString("base64");
    const path = kubeconfig(api, { cluster: { "certificate-authority-data": ca } });
    assert.match(
      await outcome(await connect({ kubeconfig: path })),
      new RegExp(
        `^tls: cannot reach the API server ${api.server}: its certificate is signed by (an unknown|another) authority.* → .*az aks get-credentials`,
      ),
    );
  });

  it("a certificate for other names", async () => {
    const api = await startApi({ certificate: { hosts: ["a.example", "b.example"] } });
    assert.equal(
      await outcome(await connect({ kubeconfig: api.kubeconfigPath })),
      `tls: cannot reach the API server ${api.server}: its certificate is for another name (a.example, b.example) → use one of those names in --server, or give the name to expect with --tls-server-name`,
    );
  });

  it("an expired certificate, and one that is not valid yet", async () => {
    const old = await startApi({ certificate: { notAfter: "2021-01-01" } });
    assert.match(await outcome(await connect({ kubeconfig: old.kubeconfigPath })), /: its certificate has expired → /);
    const early = await startApi({ certificate: { notBefore: "2049-01-01" } });
    assert.match(
      await outcome(await connect({ kubeconfig: early.kubeconfigPath })),
      /is not valid yet → check the clocks/,
    );
  });

  it("https to a plain server, and http to a TLS server", async () => {
    const plain = await startApi({ protocol: "plain" });
    const server = plain.server.replace("http:", "https:");
    const https = await connect({ server, insecureSkipTlsVerify: true }, { around: { home: undefined } });
    assert.match(await outcome(https), /^tls: .*: it does not speak TLS → .*use http:\/\//);
    const text = "Client sent an HTTP request to an HTTPS server.\n";
    const tls = await startApi({ protocol: "plain", faults: [{ path: "/", status: 400, body: text }] });
    const http = await connect({ server: tls.server }, { around: { home: undefined } });
    assert.match(await outcome(http), /^not-kubernetes: .*the port speaks TLS; use https/);
  });

  it("a web page or a redirect to a login is no API server", async () => {
    const page = await startApi({
      faults: [{ path: "/", status: 200, body: "<!doctype html><title>Sign in</title>" }],
    });
    assert.equal(
      await outcome(await connect({ kubeconfig: page.kubeconfigPath })),
      `not-kubernetes: ${page.server} answers, but not like a Kubernetes API server: a web page came back (status 200) → check the address and port; a login page means that a proxy or gateway stands in between`,
    );
    const headers = { location: "https://login.example/?state=secret" };
    const login = await startApi({ faults: [{ path: "/", status: 302, headers }] });
    const said = await outcome(await connect({ kubeconfig: login.kubeconfigPath }));
    assert.match(said, /it redirects to https:\/\/login.example\/ → /);
  });

  it("what a stranger words cannot steer the terminal", async () => {
    const api = await startApi({ certificate: { hosts: ["evil\u001b[2J.example"] } });
    const said = await outcome(await connect({ kubeconfig: api.kubeconfigPath }));
    assert.match(said, /its certificate is for another name/);
    assert.doesNotMatch(said, /\u001b/);
  });

  it("names that do not resolve", () => {
    const where = { context: "prod", serverIsGiven: false, timeout: 0 };
    const said = (host: string, code: string): string => {
      const cause = Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code });
      const error = connectionError(cause, { ...where, server: `https://${host}`, host });
      assert.ok(error instanceof ConnectionError);
      return `${error.message} → ${error.hints.join()}`;
    };
    assert.equal(
      said("gone.hcp.westeurope.azmk8s.io", "ENOTFOUND"),
      "cannot reach the API server https://gone.hcp.westeurope.azmk8s.io: its name gone.hcp.westeurope.azmk8s.io does not resolve → check DNS and VPN; the cluster may have been deleted",
    );
    assert.match(said("a.privatelink.westeurope.azmk8s.io", "ENOTFOUND"), /this is a private cluster/);
    assert.match(said("a.example", "EAI_AGAIN"), /the DNS server does not answer/);
  });

  it("a duration that is none", async () => {
    const api = await startApi();
    await assert.rejects(connect({ kubeconfig: api.kubeconfigPath, requestTimeout: "5 minutes" }), {
      message: '--request-timeout takes a duration such as 5s or 2m, or 0 for none, not "5 minutes"',
    });
  });
});
