/** Commands in running containers over a WebSocket: what comes back, and what is said when nothing does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reader } from "../../src/kube/websocket.ts";
import { execIn } from "../../src/probe/exec.ts";
import { containerOf, tryByExec } from "../../src/probe/inpod.ts";
import { readSockets } from "../../src/probe/sockets.ts";
import { fakeStreams, type Stream, serverFrame } from "../support/fake-streams.ts";
import { pod } from "../support/objects.ts";
import { target } from "./support.ts";

const NEVER = new AbortController().signal;
const INPUT = { namespace: "shop", pod: "web-1", command: ["cat", "/proc/net/tcp"], limit: 5000 };
const LINE =
  'NETCHECK {"id":"0","try":1,"speaks":"","said":"","body":"","exit":0,"http":"200","nc":1,"tc":0.001,"tt":0.002}';
const status = (value: object): string => JSON.stringify(value);
const SUCCESS = status({ status: "Success" });
const exited = (code: number): string =>
  status({
    status: "Failure",
    message: `command terminated with exit code ${code}`,
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  });

async function served<T>(
  serve: (stream: Stream) => void,
  use: (streams: Awaited<ReturnType<typeof fakeStreams>>) => Promise<T>,
  refuse?: { readonly status: number; readonly body: string },
): Promise<T> {
  const streams = await fakeStreams(serve, refuse);
  try {
    return await use(streams);
  } finally {
    streams.close();
  }
}

describe("exec", () => {
  it("asks for the command word by word, and returns output, errors and exit code", () =>
    served(
      (stream) => {
        assert.equal(
          stream.url,
          "/api/v1/namespaces/shop/pods/web-1/exec?stdout=true&stderr=true&command=cat&command=%2Fproc%2Fnet%2Ftcp",
        );
        stream.send(1, "one\n");
        stream.send(2, "oops\n");
        stream.send(1, "two\n");
        stream.send(3, exited(3));
        stream.close();
      },
      async ({ api }) => {
        const output = await execIn(api, INPUT, NEVER);
        assert.deepEqual(output, {
          kind: "output",
          stdout: "one\ntwo\n",
          stderr: "oops\n",
          code: 3,
          message: "command terminated with exit code 3",
        });
      },
    ));

  it("puts messages together that come in fragments, and answers pings in between", () =>
    served(
      (stream) => {
        const text = Buffer.from(`\u0001${"x".repeat(300)}`);
        stream.raw(serverFrame(2, text.subarray(0, 5), false));
        stream.raw(serverFrame(9, Buffer.from("are you there")));
        stream.raw(serverFrame(0, text.subarray(5)));
        stream.send(3, SUCCESS);
        stream.close();
      },
      async ({ api }) => {
        const output = await execIn(api, INPUT, NEVER);
        assert.ok(output.kind === "output");
        assert.deepEqual([output.stdout.length, output.code], [300, 0]);
      },
    ));

  it("tells a missing permission from a broken way", async () => {
    const body = status({
      kind: "Status",
      message: 'pods "web-1" is forbidden: User "dev" cannot create resource "pods/exec"',
    });
    const refused = await served(
      () => undefined,
      ({ api }) => execIn(api, INPUT, NEVER),
      { status: 403, body },
    );
    assert.equal(refused.kind, "forbidden");
    const { api } = await served(
      () => undefined,
      async (streams) => streams,
    );
    assert.equal((await execIn(api, INPUT, NEVER)).kind, "failed");
  });

  it("gives up on a command that does not end, without an exit code", () =>
    served(
      () => undefined,
      async ({ api }) => {
        const output = await execIn(api, { ...INPUT, limit: 100 }, NEVER);
        assert.ok(output.kind === "output");
        assert.deepEqual([output.code, output.message], [undefined, "it did not end within 0 s"]);
      },
    ));

  it("stops with Ctrl-C", () =>
    served(
      () => undefined,
      async ({ api }) => {
        const stopped = new AbortController();
        setTimeout(() => stopped.abort(new Error("interrupted")), 30);
        await assert.rejects(execIn(api, INPUT, stopped.signal), /interrupted/);
      },
    ));

  it("hears no more of a server that masks, or promises eight gigabytes", () => {
    for (const bytes of [
      [0x82, 0x81, 1, 2, 3, 4, 5],
      [0x82, 127, 0, 0, 0, 2, 0, 0, 0, 0],
    ]) {
      const heard: string[] = [];
      const read = reader({
        onMessage: () => void heard.push("message"),
        onPing: () => undefined,
        onClose: () => void heard.push("closed"),
      });
      read(Buffer.from(bytes));
      read(serverFrame(2, Buffer.from("later")));
      assert.deepEqual(heard, ["closed"]);
    }
  });
});

describe("a probe by exec", () => {
  const found = {
    metadata: { name: "web-1", namespace: "shop" },
    spec: { containers: [{ name: "app" }], nodeName: "n" },
  };
  const request = async () => ({ status: 200, headers: {}, text: JSON.stringify(found) });
  const given = {
    pods: [{ namespace: "shop", name: "web-1" }],
    limits: "what it cannot prove",
    targets: [target()],
    marking: { run: "0a1b2c3d", place: 13, query: true },
    headers: ["Authorization: secret"],
    signal: NEVER,
  };

  it("writes the script to a shell's standard input, so that no header stands in a command", async () => {
    const { api, close } = await fakeStreams(
      (stream) => {
        assert.match(stream.url, /command=sh/);
        assert.doesNotMatch(stream.url, /secret/);
        stream.onMessage((channel, bytes) => {
          assert.equal(channel, 0);
          assert.match(bytes.toString("utf8"), /Authorization: secret/);
          stream.send(1, `${LINE}\n`);
          stream.send(3, SUCCESS);
          stream.close();
        });
      },
      undefined,
      request,
    );
    const { results, report } = await tryByExec({ ...given, api });
    close();
    assert.deepEqual(
      [results.length, results[0]?.vantage.kind, results[0]?.vantage.label],
      [1, "client-pod", "pod web-1"],
    );
    assert.deepEqual([report.outcome, report.detail], ["used", "what it cannot prove"]);
  });

  for (const [name, code, out] of [
    ["no shell", 126, ""],
    ["no tools", 0, "NETCHECK-NO-TOOLS\n"],
  ] as const)
    it(`says so when the image has ${name}`, async () => {
      const { api, close } = await fakeStreams(
        (stream) => {
          if (out !== "") stream.send(1, out);
          stream.send(3, code === 0 ? SUCCESS : exited(code));
          stream.close();
        },
        undefined,
        request,
      );
      const { results, report } = await tryByExec({ ...given, api });
      close();
      assert.deepEqual(results, []);
      assert.equal(report.detail, "container app has no shell with curl, wget or nc");
    });

  it("goes where kubectl would go", () => {
    const annotated = { "kubectl.kubernetes.io/default-container": "app" };
    const spec = { containers: [{ name: "istio-proxy" }, { name: "app" }] };
    assert.equal(containerOf({ metadata: { annotations: annotated }, spec }), "app");
    assert.equal(containerOf({ metadata: {}, spec }), "istio-proxy");
  });
});

describe("sockets by the pod's own cat", () => {
  const HEAD = "  sl  local_address rem_address   st\n";
  const row = (port: string): string => `   0: 00000000:${port} 00000000:0000 0A\n`;
  const choices = { image: "i", headers: [] };

  it("keeps what two reads show, and leaves nothing behind", async () => {
    let reads = 0;
    const { api, close } = await fakeStreams((stream) => {
      const table = /net%2F(\w+)/.exec(stream.url)?.[1];
      if (table === "tcp") reads += 1;
      if (table === "tcp6") stream.send(3, exited(1));
      else {
        stream.send(1, table === "tcp" ? `${HEAD}${row("1F90")}${reads === 1 ? row("0050") : ""}` : HEAD);
        stream.send(3, SUCCESS);
      }
      stream.close();
    });
    const mayStay = async () => assert.fail("nobody is to be asked");
    const read = await readSockets({ api, pod: pod(), choices, run: "r", signal: NEVER, mayStay });
    close();
    assert.deepEqual(read.state === "ok" && read.items[0]?.sockets.map(({ port, address }) => `${address}:${port}`), [
      "0.0.0.0:8080",
    ]);
  });

  it("asks before it leaves an ephemeral container, and says that nobody agreed", async () => {
    const { api, close } = await fakeStreams((stream) => {
      stream.send(3, exited(126));
      stream.close();
    });
    const asked: string[] = [];
    const mayStay = async (name: string) => {
      asked.push(name);
      return false;
    };
    const read = await readSockets({ api, pod: pod(), choices, run: "r", signal: NEVER, mayStay });
    close();
    assert.deepEqual(asked, [pod().metadata.name]);
    assert.match(read.state === "unavailable" ? read.detail : "", /nobody agreed/);
  });
});
