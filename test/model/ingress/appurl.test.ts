/** Which URL is tried for an Ingress, and what the app is asked for behind it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appUrl, hasTls, pathBehind } from "../../../src/model/ingress/appurl.ts";
import type { Question } from "../../../src/model/ingress/asked.ts";
import { routesOf } from "../../../src/model/ingress/routes.ts";
import { type Given, ingress } from "../../checks/ingress/_objects.ts";

const REWRITE = "nginx.ingress.kubernetes.io/rewrite-target";

function url(given: Given, question: Question = {}, choices: Parameters<typeof appUrl>[4] = {}): string {
  const one = ingress(given);
  const made = appUrl(one, [one], question, "ingress-nginx", choices);
  return made === undefined ? "none" : `${made.scheme}://${made.host}:${made.port}${made.path} by ${made.from}`;
}

describe("the URL that is tried for an Ingress", () => {
  it("is the first rule with a host of its own", () => {
    assert.equal(url({}), "http://shop.example.com:80/ by its only rule");
    const rules = [
      { paths: ["/ Prefix web:80"] },
      { host: "*.example.com", paths: ["/ Prefix web:80"] },
      { host: "shop.example.com", paths: ["/api Prefix web:80", "/ Prefix web:80"] },
    ];
    assert.equal(url({ rules }), "http://shop.example.com:80/api by the rule shop.example.com/api");
    assert.equal(url({ rules: rules.slice(0, 2) }), "http://netcheck-probe.example.com:80/ by the rule *.example.com/");
    assert.equal(url({ rules: [], fallback: "web:80" }), "http://:80/ by its only rule");
    assert.equal(url({ rules: [] }), "none");
  });

  it("is what the user says, with the port that the user says", () => {
    assert.equal(
      url({}, { host: "shop.example.com:8443", path: "/cart" }),
      "http://shop.example.com:8443/cart by --host and --path",
    );
    assert.equal(url({}, { path: "cart" }), "http://shop.example.com:80/cart by --path");
    assert.equal(url({}, { path: "/cart" }, { path: "/cart?id=7" }), "http://shop.example.com:80/cart?id=7 by --path");
    assert.equal(url({}, {}, { scheme: "https" }), "https://shop.example.com:443/ by its only rule");
  });

  it("is https where a TLS section covers the host", () => {
    const covers = (...hosts: readonly string[]): boolean =>
      hasTls(ingress({ tls: [{ hosts: [...hosts] }] }), "shop.example.com");
    assert.deepEqual([covers("Shop.example.com"), covers("*.example.com"), covers()], [true, true, true]);
    assert.deepEqual(
      [covers("example.com"), covers("*.shop.example.com"), hasTls(ingress(), "shop.example.com")],
      [false, false, false],
    );
  });

  it("takes a path that a pattern matches", () => {
    const annotations = { [REWRITE]: "/$2" };
    const path = (pattern: string): string =>
      url({
        annotations,
        rules: [{ host: "a.example.com", paths: [`${pattern} ImplementationSpecific web:80`] }],
      }).split(" ")[0] ?? "";
    assert.equal(path("/blog(/|$)(.*)"), "http://a.example.com:80/blog");
    assert.equal(path("/v1\\.0/(.*)"), "http://a.example.com:80/v1.0/");
    assert.equal(path("/()(.*)"), "http://a.example.com:80/");
  });
});

describe("what the app is asked for", () => {
  const behind = (path: string, pattern: string, target: string): string | undefined => {
    const one = ingress({
      annotations: { [REWRITE]: target },
      rules: [{ host: "a.example.com", paths: [`${pattern} ImplementationSpecific web:80`] }],
    });
    const [route] = routesOf(one);
    assert.ok(route);
    return pathBehind(route, path, "ingress-nginx");
  };

  it("is the path after rewriting, with its query", () => {
    assert.equal(behind("/blog/new?id=7", "/blog(/|$)(.*)", "/$2"), "/new?id=7");
    assert.equal(behind("/blog", "/blog(/|$)(.*)", "/$2"), "/");
    assert.equal(behind("/blog/x", "/blog", "/"), "/");
    assert.equal(behind("/other", "/blog(/|$)(.*)", "/$2"), undefined);
  });

  it("is the path itself without rewriting, and for other controllers", () => {
    const [route] = routesOf(ingress());
    assert.ok(route);
    assert.equal(pathBehind(route, "/cart", "ingress-nginx"), "/cart");
    assert.equal(pathBehind(route, "/cart", "standard"), "/cart");
  });
});
