/** Lines recorded from the controllers of the test bed: ingress-nginx 1.15 and Traefik 3, as they wrote them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessLineOf, upstreamInShort, upstreamText } from "../../../src/model/ingress/accesslog.ts";

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

  it("names every upstream that was tried, in order: refused three times", () => {
    const line = accessLineOf(
      '10.214.0.10 - - [27/Nov/2026:22:15:10 +0000] "GET /delay/2s?netcheck=0a1b2c3d0000 HTTP/1.1" 502 150 "-" "kubectl-netcheck/0a1b2c3d0000" 182 0.001 [explore-wrong-80] [] 10.244.0.4:9090, 10.244.1.4:9090, 10.244.0.4:9090 0, 0, 0 0.001, 0.000, 0.000 502, 502, 502 0a1b2c3d000000000000000000000000',
    );
    assert.ok(line);
    assert.equal(line.status, 502);
    assert.equal(upstreamText(line), "10.244.0.4:9090 502 → 10.244.1.4:9090 502 → 10.244.0.4:9090 502");
    assert.equal(upstreamInShort(line), "10.244.0.4:9090 502 (3 tries)");
  });

  it("names the app's own answers, and the time that it took", () => {
    const line = accessLineOf(
      '10.214.0.10 - - [27/Nov/2026:22:15:15 +0000] "GET /status/503?netcheck=0a1b2c3d0000 HTTP/1.1" 503 459 "-" "curl/7.88.1" 117 0.002 [explore-web-80] [] 10.244.0.4:8080, 10.244.1.4:8080, 10.244.0.4:8080 0, 0, 459 0.001, 0.001, 0.000 503, 503, 503 2b9911e4066a4896ff6a65f915024266',
    );
    assert.deepEqual([line?.upstreams.at(-1), line?.seconds], [{ address: "10.244.0.4:8080", status: 503 }, 0.002]);
    const slow = accessLineOf(
      '10.214.0.10 - - [27/Nov/2026:22:15:13 +0000] "GET /delay/2s?netcheck=0a1b2c3d0000 HTTP/1.1" 504 160 "-" "kubectl-netcheck/0a1b2c3d0000" 180 3.001 [explore-web-80] [] 10.244.1.4:8080, 10.244.0.4:8080, 10.244.1.4:8080 0, 0, 0 1.000, 1.001, 1.000 504, 504, 504 0a1b2c3d000000000000000000000000',
    );
    assert.deepEqual([slow?.status, slow?.seconds, slow?.upstreams.length], [504, 3.001, 3]);
  });

  it("without an upstream says that the controller answered by itself", () => {
    const line = accessLineOf(
      '10.214.0.10 - - [27/Nov/2026:22:15:09 +0000] "GET /delay/2s?netcheck=0a1b2c3d0000 HTTP/1.1" 503 190 "-" "kubectl-netcheck/0a1b2c3d0000" 181 0.000 [explore-none-80] [] - - - - 0a1b2c3d000000000000000000000000',
    );
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
    const unrouted = accessLineOf(
      '10.244.0.1 - - [27/Nov/2026:22:15:15 +0000] "GET /?netcheck=0a1b2c3d0000 HTTP/1.1" 404 19 "-" "-" 4 "-" "-" 0ms',
    );
    assert.deepEqual([unrouted?.status, unrouted?.route, unrouted?.upstreams], [404, "", []]);
    const left = accessLineOf(
      '10.244.0.1 - - [27/Nov/2026:22:15:16 +0000] "GET /delay/5s?netcheck=0a1b2c3d0000 HTTP/1.1" 499 21 "-" "-" 5 "explore-tweb-web-gateway-netcheck-test@kubernetes" "http://10.244.0.4:8080" 1001ms',
    );
    assert.deepEqual([left?.status, left?.seconds], [499, 1.001]);
  });

  it("of another format is not read", () => {
    assert.equal(accessLineOf('{"id":"49d69dbf0000","status":"200"}'), undefined);
    assert.equal(accessLineOf(`${NGINX} more`), undefined);
    assert.equal(accessLineOf("I1127 21:48:29.1 7 controller.go:213] Backend successfully reloaded"), undefined);
  });
});
