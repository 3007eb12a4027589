/** A Front Door in front, as far as DNS tells: the host is an alias in a zone of the bed's own, which no server outside the bed ever hears of. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../src/model/report.ts";
import { ingress } from "./scenarios/ingress.ts";
import { apply, eventually, kubectl, netcheck } from "./support/cluster.ts";
import { withController } from "./support/controller.ts";
import { service, webDeployment } from "./support/objects.ts";

const HOST = "front.netcheck.test";
const ALIAS = "shop-x1.z01.azurefd.net";

describe("a proxy in front of an Ingress", () => {
  it("is told from the alias of the host's name, drawn as a station, and is no fault", () => {
    const annotations = { "netcheck.test/hostname": HOST, "netcheck.test/alias": ALIAS };
    return withController({ annotations }, async ({ namespace, className }) => {
      await apply(namespace, [webDeployment("web", {}), service("web", {}), ingress(HOST, { className })]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      await eventually(
        async () => {
          const argv = ["ingress", "web", "-n", namespace, "--probe", "--yes", "-o", "json"];
          const { stdout, stderr, code } = await netcheck(argv);
          assert.deepEqual([stderr, code], ["", 0]);
          const report = JSON.parse(stdout) as Report;
          assert.equal(report.verdict, "healthy", report.summary);
          const stations = report.path.map(({ hop, label }) => `${hop} ${label}`);
          assert.equal(stations[0], "client client");
          assert.equal(stations[1], "front-proxy Azure Front Door");
          assert.match(stations[2] ?? "", /^load-balancer /);
          const found = report.findings.filter(({ id }) => id === "probe/front-proxy");
          assert.deepEqual(
            found.map(({ severity, confidence }) => [severity, confidence]),
            [["info", "certain"]],
          );
          const evidence = JSON.stringify(found[0]?.evidence);
          for (const part of [`CNAME ${ALIAS}`, "AzureFrontDoor.Backend", "16 to 240 s"])
            assert.ok(evidence.includes(part), `${part} in ${evidence}`);
          return true;
        },
        { timeout: 100_000, what: "an answer that names the Front Door" },
      );
    });
  });
});
