import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diagnose } from "../../src/nsg/diagnose.ts";
import { evaluateNsg } from "../../src/nsg/evaluate.ts";
import { describePath, evaluatePath } from "../../src/nsg/path.ts";
import { cidrs, flow, nsg, rule } from "./build.ts";

const web = flow({ from: "203.0.113.7", to: "20.62.1.9", port: 80 });
const open = nsg("open", rule(100, "Allow"));
const closed = nsg("closed", rule(100, "Deny"));
const doubtful = nsg("doubtful", rule(100, "Allow", { from: "Storage" }));

describe("one NSG", () => {
  it("knows its answer when every doubtful rule says the same", () => {
    const said = evaluateNsg(nsg("a", rule(100, "Allow", { from: "Storage" }), rule(200, "Allow")), web, {});
    assert.equal(said.verdict, "Allow");
    assert.equal(said.rule?.priority, 200);
    assert.deepEqual(
      said.candidates.map((one) => one.priority),
      [100],
    );
  });

  it("does not when one of them says otherwise, and names all it hangs on", () => {
    const said = evaluateNsg(nsg("a", rule(100, "Allow", { from: "Storage" }), rule(200, "Deny")), web, {});
    assert.equal(said.verdict, "Unknown");
    assert.equal(said.rule, null);
    assert.deepEqual(
      said.candidates.map((one) => one.priority),
      [100, 200],
    );
  });

  it("says nothing when its list of default rules was cut", () => {
    const cut = { ...open, rules: [rule(100, "Allow", { ports: "443" })] };
    const said = evaluateNsg(cut, web, {});
    assert.deepEqual(said, { verdict: "Unknown", rule: null, candidates: [] });
    assert.equal(diagnose(evaluatePath({ nic: cut }, web), web)?.certain, false);
  });

  it("takes the stricter of two rules with one priority, then the first by name", () => {
    const twins = nsg("twins", rule(100, "Allow"), rule(100, "Deny", { name: "b" }), rule(100, "Deny", { name: "a" }));
    assert.equal(evaluateNsg(twins, web, {}).rule?.name, "a");
  });
});

describe("the NSGs on the way", () => {
  it("inbound: subnet, then NIC; the first that denies is named", () => {
    assert.equal(evaluatePath({ subnet: closed, nic: closed }, web).deciding?.place, "subnet");
    assert.equal(evaluatePath({ subnet: open, nic: closed }, web).deciding?.place, "nic");
    assert.equal(evaluatePath({ subnet: doubtful, nic: closed }, web).verdict, "Deny");
    assert.equal(evaluatePath({ subnet: doubtful, nic: open }, web).verdict, "Unknown");
  });

  it("outbound: NIC, then subnet", () => {
    const out = flow({ direction: "outbound", from: "10.224.0.4", to: "198.51.100.9", port: 443 });
    const shut = nsg("shut", rule(100, "Deny", { direction: "Outbound" }));
    const said = evaluatePath({ subnet: shut, nic: shut }, out);
    assert.deepEqual(
      said.steps.map((step) => step.place),
      ["nic", "subnet"],
    );
    assert.equal(said.deciding?.place, "nic");
    const free = evaluatePath({ subnet: nsg("plain"), nic: nsg("plain") }, out, { vnet: cidrs("10.224.0.0/12") });
    assert.equal(free.deciding?.rule?.name, "AllowInternetOutBound");
  });

  it("without any NSG a public frontend is closed, everything else is open", () => {
    const said = evaluatePath({}, web);
    assert.deepEqual([said.verdict, said.noNsg, said.deciding], ["Deny", true, null]);
    assert.equal(diagnose(said, web)?.fault, "azure/no-nsg");
    const inside = flow({ from: "10.1.0.4", to: "10.224.0.50", port: 80 });
    assert.equal(evaluatePath({}, inside).verdict, "Allow");
    assert.equal(evaluatePath({}, inside, { publicFrontend: true }).verdict, "Deny");
    assert.equal(evaluatePath({}, web, { publicFrontend: false }).verdict, "Allow");
    assert.equal(
      evaluatePath({}, flow({ from: "10.1.0.4", to: "1.1.1.1", port: 80, direction: "Outbound" })).verdict,
      "Allow",
    );
    assert.equal(diagnose(evaluatePath({}, inside), inside), undefined);
  });

  it("an NSG that could not be read is no absent one", () => {
    const said = evaluatePath({ subnet: "unreadable", nic: open }, web);
    assert.equal(said.verdict, "Unknown");
    assert.equal(said.deciding?.place, "subnet");
    assert.equal(diagnose(said, web), undefined);
    assert.equal(evaluatePath({ subnet: "unreadable" }, web).noNsg, false);
    assert.equal(evaluatePath({ subnet: "unreadable", nic: closed }, web).verdict, "Deny");
  });

  it("reads as one line", () => {
    const line = describePath(evaluatePath({ subnet: nsg("custom"), nic: open }, web));
    assert.equal(
      line,
      "client → subnet NSG custom: DENY by 65500 DenyAllInBound → NIC NSG open: ALLOW by 100 allow-100",
    );
    assert.equal(
      describePath(evaluatePath({ subnet: "unreadable", nic: doubtful }, web)),
      "client → subnet NSG: unreadable → NIC NSG doubtful: UNKNOWN (hangs on 100 allow-100, 65500 DenyAllInBound)",
    );
    assert.match(describePath(evaluatePath({ nic: open }, web)), /^client → subnet NSG: none → NIC NSG open: ALLOW/);
  });
});

describe("what keeps a flow out", () => {
  const fault = (...rules: Parameters<typeof nsg> extends [string, ...infer R] ? R : never): string | undefined =>
    diagnose(evaluatePath({ subnet: nsg("s", ...rules) }, web), web)?.fault;

  it("an allowed flow has no fault", () => assert.equal(fault(rule(100, "Allow")), undefined));
  it("an allow for other nodes or the whole VNet", () => {
    assert.equal(fault(rule(100, "Allow", { to: "VirtualNetwork" })), "azure/nsg-destination-private");
    assert.equal(fault(rule(100, "Allow", { to: "10.224.0.4" })), "azure/nsg-destination-private");
  });
  it("an allow for another public frontend is no hint at the nodes", () =>
    assert.equal(fault(rule(100, "Allow", { to: "20.62.1.10" })), "azure/nsg-no-allow-rule"));
  it("a private frontend is met by private destinations: another one is no hint", () => {
    const inside = flow({ from: "203.0.113.7", to: "10.224.0.50", port: 80 });
    const said = evaluatePath({ subnet: nsg("s", rule(100, "Allow", { to: "10.225.0.0/16" })) }, inside);
    assert.equal(diagnose(said, inside)?.fault, "azure/nsg-no-allow-rule");
  });
  it("an allow for another port is no hint at all", () =>
    assert.equal(fault(rule(100, "Allow", { to: "10.224.0.4", ports: "443" })), "azure/nsg-no-allow-rule"));
  it("an allow for the probe beside one for another client", () =>
    assert.equal(
      fault(rule(100, "Allow", { from: "AzureLoadBalancer" }), rule(200, "Allow", { from: "198.51.100.9" })),
      "azure/nsg-no-allow-rule",
    ));
  it("an allow for groups only: nobody can tell", () => {
    assert.equal(fault(rule(100, "Allow", { to: [], toGroups: ["/asg/web"] })), "azure/nsg-denies-inbound");
    assert.equal(
      fault(rule(100, "Allow", { from: [], fromGroups: ["/asg/web"], to: "10.0.0.1" })),
      "azure/nsg-no-allow-rule",
    );
  });
  it("a deny with a source port that nobody is sure to use", () =>
    assert.equal(fault(rule(100, "Deny", { sourcePorts: "80" }), rule(200, "Allow")), "azure/nsg-denies-inbound"));
  it("a doubtful allow for everybody after a doubtful deny", () =>
    assert.equal(
      fault(rule(100, "Deny", { from: "Storage" }), rule(200, "Allow", { from: "Storage" }), rule(300, "Allow")),
      "azure/nsg-denies-inbound",
    ));
});
