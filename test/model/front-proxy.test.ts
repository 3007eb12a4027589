import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frontProxies, type SeenInFront } from "../../src/model/front-proxy.ts";

describe("a proxy in front", () => {
  const rows: readonly (readonly [string, SeenInFront, readonly string[]])[] = [
    ["Front Door by its name", { cnames: ["shop-x1.z01.azurefd.net", "shop.t-msedge.net."] }, ["front-door certain"]],
    ["Front Door by its header, whatever the case", { headers: { "X-Azure-Ref": "0abc" } }, ["front-door certain"]],
    [
      "name and header are one proxy",
      { cnames: ["shop.azurefd.net"], headers: { "x-azure-ref": "0" } },
      ["front-door certain"],
    ],
    ["Azure CDN", { cnames: ["shop.azureedge.net"] }, ["azure-cdn certain"]],
    ["the Front Door behind azureedge.net", { cnames: ["shop.afd.azureedge.net"] }, ["front-door certain"]],
    ["API Management", { cnames: ["shop.azure-api.net"] }, ["api-management certain"]],
    [
      "Traffic Manager chooses a Front Door: in the order of DNS",
      { cnames: ["shop.trafficmanager.net", "shop.azurefd.net"] },
      ["traffic-manager certain", "front-door certain"],
    ],
    [
      "Cloudflare before an Application Gateway",
      { headers: { "CF-RAY": "8", Server: "cloudflare" } },
      ["cloudflare certain"],
    ],
    [
      "Application Gateway answers by itself",
      { headers: { Server: "Microsoft-Azure-Application-Gateway/v2" } },
      ["application-gateway certain"],
    ],
    ["Fastly's header may be another's", { headers: { "x-served-by": "cache-fra-1" } }, ["fastly likely"]],
    ["a proxy of no name", { headers: { Via: "1.1 squid" } }, ["unknown-proxy likely"]],
    [
      "Via of a known proxy is no second one",
      { headers: { Via: "2.0 cloudfront", "X-Amz-Cf-Id": "x" } },
      ["cloudfront certain"],
    ],
    [
      "Traffic Manager carries nothing: Via is somebody else's",
      { cnames: ["a.trafficmanager.net"], headers: { via: "1.1 x" } },
      ["traffic-manager certain", "unknown-proxy likely"],
    ],
    ["the cluster's own public name", { cnames: ["shop.westeurope.cloudapp.azure.com"] }, []],
    ["names that only look alike", { cnames: ["azurefd.net.example.com", "notazurefd.net"] }, []],
    ["ingress-nginx", { headers: { Server: "nginx", "X-Served-By": "web-1" } }, []],
    ["nothing seen proves nothing", {}, []],
  ];
  for (const [name, seen, expected] of rows)
    it(name, () => {
      assert.deepEqual(
        frontProxies(seen).map(({ kind, confidence }) => `${kind} ${confidence}`),
        expected,
      );
    });

  it("says what it is told from, and what it means for source addresses and timeouts", () => {
    const [proxy] = frontProxies({ cnames: ["Shop.AzureFD.net."], headers: { "x-azure-ref": "0" } });
    assert.deepEqual(proxy?.evidence, ["CNAME shop.azurefd.net", "header x-azure-ref"]);
    assert.match(proxy?.source ?? "", /AzureFrontDoor\.Backend/);
    assert.match(proxy?.timeout ?? "", /60 s/);
    assert.equal(frontProxies({ cnames: ["a.trafficmanager.net"] })[0]?.carries, false);
  });
});
