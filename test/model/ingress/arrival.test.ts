/** When the absence of a line proves something, and when it does not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Arrival, arrivalOf, type Logged } from "../../../src/model/ingress/arrival.ts";
import { foundControllers } from "../../../src/model/ingress/found.ts";
import { type MarkedLog, silenceOf } from "../../../src/model/ingress/markedlog.ts";
import type { ConfigMap } from "../../../src/model/kube.ts";
import type { ProbeClass, ProbeResult } from "../../../src/model/probe-results.ts";
import { ingress, nginxPod, traefikPod } from "../../checks/ingress/_objects.ts";
import { LOCAL, result, target, vantage } from "../../probe/support.ts";

const OUTSIDE = "0a1b2c3d0000";
const CONTROL = "0a1b2c3d0a02";

const through = { name: "shop.example.com", servicePort: 80, guessed: false } as const;

function outside(said: readonly (number | ProbeClass)[] = ["timeout-connect", "timeout-connect"]): ProbeResult {
  return { ...result(target({ ...through, hop: "host", host: "shop.example.com" }), said, LOCAL), marker: OUTSIDE };
}

function control(said: readonly (number | ProbeClass)[] = [200, 200]): ProbeResult {
  return { ...result(target({ ...through, hop: "controller-pod" }), said, vantage()), marker: CONTROL };
}

const line = (marker: string): string =>
  `10.244.1.7 - - [27/Nov/2026:21:48:38 +0000] "GET /?netcheck=${marker} HTTP/1.1" 200 461 "-" "kubectl-netcheck/${marker}" 171 0.001 [shop-web-80] [] 10.244.0.4:8080 461 0.001 200 ${marker}00000000000000000000`;
const twice = (marker: string): readonly string[] => [line(marker), line(marker)];

const log = (lines: readonly string[], given: Partial<MarkedLog> = {}): MarkedLog => ({
  namespace: "ingress-nginx",
  pod: "controller-1",
  container: "controller",
  lines,
  ...given,
});

const NGINX = { name: "ingress-nginx/controller", understood: true, carries: true };

function judge(given: Partial<Logged> & { readonly one?: ProbeResult }): Arrival {
  const { one = outside(), ...rest } = given;
  return arrivalOf(one, { controllers: [NGINX], logs: [log(twice(CONTROL))], results: [one, control()], ...rest });
}

const why = (arrival: Arrival): string => ("why" in arrival ? arrival.why : "");

describe("whether a request arrived", () => {
  it("is told by its line, whatever the client saw", () => {
    const arrival = judge({ logs: [log(twice(OUTSIDE))], one: outside(["timeout-response", "timeout-response"]) });
    assert.equal(arrival.kind, "arrived");
    assert.equal(arrival.kind === "arrived" && arrival.seen[0]?.access?.upstreams[0]?.address, "10.244.0.4:8080");
  });

  it("is disproved when the control from inside is in the log and the request is not", () => {
    assert.equal(judge({}).kind, "not-arrived");
    // Something answered, but not the controller.
    assert.equal(judge({ one: outside([200, 200]) }).kind, "not-arrived");
  });

  it("counts lines of requests, not of faults on the way to an upstream", () => {
    const fault = `2026/11/27 21:48:38 [error] 33#33: *5 connect() failed (111: Connection refused) while connecting to upstream, request: "GET /?netcheck=${OUTSIDE} HTTP/1.1"`;
    assert.equal(judge({ logs: [log([...twice(CONTROL), fault])] }).kind, "not-arrived");
  });

  it("cannot be told while the connection stands: the line is written at the end", () => {
    assert.match(why(judge({ one: outside(["timeout-response", "timeout-response"]) })), /still being worked on/);
  });

  const open: readonly (readonly [string, Partial<Logged> & { readonly one?: ProbeResult }, RegExp])[] = [
    [
      "the control is not there either",
      { logs: [log([])] },
      /the control request from inside is not in the log either/,
    ],
    [
      "the control got 404 without a line",
      { logs: [log([])], results: [control([404, 404])] },
      /requests that no rule takes/,
    ],
    ["only one of the two controls is there", { logs: [log([line(CONTROL)])] }, /sampled/],
    [
      "a log may not be read",
      { logs: [log(twice(CONTROL)), log([], { unreadable: "forbidden" })] },
      /could not be read: forbidden/,
    ],
    ["the access log is off", { logs: [log([], { silent: "its access log is off" })] }, /access log is off/],
    [
      "it is filtered, although the control passed",
      { logs: [log(twice(CONTROL), { partial: "filtered" })] },
      /filtered/,
    ],
    ["nothing was sent from inside", { results: [outside()] }, /no control request from inside/],
    [
      "the control got no answer",
      { results: [control(["timeout-connect", "timeout-connect"])] },
      /no control request from inside/,
    ],
    ["no controller was found", { controllers: [] }, /no controller that takes the Ingress/],
    [
      "how it logs is not known",
      { controllers: [{ ...NGINX, understood: false }] },
      /how .* logs requests is not known/,
    ],
    ["its proxies are elsewhere", { controllers: [{ ...NGINX, carries: false }] }, /the proxies of/],
    ["no log was read", { logs: [] }, /no log of the controller was read/],
  ];
  for (const [name, given, says] of open)
    it(`cannot be told when ${name}`, () => {
      const arrival = judge(given);
      assert.equal(arrival.kind, "undecidable");
      assert.match(why(arrival), says);
    });

  it("is no question when none was sent", () => {
    assert.match(why(judge({ one: outside(["dns", "dns"]) })), /name does not resolve/);
    assert.match(why(judge({ one: outside(["tls-alert", "tls-alert"]) })), /TLS handshake failed/);
  });
});

describe("what keeps requests out of a log", () => {
  const settings = (data: Readonly<Record<string, string>>): ConfigMap => ({
    kind: "ConfigMap",
    metadata: { namespace: "ingress-nginx", name: "settings" },
    data,
  });
  const of = (
    data: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ) => {
    const [controller] = foundControllers([nginxPod(args)]);
    assert.ok(controller);
    return silenceOf(controller, settings(data), ingress({ annotations }));
  };

  it("ingress-nginx: its ConfigMap, and annotations of the Ingress", () => {
    assert.deepEqual(of({}), {});
    assert.deepEqual(of({ "disable-access-log": "false", "access-log-path": "/var/log/nginx/access.log" }), {});
    assert.match(
      of({ "disable-access-log": "true" }).silent ?? "",
      /off \(disable-access-log in ConfigMap ingress-nginx\/settings\)/,
    );
    assert.match(of({ "enable-syslog": "true" }).silent ?? "", /syslog/);
    assert.match(of({ "access-log-path": "/logs/a.log" }).silent ?? "", /file/);
    for (const params of ["if=$loggable", "buffer=16k flush=5s"])
      assert.match(of({ "access-log-params": params }).partial ?? "", /left out of its access log, or come late/);
    const off = { "nginx.ingress.kubernetes.io/enable-access-log": "false" };
    assert.match(of({}, off).silent ?? "", /off for this Ingress/);
    const passed = { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" };
    assert.deepEqual(of({}, passed), {});
    assert.match(of({}, passed, ["--enable-ssl-passthrough"]).silent ?? "", /passed through/);
  });

  it("Traefik: its command line", () => {
    const traefik = (...args: readonly string[]) => {
      const [controller] = foundControllers([traefikPod(args)]);
      assert.ok(controller);
      return silenceOf(controller, undefined, ingress());
    };
    assert.deepEqual(traefik("--accesslog"), {});
    assert.match(traefik("--providers.kubernetesingress").silent ?? "", /does not turn the access log on/);
    assert.match(traefik("--accesslog=true", "--accesslog.filepath=/log").silent ?? "", /file/);
    assert.match(traefik("--accesslog", "--accesslog.filters.statuscodes=500-599").partial ?? "", /left out/);
  });
});
