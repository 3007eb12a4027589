import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerOf, evaluateFlows, parseFlow } from "../../src/nsg/flows.ts";
import { evaluatePath } from "../../src/nsg/path.ts";
import { cidrs, flow, nsg, rule } from "./build.ts";

describe("a flow as people write it", () => {
  it("fills in Inbound and TCP", () => {
    const parsed = parseFlow({ from: "203.0.113.7", to: "20.62.1.9", port: "80" });
    assert.ok(!("problem" in parsed));
    assert.deepEqual([parsed.direction, parsed.protocol, parsed.port], ["Inbound", "TCP", 80]);
  });
  it("knows Internet and AzureLoadBalancer as sources", () => {
    assert.deepEqual(
      flow({ from: "Internet", to: "1.2.3.4", port: 1 }),
      flow({ from: "203.0.113.7", to: "1.2.3.4", port: 1 }),
    );
    assert.deepEqual(
      flow({ from: "azureloadbalancer", to: "1.2.3.4", port: 1 }),
      flow({ from: "168.63.129.16", to: "1.2.3.4", port: 1 }),
    );
  });
  it("takes a source port, and ICMP without ports", () => {
    assert.equal(flow({ from: "1.1.1.1", to: "1.2.3.4", port: 1, sourcePort: 53 }).sourcePort, 53);
    assert.equal(flow({ from: "1.1.1.1", to: "1.2.3.4", protocol: "icmp", port: null }).port, undefined);
  });
  const wrong: readonly (readonly [object, string])[] = [
    [{ to: "1.1.1.1", port: 1 }, "from: nothing is no IP address"],
    [{ from: "1.1.1.1", to: "web", port: 1 }, 'to: "web" is no IP address'],
    [{ from: "1.1.1.1", to: "1.1.1.2", port: 1, direction: "in" }, 'direction: "in" is neither Inbound nor Outbound'],
    [
      { from: "1.1.1.1", to: "1.1.1.2", port: 1, protocol: "GRE" },
      'protocol: "GRE" is none of TCP, UDP, SCTP, ICMP, ESP, AH',
    ],
    [{ from: "1.1.1.1", to: "1.1.1.2" }, "port: nothing is no port number from 0 to 65535"],
    [{ from: "1.1.1.1", to: "1.1.1.2", port: 70000 }, "port: 70000 is no port number from 0 to 65535"],
    [{ from: "1.1.1.1", to: "1.1.1.2", port: 1, sourcePort: "*" }, 'sourcePort: "*" is no port number from 0 to 65535'],
  ];
  for (const [request, problem] of wrong) it(problem, () => assert.deepEqual(parseFlow(request), { problem }));
});

describe("many flows", () => {
  const path = { subnet: nsg("custom", rule(100, "Allow", { from: "Storage", ports: "443" })), nic: "none" } as const;
  const context = { vnet: cidrs("10.224.0.0/12") };

  it("answers every line by its number, faults included", () => {
    const text = [
      '{"from":"203.0.113.7","to":"20.62.1.9","port":80,"protocol":"TCP"}',
      "",
      "not JSON",
      "[1]",
      '{"from":"nobody"}\r',
      '{"from":"203.0.113.7","to":"20.62.1.9","port":443}',
    ].join("\n");
    const lines = evaluateFlows(text, path, context);
    assert.deepEqual(
      lines.map((one) => {
        if ("problem" in one) return [one.line, one.problem];
        const { verdict, rule, nsg: by } = answerOf(one.said);
        return [one.line, verdict, rule, by];
      }),
      [
        [1, "Deny", "DenyAllInBound", "custom"],
        [3, "no JSON object"],
        [4, "no JSON object"],
        [5, 'from: "nobody" is no IP address'],
        [6, "Unknown", null, "custom"],
      ],
    );
  });

  it("takes an array of flows too, and counts its elements", () => {
    const text = `\uFEFF [\n {"from":"203.0.113.7","to":"20.62.1.9","port":80},\n 7 ]`;
    assert.deepEqual(
      evaluateFlows(text, path, context).map((one) => [one.line, "problem" in one ? one.problem : one.said.verdict]),
      [
        [1, "Deny"],
        [2, "no JSON object"],
      ],
    );
    assert.deepEqual(
      evaluateFlows("[ broken", path).map((one) => one.line),
      [1],
    );
  });

  it("knows no surroundings by default", () => {
    const [line] = evaluateFlows('{"from":"10.1.0.4","to":"10.224.0.4","port":80}', path);
    assert.ok(line && "said" in line);
    const { verdict, candidates, reason } = answerOf(line.said);
    assert.equal(verdict, "Unknown");
    assert.deepEqual(
      candidates.map((one) => one.name),
      ["AllowVnetInBound", "DenyAllInBound"],
    );
    assert.match(reason ?? "", /hangs|depends/);
  });

  it("says why there is no rule to name", () => {
    const web = flow({ from: "203.0.113.7", to: "20.62.1.9", port: 80 });
    const inside = flow({ from: "10.1.0.4", to: "10.224.0.4", port: 80 });
    assert.match(answerOf(evaluatePath({}, web)).reason ?? "", /no NSG is attached to subnet or NIC, and a Standard/);
    assert.equal(answerOf(evaluatePath({}, inside)).reason, "no NSG is attached to subnet or NIC");
    assert.equal(answerOf(evaluatePath({ nic: "unreadable" }, web)).reason, "the NSG of the nic could not be read");
    const plain = answerOf(evaluatePath({ nic: nsg("plain") }, web));
    assert.deepEqual([plain.reason, plain.priority], [undefined, 65500]);
    assert.deepEqual(plain.path, [
      { place: "subnet", nsg: null, verdict: "Allow", rule: null },
      { place: "nic", nsg: "plain", verdict: "Deny", rule: "DenyAllInBound" },
    ]);
  });
});
