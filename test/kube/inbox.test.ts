/** What comes over a connection reaches whoever takes it, whole and in order, also what came before. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { Inbox } from "../../src/kube/inbox.ts";

/** A server that runs `serve` on its first connection, and a socket with an inbox that is connected to it. */
async function connected(serve: (socket: Socket) => void): Promise<{ inbox: Inbox; socket: Socket; done: () => void }> {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const inbox = new Inbox();
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, onread: inbox.onread });
  await once(socket, "connect");
  const done = (): void => {
    socket.destroy();
    server.close();
  };
  return { inbox, socket, done };
}

const BIG = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

describe("an inbox", () => {
  it("keeps what comes before it is given to somebody, and gives it first", async () => {
    let more: Socket | undefined;
    const { inbox, socket, done } = await connected((peer) => {
      peer.write("early ");
      more = peer;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const got: string[] = [];
    inbox.giveTo((bytes) => void got.push(bytes.toString()));
    assert.deepEqual(got, ["early "]);
    more?.end("late");
    await once(socket, "end");
    assert.equal(got.join(""), "early late");
    done();
  });

  it("gives more than fits its buffer, each piece a copy of its own", async () => {
    const { inbox, socket, done } = await connected((peer) => peer.end(BIG));
    const pieces: Buffer[] = [];
    inbox.giveTo((bytes) => void pieces.push(bytes));
    await once(socket, "end");
    assert.ok(pieces.length > 1);
    assert.deepEqual(Buffer.concat(pieces), BIG);
    done();
  });

  it("can leave all to the socket's stream, which holds the sender up while nobody reads it", async () => {
    const { inbox, socket, done } = await connected((peer) => peer.end(BIG));
    inbox.leaveTo(socket);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(socket.readableLength < BIG.length / 2, `${socket.readableLength} bytes were read ahead`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    assert.deepEqual(Buffer.concat(chunks), BIG);
    done();
  });
});
