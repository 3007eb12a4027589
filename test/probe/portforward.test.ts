/** Requests through port-forward, from inside the pod: what the kubelet's streams say, and what follows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProbeTarget } from "../../src/model/probe-results.ts";
import { classifyForwarded, tryByPortForward } from "../../src/probe/portforward.ts";
import { fakeStreams, type Stream } from "../support/fake-streams.ts";
import { target } from "./support.ts";

const NEVER = new AbortController().signal;
const PORT = Buffer.from([0x90, 0x1f]);
const REFUSED =
  'error forwarding port 8080: failed to connect to localhost:8080 inside namespace "x", IPv4: dial tcp4 127.0.0.1:8080: connect: connection refused';

async function tried(serve: (stream: Stream) => void, targets: readonly ProbeTarget[] = [target()]) {
  const { api, close } = await fakeStreams((stream) => {
    stream.send(0, PORT);
    stream.send(1, PORT);
    serve(stream);
  });
  try {
    return await tryByPortForward({ api, userAgent: "netcheck", headers: [], signal: NEVER }, targets);
  } finally {
    close();
  }
}

const classes = (found: Awaited<ReturnType<typeof tried>>): unknown =>
  "kind" in found ? found.kind : found.map(({ attempts }) => attempts.map(({ class: one, status }) => status ?? one));

describe("port-forward", () => {
  it("sends the request inside the pod and reads the status", async () => {
    const found = await tried((stream) => {
      assert.match(stream.url, /pods\/web-1\/portforward\?ports=8080$/);
      stream.onMessage((channel, bytes) => {
        assert.equal(channel, 0);
        assert.match(bytes.toString("utf8"), /^GET \/ HTTP\/1\.1\r\nHost: 10\.244\.1\.15:8080\r\n/);
        stream.send(0, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
      });
    });
    assert.deepEqual(classes(found), [[200, 200]]);
  });

  it("hears a refusal on the error stream", async () => {
    const found = await tried((stream) => stream.send(1, REFUSED));
    assert.deepEqual(classes(found), [["refused", "refused"]]);
  });

  it("tells a server that closes, and one that speaks otherwise", async () => {
    assert.deepEqual(classes(await tried((stream) => stream.close())), [["empty-reply", "empty-reply"]]);
    const ssh = await tried((stream) => {
      stream.send(0, "SSH-2.0-OpenSSH_9.2\r\n");
      stream.close();
    });
    assert.deepEqual(classes(ssh), [["not-http", "not-http"]]);
  });

  it("counts a TCP port as open that nobody refused", async () => {
    assert.deepEqual(classes(await tried(() => undefined, [target({ scheme: "tcp" })])), [["ok", "ok"]]);
  });

  it("hears that a port does not speak TLS", async () => {
    const plain = await tried(
      (stream) => stream.onMessage(() => stream.send(0, "HTTP/1.1 400 Bad Request\r\n\r\n")),
      [target({ scheme: "https" })],
    );
    assert.deepEqual(classes(plain), [["tls-on-plain", "tls-on-plain"]]);
  });

  it("leaves out UDP, and the second family of the same loopback", async () => {
    const both = [target(), target({ host: "fd00::15" }), target({ scheme: "udp" })];
    const found = await tried((stream) => stream.send(1, REFUSED), both);
    assert.equal("kind" in found ? 0 : found.length, 1);
  });

  it("ends at the first refusal of the API server", async () => {
    const body = JSON.stringify({ message: 'User "dev" cannot create resource "pods/portforward"' });
    const { api, close } = await fakeStreams(() => undefined, { status: 403, body });
    const given = { api, userAgent: "netcheck", headers: [], signal: NEVER };
    assert.equal(classes(await tryByPortForward(given, [target(), target({ port: 1 })])), "forbidden");
    close();
  });

  it("concludes nothing from words it does not know", () => {
    const told = { answer: "", error: "something else went wrong", total: 3 };
    assert.equal(classifyForwarded("http", told).class, "unclear");
  });
});
