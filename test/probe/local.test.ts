/** Requests from this machine against servers on loopback: what is sent, and what is kept of the answer. Names are made up; no name server is asked. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { describe, it } from "node:test";
import { withoutDefaultAuthorities } from "../../src/kube/authorities.ts";
import type { ProbeResult, ProbeTarget } from "../../src/model/probe-results.ts";
import { tryFromHere } from "../../src/probe/local.ts";
import type { Names } from "../../src/probe/resolve.ts";
import { certificate } from "../support/certs.ts";
import { LOAD_BALANCER } from "./support.ts";

const RUN = "0a1b2c3d";
const HOST = "shop.netcheck.test";

interface Given {
  readonly names?: Partial<Names>;
  readonly headers?: readonly string[];
  readonly queryMarker?: boolean;
  readonly authorities?: () => string[];
}

const missing = (code: string): Error => Object.assign(new Error(`queryX ${code}`), { code });

/** The name leads to loopback, without an alias, unless a test says otherwise. */
function ask(
  target: ProbeTarget,
  { names = {}, headers = [], queryMarker = true, ...more }: Given = {},
): Promise<ProbeResult> {
  const known: Names = {
    addresses: async () => ["127.0.0.1"],
    cname: async () => {
      throw missing("ENODATA");
    },
    ...names,
  };
  const signal = new AbortController().signal;
  return tryFromHere([target], { run: RUN, headers, queryMarker, signal, names: known, ...more }).then(([one]) => {
    assert.ok(one);
    return one;
  });
}

async function serving<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const through = (port: number, given: Partial<ProbeTarget> = {}): ProbeTarget => ({
  ...LOAD_BALANCER,
  hop: "host",
  host: HOST,
  name: HOST,
  port,
  servicePort: 80,
  guessed: false,
  path: "/cart?id=7",
  ...given,
});

const said =
  (seen: IncomingMessage[], status = 200, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (request, response) => {
    seen.push(request);
    response.writeHead(status, headers).end("no\nmore");
  };

describe("requests from this machine", () => {
  it("carry the real host and the marker in three places, and no more of the answer is kept than tells who gave it", async () => {
    const seen: IncomingMessage[] = [];
    const headers = { server: "nginx", via: "1.1 edge", "x-azure-ref": "abc", "set-cookie": "sid=secret" };
    await serving(createServer(said(seen, 200, headers)), async (port) => {
      const result = await ask(through(port), { headers: ["X-Tenant: blue"] });
      assert.equal(result.marker, "0a1b2c3d0000");
      assert.deepEqual(result.resolved, { addresses: ["127.0.0.1"], cnames: [] });
      assert.deepEqual(result.attempts[0]?.headers, { server: "nginx", via: "1.1 edge", "x-azure-ref": "abc" });
      assert.equal(result.attempts[0]?.peer, "127.0.0.1");
    });
    assert.equal(seen.length, 2);
    const [first] = seen;
    assert.equal(first?.url, "/cart?id=7&netcheck=0a1b2c3d0000");
    assert.equal(first?.headers.host, HOST);
    assert.equal(first?.headers["user-agent"], "kubectl-netcheck/0a1b2c3d0000");
    assert.equal(first?.headers["x-request-id"], "0a1b2c3d000000000000000000000000");
    assert.equal(first?.headers["x-tenant"], "blue");
  });

  it("leave the marker out of the query when asked to", async () => {
    const seen: IncomingMessage[] = [];
    await serving(createServer(said(seen)), (port) => ask(through(port), { queryMarker: false }));
    assert.equal(seen[0]?.url, "/cart?id=7");
  });

  it("show the certificate that was served, trusted or not", async () => {
    const pair = certificate({ name: "other", hosts: ["other.netcheck.test"] });
    await serving(createTlsServer(pair, said([])), async (port) => {
      const { attempts } = await ask(through(port, { scheme: "https", servicePort: 443 }));
      assert.equal(attempts[0]?.status, 200);
      const { tls } = attempts[0] ?? {};
      assert.deepEqual(tls?.certificates[0]?.dnsNames, ["other.netcheck.test"]);
      assert.match(tls?.distrust ?? "", /^(DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/);
    });
  });

  it("trust what this machine trusts, whatever the connection to the cluster does", async () => {
    withoutDefaultAuthorities();
    const authority = certificate({ name: "our-ca" });
    const pair = certificate({ name: "web", hosts: [HOST] }, authority);
    const served = async (host: string): Promise<string | undefined> =>
      serving(createTlsServer(pair, said([])), async (port) => {
        const target = through(port, { scheme: "https", servicePort: 443, host, name: host });
        const { attempts } = await ask(target, { authorities: () => [authority.cert] });
        assert.equal(attempts[0]?.status, 200);
        return attempts[0]?.tls?.distrust;
      });
    assert.equal(await served(HOST), undefined);
    assert.equal(await served("other.netcheck.test"), "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("keep the beginning of an error page, and tell a port that wants TLS", async () => {
    await serving(createServer(said([], 503)), async (port) => {
      const { attempts } = await ask(through(port));
      assert.deepEqual([attempts[0]?.status, attempts[0]?.body], [503, "no more"]);
    });
    const wants: RequestListener = (_, response) =>
      void response.writeHead(400).end("Client sent an HTTP request to an HTTPS server.\n");
    await serving(createServer(wants), async (port) => {
      assert.equal((await ask(through(port))).attempts[0]?.class, "plain-on-tls");
    });
  });

  it("follow the aliases of a name, and keep them when it has no address", async () => {
    const aliases: Readonly<Record<string, string>> = {
      [HOST]: "shop.azurefd.net",
      "shop.azurefd.net": "edge.example",
    };
    const cname = async (name: string): Promise<readonly string[]> => {
      const next = aliases[name];
      if (next === undefined) throw missing("ENODATA");
      return [next];
    };
    await serving(createServer(said([])), async (port) => {
      assert.deepEqual((await ask(through(port), { names: { cname } })).resolved?.cnames, [
        "shop.azurefd.net",
        "edge.example",
      ]);
    });
    const addresses = async (): Promise<readonly string[]> => {
      throw missing("ENOTFOUND");
    };
    const lost = await ask(through(1), { names: { cname, addresses } });
    assert.deepEqual(
      lost.attempts.map((attempt) => attempt.class),
      ["dns", "dns"],
    );
    assert.deepEqual(lost.resolved, { addresses: [], cnames: ["shop.azurefd.net", "edge.example"] });
    assert.equal(lost.marker, undefined);
  });

  it("go to every address of a name", async () => {
    await serving(createServer(said([])), async (port) => {
      const { attempts } = await ask(through(port), { names: { addresses: async () => ["127.0.0.1", "127.0.0.2"] } });
      assert.deepEqual(
        attempts.map(({ peer, class: found }) => `${peer} ${found}`),
        ["127.0.0.1 ok", "127.0.0.2 refused"],
      );
    });
  });
});
