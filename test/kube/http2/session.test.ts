/** The client against node's own HTTP/2 server, and against one that says what no server should. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { FrameReader, frame, number32, settings } from "../../../src/kube/http2/frames.ts";
import { encodeFields, type Field } from "../../../src/kube/http2/hpack.ts";
import { openSession, type Reply, type Session } from "../../../src/kube/http2/session.ts";

const never = new AbortController().signal;
const to = (path: string, method = "GET", ...more: readonly Field[]): readonly Field[] => [
  [":method", method],
  [":scheme", "https"],
  [":authority", "test"],
  [":path", path],
  ...more,
];
const get = (session: Session, path: string, signal = never): Promise<Reply> =>
  session.request(to(path), undefined, signal);
const reset = { code: "ECONNRESET" };

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function sessionWith(server: Server | Http2Server): Promise<Session> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  const session = openSession(socket, (take) => socket.on("data", take));
  ends.push(() => {
    session.close();
    server.close();
  });
  return session;
}

/** node's server; what it gets is answered by `handle`. */
function serving(
  handle: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options = {},
): Promise<Session> {
  const server = createHttp2Server(options);
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    handle(stream, headers);
  });
  return sessionWith(server);
}

/** A server that sends these bytes once the first request is there, and records what it gets. */
async function saying(
  ...frames: readonly Buffer[]
): Promise<{ readonly session: Session; readonly got: () => Buffer }> {
  const chunks: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const first = chunks.length === 0;
      chunks.push(chunk);
      if (first) socket.write(Buffer.concat([frame(4, 0, 0), ...frames]));
    });
  });
  return { session: await sessionWith(server), got: () => Buffer.concat(chunks) };
}

const fine = encodeFields([[":status", "200"]]);

describe("requests over HTTP/2", () => {
  it("are answered side by side, in whatever order, with all their headers", async () => {
    const open: ServerHttp2Stream[] = [];
    const session = await serving((stream, headers) => {
      stream.respond({ ":status": 207, "content-type": "text/plain", "x-path": headers[":path"], "x-two": ["a", "b"] });
      open.push(stream);
      // The last one first.
      if (open.length === 3) for (const one of open.reverse()) one.end(`for ${one.id}`);
    });
    const replies = await Promise.all(["/a", "/b", "/c"].map((path) => get(session, path)));
    assert.deepEqual(
      replies.map(({ status, headers, body }) => [status, headers["x-path"], headers["x-two"], body.toString()]),
      [
        [207, "/a", "a, b", "for 1"],
        [207, "/b", "a, b", "for 3"],
        [207, "/c", "a, b", "for 5"],
      ],
    );
  });

  it("carry headers longer than a frame, and names that come twice", async () => {
    const token = "t".repeat(40_000);
    const session = await serving(
      (stream, headers) => {
        stream.respond();
        stream.end(JSON.stringify([headers["authorization"], headers["x-group"]]));
      },
      { settings: { maxHeaderListSize: 100_000 } },
    );
    const fields = to("/", "GET", ["authorization", token], ["x-group", "a"], ["x-group", "b"]);
    const { body } = await session.request(fields, undefined, never);
    assert.deepEqual(JSON.parse(body.toString()), [token, "a, b"]);
  });

  it("get answers bigger than every window, and headers in several frames", async () => {
    const big = Buffer.alloc(40 * 1024 * 1024, "x");
    const session = await serving(
      (stream) => {
        stream.respond({ "x-long": "y".repeat(50_000) });
        stream.end(big);
      },
      { maxSendHeaderBlockLength: 100_000, maxSessionMemory: 200 },
    );
    const [one, two] = await Promise.all([get(session, "/1"), get(session, "/2")]);
    for (const { body, headers } of [one, two]) {
      assert.ok(body.equals(big));
      assert.equal(headers["x-long"]?.length, 50_000);
    }
  });

  it("get answers with padding, an announcement before them and trailers after them", async () => {
    const session = await serving(
      (stream) => {
        stream.additionalHeaders({ ":status": 103, link: "</x>" });
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "1" }));
        stream.end("padded");
      },
      { paddingStrategy: constants.PADDING_STRATEGY_MAX },
    );
    const { status, headers, body } = await get(session, "/");
    assert.deepEqual(
      [status, body.toString(), headers["x-sum"], headers["link"]],
      [200, "padded", undefined, undefined],
    );
  });

  it("get answers without a body", async () => {
    const session = await serving((stream) => stream.respond({ ":status": 204 }, { endStream: true }));
    const { status, body } = await get(session, "/");
    assert.deepEqual([status, body.length], [204, 0]);
  });

  it("send bodies as the server's windows let them, an empty one too", async () => {
    const session = await serving(
      (stream) => {
        let length = 0;
        stream.on("data", (chunk: Buffer) => {
          length += chunk.length;
        });
        stream.on("end", () => {
          stream.respond();
          stream.end(String(length));
        });
      },
      { settings: { initialWindowSize: 1000, maxFrameSize: 20_000 } },
    );
    for (const length of [0, 1, 1000, 3_000_000]) {
      const { body } = await session.request(to("/", "POST"), Buffer.alloc(length, "b"), never);
      assert.equal(body.toString(), String(length));
    }
  });

  it("wait where the server takes two at a time", async () => {
    let most = 0;
    let now = 0;
    const session = await serving(
      (stream) => {
        now += 1;
        most = Math.max(most, now);
        setImmediate(() => {
          now -= 1;
          stream.respond();
          stream.end("ok");
        });
      },
      { settings: { maxConcurrentStreams: 2 } },
    );
    await get(session, "/");
    const replies = await Promise.all(Array.from({ length: 9 }, (_, i) => get(session, `/${i}`)));
    assert.equal(replies.length, 9);
    assert.equal(most, 2);
  });

  it("that are answered before their body is sent keep the answer", async () => {
    const session = await serving((stream) => {
      stream.respond({ ":status": 413 });
      stream.end("too big");
    });
    const { status, body } = await session.request(to("/", "POST"), Buffer.alloc(1_000_000), never);
    assert.deepEqual([status, body.toString()], [413, "too big"]);
    assert.equal((await session.request(to("/", "POST"), Buffer.alloc(1), never)).status, 413);
  });
});

describe("a request that comes to no answer", () => {
  it("fails when it is taken back, and the server hears of it; the others go on", async () => {
    let told: (code: number) => void = () => undefined;
    const closed = new Promise<number>((resolve) => {
      told = resolve;
    });
    const session = await serving((stream, headers) => {
      if (headers[":path"] === "/slow") stream.on("close", () => told(stream.rstCode ?? -1));
      else {
        stream.respond();
        stream.end("ok");
      }
    });
    const controller = new AbortController();
    const slow = get(session, "/slow", controller.signal);
    assert.equal((await get(session, "/quick")).body.toString(), "ok");
    controller.abort(new Error("enough"));
    await assert.rejects(slow, /enough/);
    assert.equal(await closed, constants.NGHTTP2_CANCEL);
    assert.equal((await get(session, "/again")).status, 200);
    await assert.rejects(get(session, "/late", controller.signal), /enough/);
  });

  it("fails when the server resets it in the middle of its answer, and only that one", async () => {
    const { session } = await saying(
      frame(1, 4, 1, fine),
      frame(0, 0, 1, Buffer.from("half")),
      frame(3, 0, 1, number32(constants.NGHTTP2_INTERNAL_ERROR)),
      frame(1, 4, 3, fine),
      frame(0, 1, 3, Buffer.from("ok")),
    );
    const bad = assert.rejects(get(session, "/bad"), reset);
    assert.equal((await get(session, "/good")).body.toString(), "ok");
    await bad;
    assert.ok(session.isUsable());
  });

  it("fails when the connection ends in its middle, and the session is of no more use", async () => {
    const session = await serving((stream) => {
      stream.respond();
      stream.write("half");
      setImmediate(() => stream.session?.destroy());
    });
    await assert.rejects(get(session, "/"), reset);
    assert.equal(session.isUsable(), false);
    await assert.rejects(get(session, "/more"), reset);
  });

  it("is answered after a farewell that counts it in; the next ones are for another connection", async () => {
    const session = await serving((stream) => {
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0);
      setTimeout(() => {
        stream.respond();
        stream.end("last");
      }, 20);
    });
    assert.equal((await get(session, "/")).body.toString(), "last");
    assert.equal(session.isUsable(), false);
    await assert.rejects(get(session, "/next"), reset);
  });

  it("fails after a farewell that leaves it out", async () => {
    const { session } = await saying(frame(7, 0, 0, Buffer.concat([number32(0), number32(0)])));
    await assert.rejects(get(session, "/"), reset);
  });

  it("fails when the session is closed, also while it waits for its turn", async () => {
    const session = await serving(() => undefined, { settings: { maxConcurrentStreams: 1 } });
    const first = assert.rejects(get(session, "/1"), reset);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const second = assert.rejects(get(session, "/2"), reset);
    session.close();
    await Promise.all([first, second]);
  });

  it("fails before it is sent when a header has a line break", async () => {
    const session = await serving((stream) => {
      stream.respond();
      stream.end("ok");
    });
    await assert.rejects(session.request(to("/", "GET", ["x", "a\r\nb"]), undefined, never), /line break/);
    assert.equal((await get(session, "/")).status, 200);
  });
});

describe("a request that cannot be sent", () => {
  it("fails alone, also while others wait for their turn", async () => {
    const session = await serving(
      (stream) => {
        stream.respond();
        setImmediate(() => stream.end("ok"));
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    await get(session, "/first");
    const one = get(session, "/1");
    const bad = assert.rejects(session.request(to("/", "GET", ["x", "a\nb"]), undefined, never), /line break/);
    const two = get(session, "/2");
    await bad;
    assert.deepEqual([(await one).status, (await two).status], [200, 200]);
    assert.ok(session.isUsable());
  });
});

describe("a server that breaks HTTP/2", () => {
  const wrong: Readonly<Record<string, readonly Buffer[]>> = {
    "a frame that is too long": [Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])],
    "data before the headers": [frame(0, 1, 1, Buffer.from("x"))],
    "headers without a status": [frame(1, 5, 1, encodeFields([["x", "y"]]))],
    "an announcement that ends the stream": [frame(1, 5, 1, encodeFields([[":status", "100"]]))],
    "a header that refers to nothing": [frame(1, 5, 1, Buffer.from([0xff, 0x70]))],
    "another frame inside a header": [frame(1, 1, 1, fine), frame(6, 0, 0, Buffer.alloc(8))],
    "a continuation of nothing": [frame(9, 4, 1, fine)],
    "headers without end": [
      frame(1, 1, 1, fine),
      ...Array.from({ length: 70 }, () => frame(9, 0, 1, Buffer.alloc(16_384))),
    ],
    "a pushed answer": [frame(5, 4, 1, Buffer.alloc(4))],
    "more padding than content": [frame(1, 4, 1, fine), frame(0, 9, 1, Buffer.from([9, 1]))],
    "settings that are cut off": [frame(4, 0, 0, Buffer.alloc(5))],
    "an impossible window": [frame(4, 0, 0, settings([[4, 2 ** 31]]))],
    "an impossible size of frames": [frame(4, 0, 0, settings([[5, 100]]))],
    "a window opened by nothing": [frame(8, 0, 0, number32(0))],
    "a window opened too far": [frame(8, 0, 1, number32(2 ** 31 - 1))],
    "a reset that is cut off": [frame(3, 0, 1, Buffer.alloc(2))],
    "a farewell that is cut off": [frame(7, 0, 0, Buffer.alloc(4))],
  };
  for (const [what, frames] of Object.entries(wrong)) {
    it(`by ${what} is left, and told why`, async () => {
      const { session, got } = await saying(...frames);
      await assert.rejects(get(session, "/"), /the server broke HTTP\/2: /);
      assert.equal(session.isUsable(), false);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const farewell = got().indexOf(Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0]));
      assert.ok(farewell > 0, "a GOAWAY");
      assert.ok(got().readUInt32BE(farewell + 13) > 0, "with an error code");
    });
  }

  it("not by frames that nobody knows, by pings and settings without end, or by late frames of a stream that is over", async () => {
    const { session, got } = await saying(
      frame(0xfa, 0xff, 3, Buffer.from("?")),
      frame(2, 0, 1, Buffer.alloc(5)),
      frame(6, 0, 0, Buffer.from("12345678")),
      frame(4, 0, 0, settings([[99, 1]])),
      frame(4, 1, 0),
      frame(6, 1, 0, Buffer.alloc(8)),
      frame(8, 0, 77, number32(5)),
      frame(3, 0, 77, number32(8)),
      frame(0, 0, 77, Buffer.from("late")),
      frame(1, 5, 77, fine),
      frame(1, 4, 1, fine),
      frame(0, 1, 1, Buffer.from("ok")),
    );
    assert.equal((await get(session, "/")).body.toString(), "ok");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const answers = [...new FrameReader().read(got().subarray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length))].filter(
      ({ flags, stream }) => stream === 0 && flags === 1,
    );
    assert.deepEqual(
      answers.map(({ type, payload }) => [type, payload.toString()]),
      [
        [4, ""],
        [6, "12345678"],
        [4, ""],
      ],
    );
    assert.ok(session.isUsable());
  });
});
