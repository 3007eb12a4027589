import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as podIp } from "../../../src/checks/probe/pod-ip.ts";
import { check } from "../../../src/checks/probe/udp.ts";
import { result, target } from "../../probe/support.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { pod, service } from "../../support/objects.ts";

const udp = target({ scheme: "udp", port: 53, guessed: false });

checkCases(check, {
  fires: [
    {
      name: "something came back",
      given: { probes: [result(udp, ["ok", "udp-silent"])] },
      expect: ["probe/udp-answers info"],
    },
    {
      name: "ICMP says that the port is closed",
      given: { probes: [result(udp, ["refused", "refused"])] },
      expect: ["probe/udp-refused info"],
    },
  ],
  silent: [
    {
      name: "silence: a drop, or a server that has nothing to say to a stranger",
      given: { probes: [result(udp, ["udp-silent", "udp-silent"])] },
    },
    { name: "refused once and silent once", given: { probes: [result(udp, ["refused", "udp-silent"])] } },
    { name: "the image cannot send datagrams", given: { probes: [result(udp, ["unclear", "unclear"])] } },
    { name: "no UDP port", given: { probes: [result(target())] }, status: "skipped" },
  ],
});

describe("UDP", () => {
  it("is never a verdict on the pod", () => {
    const probes = [result(udp, ["refused", "refused"])];
    const { findings, outcome } = runCheck(podIp, { probes, pods: [pod()], services: [service()] });
    assert.deepEqual([findings, outcome.status], [[], "skipped"]);
  });
});
