import { check } from "../../../src/checks/probe/http.ts";
import { result, target } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";

const other = target({ host: "10.244.2.8" });
const said = target({ scheme: "https", guessed: false });

checkCases(check, {
  fires: [
    { name: "a server error", given: { probes: [result(target(), [503, 503])] }, expect: ["pod/app-http-5xx error"] },
    {
      name: "a server error of one endpoint of two",
      given: { probes: [result(target(), [500, 500]), result(other)] },
      expect: ["pod/app-http-5xx warning"],
    },
    {
      name: "a page that is not there",
      given: { probes: [result(target(), [404, 404])] },
      expect: ["pod/app-http-4xx info"],
    },
    {
      name: "appProtocol says https, the port speaks plain HTTP",
      given: { probes: [result(said, ["tls-on-plain", "tls-on-plain"])] },
      expect: ["pod/protocol-mismatch warning"],
    },
    {
      name: "another status than the expected",
      given: { probes: [result(target({ expect: "200,3xx" }), [404, 404])] },
      expect: ["probe/unexpected-status error"],
    },
  ],
  silent: [
    { name: "all is well", given: { probes: [result(target())] } },
    { name: "a redirect is an answer", given: { probes: [result(target(), [308, 308])] } },
    { name: "an expected 503", given: { probes: [result(target({ expect: "503" }), [503, 503])] } },
    { name: "an expected class of statuses", given: { probes: [result(target({ expect: "4xx" }), [401, 401])] } },
    {
      name: "only our guess of the protocol was wrong",
      given: { probes: [result(target(), ["not-http", "not-http"])] },
    },
    {
      name: "not reached at all: another station's question",
      given: { probes: [result(target(), ["refused", "refused"])] },
    },
    { name: "no pod was tried", given: { probes: [] }, status: "skipped" },
  ],
});
