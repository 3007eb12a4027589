import { check } from "../../../src/checks/ingress/route.ts";
import { checkCases } from "../../support/checks.ts";
import { ingress, ingressClass } from "./_objects.ts";

const AGIC = { ingressClasses: [ingressClass({ controller: "azure/application-gateway" })] };
const own = ingress({ rules: [{ host: "shop.example.com", paths: ["/cart Prefix cart:80", "/api/ Exact api:80"] }] });
const wild = ingress({ name: "wild", rules: [{ host: "*.example.com", paths: ["/ Prefix web:80"] }] });
const other = ingress({ name: "other", rules: [{ host: "shop.example.com", paths: ["/cart/new Prefix beta:80"] }] });
const asked = (host: string | undefined, path?: string) => ({
  ...(host === undefined ? {} : { host }),
  ...(path === undefined ? {} : { path }),
});

checkCases(check, {
  fires: [
    {
      name: "the winner",
      given: { ingresses: [own], allIngresses: [own], scope: asked("shop.example.com", "/cart/1") },
      expect: ["ingress/route-found info"],
    },
    {
      name: "no host",
      given: { ingresses: [own], allIngresses: [own], scope: asked("www.example.com") },
      expect: ["ingress/no-rule-for-host error"],
    },
    {
      name: "no path",
      given: { ingresses: [own], allIngresses: [own], scope: asked("shop.example.com", "/cartoon") },
      expect: ["ingress/no-rule-for-path error"],
    },
    {
      name: "Exact and the final slash",
      given: { ingresses: [own], allIngresses: [own], scope: asked("shop.example.com", "/api") },
      expect: ["ingress/no-rule-for-path error"],
    },
    {
      name: "a wildcard covers one label",
      given: { ingresses: [wild], allIngresses: [wild], scope: asked("a.b.example.com", "/") },
      expect: ["ingress/no-rule-for-host error", "ingress/wildcard-host-depth info"],
    },
    {
      name: "a longer path of another Ingress",
      given: { ingresses: [own], allIngresses: [own, other], scope: asked("shop.example.com", "/cart/new") },
      expect: ["ingress/route-taken-elsewhere error"],
    },
    {
      name: "a more specific host of another Ingress",
      given: { ingresses: [wild], allIngresses: [wild, own], scope: asked("shop.example.com", "/cart") },
      expect: ["ingress/route-taken-elsewhere error"],
    },
    {
      name: "a path on the only host",
      given: { ingresses: [own], allIngresses: [own], scope: asked(undefined, "/cart") },
      expect: ["ingress/route-found info"],
    },
    {
      name: "the default backend takes what no rule has",
      given: { ingresses: [ingress({ fallback: "web:80" })], scope: asked("elsewhere.example.com", "/") },
      expect: ["ingress/route-found info"],
    },
  ],
  silent: [
    { name: "nothing was asked", given: { ingresses: [own] }, status: "skipped" },
    {
      name: "the host has a rule, and no path was asked",
      given: { ingresses: [own], allIngresses: [own], scope: asked("SHOP.example.com") },
    },
    {
      name: "a path whose meaning is the controller's",
      given: {
        ...AGIC,
        ingresses: [ingress({ rules: [{ host: "shop.example.com", paths: ["/x* ImplementationSpecific web:80"] }] })],
        scope: asked("shop.example.com", "/y"),
      },
      status: "unknown",
    },
    {
      name: "an Ingress of another controller is no rival",
      given: {
        ingressClasses: [
          ingressClass(),
          ingressClass({ name: "traefik", controller: "traefik.io/ingress-controller" }),
        ],
        ingresses: [own],
        allIngresses: [own, { ...other, spec: { ...other.spec, ingressClassName: "traefik" } }],
        scope: asked("shop.example.com"),
      },
    },
  ],
});
