/** Reading the logs of a controller for our requests, against an API server in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer } from "../../src/kube/transport.ts";
import { foundControllers } from "../../src/model/ingress/found.ts";
import type { Pod } from "../../src/model/kube.ts";
import type { Api } from "../../src/probe/api.ts";
import { type FoundLogs, searchLogs } from "../../src/probe/markedlogs.ts";
import { ingress, nginxPod } from "../checks/ingress/_objects.ts";

const RUN = "0a1b2c3d";
const MARKER = `${RUN}0000`;
const SINCE = "2026-11-22T12:00:00.000Z";
const LINE = `10.0.0.9 - - [22/Nov/2026:12:00:05 +0000] "GET /?netcheck=${MARKER} HTTP/1.1" 200 12 "-" "x" 80 0.001 [shop-web-80] [] 10.244.1.15:8080 12 0.001 200 abc`;
const FAULT = `2026/11/22 12:00:05 [error] 31#31: *7 connect() failed (111: Connection refused) while connecting to upstream, host: "shop.example.com"`;

const answer = (status: number, text: string): Answer => ({ status, headers: {}, text });

interface World {
  /** The log of each read, in turn; the last one again. */
  readonly logs?: readonly string[];
  readonly status?: number;
  /** The first line of the whole log, with its time. */
  readonly begins?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly pods?: readonly Pod[];
}

async function search(world: World): Promise<{ readonly found: FoundLogs; readonly asked: readonly string[] }> {
  const pod = nginxPod(["--configmap=ingress-nginx/settings"]);
  const asked: string[] = [];
  const logs = [...(world.logs ?? [""])];
  const api: Api = {
    serverDate: () => SINCE,
    send: async () => answer(500, ""),
    request: async (path, { query = {} } = {}) => {
      asked.push(`${path.split("/").slice(-2).join("/")}${query["timestamps"] === true ? " with times" : ""}`);
      if (path.endsWith("/configmaps/settings"))
        return answer(200, JSON.stringify({ kind: "ConfigMap", data: world.settings ?? {} }));
      if (path.endsWith("/log") && query["timestamps"] === true)
        return answer(200, world.begins ?? "2026-11-22T11:00:00.123456789Z started");
      if (path.endsWith("/log")) return answer(world.status ?? 200, (logs.length > 1 ? logs.shift() : logs[0]) ?? "");
      return answer(200, JSON.stringify({ items: world.pods ?? [pod] }));
    },
  };
  const found = await searchLogs({
    api,
    ingress: ingress(),
    takers: foundControllers([pod]),
    run: RUN,
    markers: [MARKER],
    since: SINCE,
    signal: new AbortController().signal,
    waits: [0, 0, 0],
  });
  return { found, asked };
}

describe("the search for our requests in a controller's log", () => {
  it("ends when they are found; lines of others are not kept, faults are", async () => {
    const { found, asked } = await search({ logs: [`${LINE}\n${FAULT}\nsomebody else's line\n`] });
    assert.deepEqual(found.marked, [
      { namespace: "ingress-nginx", pod: "ingress-nginx-controller-abc-1", container: "controller", lines: [LINE] },
    ]);
    assert.deepEqual(
      found.faults.map(({ lines }) => lines),
      [[LINE, FAULT]],
    );
    assert.equal(asked.filter((one) => one.endsWith("/log")).length, 1);
  });

  it("waits for a line that comes late", async () => {
    const { found } = await search({ logs: ["", `${LINE}\n`] });
    assert.deepEqual(found.marked[0]?.lines, [LINE]);
  });

  const doubts: readonly (readonly [string, World, RegExp])[] = [
    ["the log was rotated meanwhile", { begins: "2026-11-22T12:00:01.5Z x" }, /begins after the first request/],
    ["its beginning cannot be read", { begins: "what" }, /cannot be told/],
    ["it may not be read", { status: 403 }, /no explanation/],
    [
      "another pod of the controller came",
      { pods: [nginxPod(), nginxPod([], { name: "ingress-nginx-controller-abc-2" })] },
      /pods changed meanwhile/,
    ],
  ];
  for (const [name, world, why] of doubts)
    it(`does not call a line missing when ${name}`, async () => {
      assert.match((await search(world)).found.marked[0]?.unreadable ?? "", why);
    });

  it("calls it missing when the log is whole, and knows its settings", async () => {
    const { found } = await search({ settings: { "disable-access-log": "true" } });
    assert.equal(found.marked[0]?.unreadable, undefined);
    assert.match(found.marked[0]?.silent ?? "", /access log is off/);
  });

  it("does not take the pods of another controller for new ones", async () => {
    const { found } = await search({
      pods: [nginxPod(), nginxPod([], { name: "x-1", deployment: "x", hash: "x" })].map((one) =>
        one.metadata.name === "x-1"
          ? {
              ...one,
              metadata: { ...one.metadata, labels: { ...one.metadata.labels, "app.kubernetes.io/component": "other" } },
            }
          : one,
      ),
    });
    assert.equal(found.marked[0]?.unreadable, undefined);
  });
});
