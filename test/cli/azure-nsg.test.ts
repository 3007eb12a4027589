import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, describe, it } from "node:test";
import { runApp } from "../../src/cli/app.ts";
import { UserError } from "../../src/errors.ts";

const dir = mkdtempSync(join(tmpdir(), "netcheck-nsg-"));
after(() => rmSync(dir, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const rule = (name: string, priority: number, given: object) => ({
  name,
  priority,
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "*",
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "80",
  ...given,
});
const subnet = file("subnet.json", {
  name: "custom",
  securityRules: [rule("allow-web", 100, { sourceAddressPrefix: "Internet" })],
});
const empty = file("empty.json", { name: "empty", securityRules: [] });
const tagged = file("tagged.json", {
  name: "tagged",
  securityRules: [rule("front-door", 100, { sourceAddressPrefix: "AzureFrontDoor.Backend" })],
});

async function run(line: readonly string[], stdin = ""): Promise<{ readonly code: number; readonly out: string }> {
  let out = "";
  const code = await runApp(["azure", "nsg", ...line], {
    out: (text) => {
      out += text;
    },
    err: () => {},
    stdin: Readable.from([Buffer.from(stdin)]),
    env: {},
    columns: 100,
    tty: false,
    signal: new AbortController().signal,
  });
  return { code, out };
}

const FLOW = ["--from", "203.0.113.7", "--to", "20.62.1.9", "--port", "80"];

describe("netcheck azure nsg", () => {
  it("allowed: exit code 0, the deciding rule and NSG named", async () => {
    const { code, out } = await run(["--nsg-file", subnet, ...FLOW, "-o", "json"]);
    const answer = JSON.parse(out);
    assert.deepEqual(
      [code, answer.verdict, answer.rule, answer.nsg, answer.candidates],
      [0, "Allow", "allow-web", "custom", []],
    );
  });

  it("denied: exit code 1", async () => {
    const { code, out } = await run(["--nsg-file", subnet, "--nsg-file", empty, ...FLOW, "-o", "json"]);
    const answer = JSON.parse(out);
    assert.deepEqual(
      [code, answer.verdict, answer.rule, answer.priority, answer.nsg],
      [1, "Deny", "DenyAllInBound", 65500, "empty"],
    );
  });

  it("unknown: exit code 3 and what it hangs on", async () => {
    const { code, out } = await run(["--nsg-file", tagged, ...FLOW]);
    assert.equal(code, 3);
    assert.match(
      out,
      /^UNKNOWN {2}client → subnet NSG tagged: UNKNOWN \(hangs on 100 front-door, 65500 DenyAllInBound\)/,
    );
  });

  it("service tags and a route table settle it, or unsettle it", async () => {
    const tags = file("tags.json", {
      values: [{ name: "AzureFrontDoor.Backend", properties: { addressPrefixes: ["203.0.113.0/24"] } }],
    });
    assert.equal((await run(["--nsg-file", tagged, ...FLOW, "--service-tags", tags])).code, 0);
    const routes = file("routes.json", {
      routes: [{ name: "out", addressPrefix: "0.0.0.0/0", nextHopType: "VirtualAppliance" }],
    });
    assert.equal((await run(["--nsg-file", empty, ...FLOW, "--route-table", routes])).code, 3);
    assert.equal((await run(["--nsg-file", empty, ...FLOW])).code, 1);
  });

  it("prefixes come repeated or in a list", async () => {
    const inside = ["--from", "10.1.0.4", "--to", "10.224.0.50", "--port", "80", "--nsg-file", empty];
    assert.equal((await run(inside)).code, 3);
    assert.equal((await run([...inside, "--vnet", "10.224.0.0/12", "--vnet", "10.1.0.0/16"])).code, 0);
    assert.equal((await run([...inside, "--vnet", "10.224.0.0/12,10.1.0.0/16"])).code, 0);
    assert.equal((await run(["--vnet", "10.224.0.0/12", "10.1.0.0/16", ...inside])).code, 0);
  });

  it("many flows: JSON lines in, JSON lines out", async () => {
    const line = (port: number): string => JSON.stringify({ from: "203.0.113.7", to: "20.62.1.9", port });
    const flows = file("flows.jsonl", `${line(80)}\n${line(81)}\n`);
    const { code, out } = await run(["--nsg-file", subnet, "--flows", flows, "-o", "json"]);
    assert.equal(code, 1);
    assert.deepEqual(
      out
        .trim()
        .split("\n")
        .map((one) => JSON.parse(one))
        .map((one) => [one.line, one.verdict]),
      [
        [1, "Allow"],
        [2, "Deny"],
      ],
    );
    assert.equal((await run(["--nsg-file", subnet, "--flows", "-"], line(80))).code, 0);
    assert.equal((await run(["--nsg-file", subnet, "--flows", "-"], `${line(80)}\nnonsense`)).code, 2);
  });

  it("many flows for people: each with its way", async () => {
    const flow = { from: "203.0.113.7", to: "20.62.1.9", port: 80, protocol: "TCP" };
    const text = `${JSON.stringify(flow)}\n${JSON.stringify({ ...flow, port: 81, direction: "Inbound" })}\n{}`;
    const { code, out } = await run(["--nsg-file", subnet, "--flows", "-"], text);
    assert.equal(code, 2);
    assert.deepEqual(out.split("\n"), [
      "Inbound TCP 203.0.113.7 → 20.62.1.9 port 80",
      "  ALLOW  client → subnet NSG custom: ALLOW by 100 allow-web → NIC NSG: none",
      "Inbound TCP 203.0.113.7 → 20.62.1.9 port 81",
      "  DENY  client → subnet NSG custom: DENY by 65500 DenyAllInBound → NIC NSG: none",
      "line 3: from: nothing is no IP address",
      "",
    ]);
  });

  it("outbound, and IPv6", async () => {
    const from = ["--from", "10.224.0.4", "--to", "20.62.1.9", "--port", "443", "--vnet", "10.224.0.0/12"];
    const { code, out } = await run(["--nsg-file", empty, ...from, "--direction", "Outbound", "-o", "json"]);
    assert.deepEqual([code, JSON.parse(out).rule], [0, "AllowInternetOutBound"]);
    const six = ["--from", "2001:db8::7", "--to", "2603:1020::9", "--port", "80"];
    assert.equal((await run(["--nsg-file", subnet, ...six])).code, 0);
    assert.equal((await run(["--nsg-file", empty, ...six])).code, 1);
    const inside = ["--from", "fd00:1::4", "--to", "fd00:1::9", "--port", "80", "--vnet", "fd00:1::/64"];
    assert.equal((await run(["--nsg-file", empty, ...inside])).code, 0);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no file", FLOW, /--nsg-file FILE is missing/],
    ["an absent file", ["--nsg-file", join(dir, "absent.json"), ...FLOW], /absent\.json: there is no such file/],
    [
      "absent flows",
      ["--nsg-file", empty, "--flows", join(dir, "absent.jsonl")],
      /absent\.jsonl: there is no such file/,
    ],
    ["no JSON", ["--nsg-file", file("text.json", "<html>"), ...FLOW], /text\.json is no JSON/],
    ["another resource", ["--nsg-file", file("lb.json", { name: "lb" }), ...FLOW], /lb has neither securityRules/],
    [
      "several NSGs",
      [
        "--nsg-file",
        file("two.json", [
          { name: "a", securityRules: [] },
          { name: "b", securityRules: [] },
        ]),
        ...FLOW,
      ],
      /holds 2 network security groups \(a, b\)/,
    ],
    ["three files", ["--nsg-file", empty, "--nsg-file", empty, "--nsg-file", empty, ...FLOW], /at most twice/],
    [
      "no address",
      ["--nsg-file", empty, "--from", "home", "--to", "1.1.1.1", "--port", "1"],
      /--from: "home" is no IP address/,
    ],
    ["an unknown protocol", ["--nsg-file", empty, ...FLOW, "--protocol", "QUIC"], /--protocol: "QUIC" is none of TCP/],
    ["an unknown direction", ["--nsg-file", empty, ...FLOW, "--direction", "up"], /--direction: "up" is neither/],
    ["no port", ["--nsg-file", empty, "--from", "1.1.1.1", "--to", "1.1.1.2"], /--port: nothing is no port number/],
    [
      "a port out of range",
      ["--nsg-file", empty, ...FLOW.slice(0, 4), "--port", "70000"],
      /--port: "70000" is no port/,
    ],
    ["an empty file", ["--nsg-file", file("void.json", ""), ...FLOW], /void\.json is no JSON/],
    ["an empty list", ["--nsg-file", file("none.json", []), ...FLOW], /none\.json: the list is empty/],
    [
      "a rule that says neither Allow nor Deny",
      ["--nsg-file", file("odd.json", { name: "odd", securityRules: [rule("x", 100, { access: "Maybe" })] }), ...FLOW],
      /odd: securityRules\[0\] \(x\): access is neither Allow nor Deny/,
    ],
    ["no flows in the file", ["--nsg-file", empty, "--flows", file("void.jsonl", "\n")], /--flows holds no flow/],
    ["a wrong prefix", ["--nsg-file", empty, ...FLOW, "--vnet", "10.0.0.0"], /--vnet 10\.0\.0\.0 is no CIDR/],
  ];
  for (const [what, line, message] of wrong)
    it(`refuses ${what}, saying so`, () =>
      assert.rejects(run(line), (error: unknown) => error instanceof UserError && message.test(error.message)));
});
