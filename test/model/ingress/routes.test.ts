import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchHost } from "../../../src/model/ingress/host.ts";
import { captureGroups, matchNginxRegex, matchPrefix } from "../../../src/model/ingress/path.ts";
import { type PathReading, routeFor } from "../../../src/model/ingress/routes.ts";
import type { Ingress } from "../../../src/model/kube.ts";
import { ago } from "../../support/objects.ts";

type Path = readonly [path: string, type: string, service: string];

function ingress(
  name: string,
  host: string | undefined,
  paths: readonly Path[],
  given: { annotations?: Record<string, string>; seconds?: number; fallback?: string } = {},
): Ingress {
  return {
    kind: "Ingress",
    metadata: {
      name,
      namespace: "shop",
      creationTimestamp: ago(given.seconds ?? 100),
      annotations: given.annotations ?? {},
    },
    spec: {
      ...(given.fallback === undefined
        ? {}
        : { defaultBackend: { service: { name: given.fallback, port: { number: 80 } } } }),
      rules: [
        {
          ...(host === undefined ? {} : { host }),
          http: {
            paths: paths.map(([path, pathType, service]) => ({
              path,
              pathType,
              backend: { service: { name: service, port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  };
}

function answer(ingresses: readonly Ingress[], host: string, path: string, reading: PathReading = "standard"): string {
  const found = routeFor(ingresses, host, path, reading);
  return found.kind === "route" ? (found.route.backend.service ?? "?") : found.kind === "none" ? found.why : "unknown";
}

describe("hosts", () => {
  it("a wildcard covers exactly one label", () => {
    assert.equal(matchHost("*.example.com", "a.example.com"), "wildcard");
    assert.equal(matchHost("*.example.com", "example.com"), undefined);
    assert.equal(matchHost("*.example.com", "a.b.example.com"), undefined);
    assert.equal(matchHost("*.example.com", ".example.com"), undefined);
  });

  it("compare without case, and an empty host takes all", () => {
    assert.equal(matchHost("Example.com", "example.COM"), "exact");
    assert.equal(matchHost(undefined, "anything"), "any");
    assert.equal(matchHost("example.com", "example.org"), undefined);
  });
});

describe("paths", () => {
  it("a prefix ends at an element", () => {
    for (const path of ["/foo", "/foo/", "/foo/x"]) assert.equal(matchPrefix("/foo", path), true, path);
    for (const path of ["/foobar", "/", "/FOO"]) assert.equal(matchPrefix("/foo", path), false, path);
    assert.equal(matchPrefix("/foo/", "/foo"), true);
    assert.equal(matchPrefix("/", "/anything"), true);
  });

  it("a regex is anchored at its start only, and case does not count", () => {
    assert.equal(matchNginxRegex("/blog(/|$)(.*)", "/Blog/1"), true);
    assert.equal(matchNginxRegex("/blog(/|$)(.*)", "/blogger"), false);
    assert.equal(matchNginxRegex("/a|/b", "/x/b"), false);
  });

  it("what only PCRE reads is not judged", () => {
    for (const pattern of ["/a++", "/(?i)x", "/[[:alpha:]]", "/("])
      assert.equal(matchNginxRegex(pattern, "/a"), undefined, pattern);
  });

  it("capture groups are counted for rewrites", () => {
    assert.equal(captureGroups("/blog(/|$)(.*)"), 2);
    assert.equal(captureGroups("/blog"), 0);
    assert.equal(captureGroups("/blog(?:/|$)"), 0);
    assert.equal(captureGroups("/blog("), undefined);
  });
});

describe("which route answers", () => {
  const shop = ingress("shop", "shop.test", [
    ["/", "Prefix", "front"],
    ["/api", "Prefix", "api"],
    ["/api/v2", "Prefix", "api2"],
    ["/api", "Exact", "exact"],
  ]);

  it("the longest path, and Exact before Prefix", () => {
    assert.equal(answer([shop], "shop.test", "/api/v2/x"), "api2");
    assert.equal(answer([shop], "shop.test", "/api"), "exact");
    assert.equal(answer([shop], "shop.test", "/api/x"), "api");
    assert.equal(answer([shop], "shop.test", "/apix"), "front");
    assert.equal(answer([shop], "shop.test", "/api?x=/api/v2"), "exact");
  });

  it("the most specific host decides alone, even when its paths do not match", () => {
    const any = ingress("any", undefined, [["/", "Prefix", "any"]]);
    const only = ingress("only", "a.shop.test", [["/x", "Prefix", "x"]]);
    const wild = ingress("wild", "*.shop.test", [["/", "Prefix", "wild"]]);
    assert.equal(answer([any, only, wild], "a.shop.test", "/y"), "no-path");
    assert.equal(answer([any, only, wild], "b.shop.test", "/y"), "wild");
    assert.equal(answer([any, only, wild], "other.test", "/y"), "any");
  });

  it("nothing matches: the default backend, else none with the reason", () => {
    assert.equal(
      answer([ingress("d", "shop.test", [["/x", "Prefix", "x"]], { fallback: "rest" })], "shop.test", "/y"),
      "rest",
    );
    assert.equal(answer([shop], "elsewhere.test", "/"), "no-host");
  });

  it("the older of two equal rules wins", () => {
    const old = ingress("old", "shop.test", [["/", "Prefix", "old"]], { seconds: 500 });
    const young = ingress("young", "shop.test", [["/", "Prefix", "young"]], { seconds: 10 });
    assert.equal(answer([young, old], "shop.test", "/"), "old");
  });

  it("ImplementationSpecific is judged for ingress-nginx only; / means everything to all", () => {
    const own = ingress("own", "shop.test", [["/x", "ImplementationSpecific", "x"]]);
    assert.equal(answer([own], "shop.test", "/x/1"), "unknown");
    assert.equal(answer([own], "shop.test", "/x/1", "ingress-nginx"), "x");
    assert.equal(
      answer([ingress("root", "shop.test", [["/", "ImplementationSpecific", "root"]])], "shop.test", "/a"),
      "root",
    );
  });

  it("one rewrite turns all paths of the host into regexes for ingress-nginx, Exact ones too", () => {
    const rewrite = { annotations: { "nginx.ingress.kubernetes.io/rewrite-target": "/$2" } };
    const blog = ingress("blog", "shop.test", [["/blog(/|$)(.*)", "ImplementationSpecific", "blog"]], rewrite);
    const exact = ingress("exact", "shop.test", [["/store", "Exact", "store"]]);
    assert.equal(answer([blog, exact], "shop.test", "/BLOG/1", "ingress-nginx"), "blog");
    assert.equal(answer([blog, exact], "shop.test", "/store/9", "ingress-nginx"), "store");
    assert.equal(answer([exact], "shop.test", "/store/9", "ingress-nginx"), "no-path");
    assert.equal(answer([blog], "shop.test", "/blogger", "ingress-nginx"), "no-path");
  });
});
