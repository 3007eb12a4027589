import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../../src/model/check.ts";
import { notReadable, podToLookInto, socketsIn } from "../../src/probe/sockets.ts";
import { pod } from "../support/objects.ts";
import { result, target } from "./support.ts";

const row = (local: string, state = "0A"): string => `   0: ${local} 00000000:0000 ${state} 00000000:00000000`;
const read = (turn: number, ...rows: readonly string[]): string =>
  [`@@ ${turn} tcp`, ...rows, `@@ ${turn} tcp6`, `@@ ${turn} udp`, `@@ ${turn} udp6`].join("\n");

describe("two reads of the socket tables", () => {
  it("count what both show: a socket that comes or goes says nothing", () => {
    const output = [
      read(1, row("00000000:0BB8"), row("00000000:8235")),
      read(2, row("00000000:0BB8"), row("00000000:9999")),
    ];
    assert.deepEqual(
      socketsIn(output.join("\n"))?.map(({ port }) => port),
      [3000],
    );
  });

  it("an empty table is a table: nothing listens", () => {
    assert.deepEqual(socketsIn(`${read(1)}\n${read(2)}`), []);
  });

  it("half an output is none", () => {
    assert.equal(socketsIn(read(1, row("00000000:0BB8"))), undefined);
    assert.equal(socketsIn("cat: not found"), undefined);
  });
});

describe("the pod to look into", () => {
  const second = pod({ metadata: { name: "web-2" } });
  const scope: Scope = {
    target: "svc",
    namespace: "shop",
    pods: [pod(), second],
    services: [],
    ingresses: [],
    group: true,
  };
  const of = (name: string) => target({ object: { kind: "Pod", namespace: "shop", name } });

  it("is the one that refused", () => {
    const probes = [result(of("web-1")), result(of("web-2"), ["refused", "refused"])];
    assert.equal(podToLookInto(scope, probes)?.metadata.name, "web-2");
    assert.equal(podToLookInto(scope, [])?.metadata.name, "web-1");
  });

  it("is none whose table would be the node's, nor one that takes no container", () => {
    assert.match(notReadable(pod({ spec: { hostNetwork: true } })) ?? "", /whole node/);
    assert.match(
      notReadable(pod({ metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } })) ?? "",
      /static pod/,
    );
    assert.equal(notReadable(pod()), undefined);
  });
});
