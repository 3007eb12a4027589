/** Lines recorded from the controllers of the test bed (ingress-nginx 1.15, Traefik 3); only markers and addresses are as they were. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessLineOf, upstreamText } from "../../../src/model/ingress/accesslog.ts";

const NGINX =
  '10.214.0.10 - - [27/Nov/2026:21:48:37 +0000] "GET /?netcheck=49d69dbf0000 HTTP/1.1" 200 444 "-" "kubectl-netcheck/49d69dbf0000" 177 0.001 [explore-web-80] [] 10.244.0.4:8080 444 0.000 200 49d69dbf000000000000000000000000';
const TRAEFIK =
  '10.213.0.11 - - [27/Nov/2026:21:48:34 +0000] "GET /?netcheck=227dc9970000 HTTP/1.1" 200 481 "-" "-" 3 "explore-tr-tr-gateway-netcheck-test@kubernetes" "http://10.244.0.4:8080" 0ms';

describe("an access line", () => {
  it("of ingress-nginx's default format tells client, status, route and upstream", () => {
    assert.deepEqual(accessLineOf(NGINX), {
      format: "ingress-nginx",
      client: "10.214.0.10",
      status: 200,
      route: "explore-web-80",
      upstreams: [{ address: "10.244.0.4:8080", status: 200 }],
      seconds: 0.001,
    });
  });

  it("names every upstream that was tried, in order", () => {
    const tried = NGINX.replace(
      "10.244.0.4:8080 444 0.000 200 ",
      "10.244.0.4:8080, 10.244.1.5:8080, 10.244.0.4:8080 0, 0, 0 5.000, 5.000, 5.001 504, 504, 504 ",
    ).replace('" 200 444', '" 504 160');
    const line = accessLineOf(tried);
    assert.ok(line);
    assert.equal(line.status, 504);
    assert.equal(upstreamText(line), "10.244.0.4:8080 504 → 10.244.1.5:8080 504 → 10.244.0.4:8080 504");
  });

  it("without an upstream says that the controller answered by itself", () => {
    const own = NGINX.replace(
      "[explore-web-80] [] 10.244.0.4:8080 444 0.000 200 ",
      "[explore-web-80] [] - - - - ",
    ).replace('" 200 444', '" 503 190');
    const line = accessLineOf(own);
    assert.ok(line);
    assert.deepEqual([line.status, line.upstreams, upstreamText(line)], [503, [], "none"]);
  });

  it("of Traefik's common format tells router and server", () => {
    assert.deepEqual(accessLineOf(TRAEFIK), {
      format: "traefik",
      client: "10.213.0.11",
      status: 200,
      route: "explore-tr-tr-gateway-netcheck-test@kubernetes",
      upstreams: [{ address: "http://10.244.0.4:8080", status: undefined }],
      seconds: 0,
    });
    const unrouted = TRAEFIK.replace('" 200 481', '" 404 19').replace(/3 ".*/, '7 "-" "-" 0ms');
    assert.deepEqual([accessLineOf(unrouted)?.route, accessLineOf(unrouted)?.upstreams], ["", []]);
  });

  it("of another format is not read", () => {
    assert.equal(accessLineOf('{"id":"49d69dbf0000","status":"200"}'), undefined);
    assert.equal(accessLineOf(`${NGINX} more`), undefined);
    assert.equal(accessLineOf("I1127 21:48:29.1 7 controller.go:213] Backend successfully reloaded"), undefined);
  });
});
