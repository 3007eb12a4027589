import { check as duplicates } from "../../../src/checks/ingress/duplicate-route.ts";
import { check as hostEmpty } from "../../../src/checks/ingress/host-empty.ts";
import { check as regex } from "../../../src/checks/ingress/path-regex.ts";
import { check as rewrite } from "../../../src/checks/ingress/rewrite.ts";
import { checkCases } from "../../support/checks.ts";
import { FORBIDDEN, type Given, ingress, ingressClass, nginxPod } from "./_objects.ts";

const NGINX = { ingressClasses: [ingressClass()], controllerPods: [nginxPod()] };
const AGIC = { ingressClasses: [ingressClass({ controller: "azure/application-gateway" })], controllerPods: [] };
const PREFIX = "nginx.ingress.kubernetes.io/";
const at = (path: string, more: Given = {}) => [
  ingress({ rules: [{ host: "shop.example.com", paths: [path] }], ...more }),
];
const rival = (more: Given = {}) =>
  ingress({ name: "rival", rules: [{ host: "shop.example.com", paths: ["/ Prefix other:80"] }], ...more });
const both = (more: Given = {}, own: Given = {}) => {
  const mine = ingress(own);
  return { ...NGINX, ingresses: [mine], allIngresses: [mine, rival(more)] };
};

checkCases(duplicates, {
  fires: [
    { name: "a younger one", given: both({ age: 60 }), expect: ["ingress/duplicate-route warning"] },
    { name: "an older one", given: both({ age: 9000 }), expect: ["ingress/duplicate-route warning"] },
    {
      name: "an older one, and the path was asked for",
      given: { ...both({ age: 9000 }), scope: { host: "shop.example.com", path: "/x" } },
      expect: ["ingress/duplicate-route error"],
    },
    {
      name: "both lead to the same Service",
      given: both({ rules: [{ host: "shop.example.com", paths: ["/ Prefix web:80"] }] }),
      expect: ["ingress/duplicate-route info"],
    },
    { name: "in another namespace", given: both({ namespace: "stage" }), expect: ["ingress/duplicate-route warning"] },
    {
      name: "one named by annotation, one by class: the same controller",
      given: both({ className: null, annotations: { "kubernetes.io/ingress.class": "nginx" } }),
      expect: ["ingress/duplicate-route warning"],
    },
  ],
  silent: [
    { name: "itself", given: { ...NGINX, ingresses: [ingress()], allIngresses: [ingress()] } },
    { name: "a canary", given: both({ annotations: { [`${PREFIX}canary`]: "true" } }) },
    {
      name: "this one is the canary",
      given: both({}, { annotations: { [`${PREFIX}canary`]: "true" } }),
      status: "skipped",
    },
    {
      name: "mergeable Ingresses of F5",
      given: both({ annotations: { "nginx.org/mergeable-ingress-type": "minion" } }),
    },
    {
      name: "a group of the AWS controller",
      given: both({ annotations: { "alb.ingress.kubernetes.io/group.name": "g" } }),
    },
    { name: "another path type", given: both({ rules: [{ host: "shop.example.com", paths: ["/ Exact other:80"] }] }) },
    {
      name: "another controller",
      given: {
        ...both({ className: "public" }),
        ingressClasses: [ingressClass(), ingressClass({ name: "public", controller: "traefik.io/ingress-controller" })],
      },
    },
    {
      name: "the others may not be read",
      given: { ...NGINX, ingresses: [ingress()], allIngresses: FORBIDDEN },
      status: "unknown",
    },
  ],
});

checkCases(hostEmpty, {
  fires: [
    {
      name: "no host",
      given: { ingresses: [ingress({ rules: [{ paths: ["/ Prefix web:80"] }] })] },
      expect: ["ingress/host-empty info"],
    },
  ],
  silent: [{ name: "a host", given: { ingresses: [ingress()] } }],
});

checkCases(regex, {
  fires: [
    {
      name: "a pattern that nobody turns on",
      given: { ...NGINX, ingresses: at("/api/(.*) ImplementationSpecific web:80") },
      expect: ["ingress/path-regex-not-enabled warning"],
    },
    {
      name: "the request that was asked about is lost by it",
      given: {
        ...NGINX,
        ingresses: at("/api/(.*) Prefix web:80"),
        allIngresses: at("/api/(.*) Prefix web:80"),
        scope: { host: "shop.example.com", path: "/api/x" },
      },
      expect: ["ingress/path-regex-not-enabled error"],
    },
    {
      name: "patterns are on, and the path type is Prefix",
      given: {
        ...NGINX,
        ingresses: at("/api/(.*) Prefix web:80", { annotations: { [`${PREFIX}use-regex`]: "true" } }),
      },
      expect: ["ingress/path-regex-not-enabled info"],
    },
    {
      name: "another Ingress turns the host's paths into patterns",
      given: {
        ...NGINX,
        ingresses: at("/api Prefix web:80"),
        allIngresses: [...at("/api Prefix web:80"), rival({ annotations: { [`${PREFIX}rewrite-target`]: "/$1" } })],
      },
      expect: ["ingress/regex-affects-host info"],
    },
  ],
  silent: [
    { name: "plain paths", given: { ...NGINX, ingresses: at("/api/v1.0_x-y Prefix web:80") } },
    { name: "ImplementationSpecific /", given: { ...NGINX, ingresses: at("/ ImplementationSpecific web:80") } },
    {
      name: "a pattern that is turned on",
      given: {
        ...NGINX,
        ingresses: at("/api/(.*) ImplementationSpecific web:80", { annotations: { [`${PREFIX}use-regex`]: "true" } }),
      },
    },
    { name: "another controller", given: { ...AGIC, ingresses: at("/api/* Prefix web:80") }, status: "skipped" },
  ],
});

checkCases(rewrite, {
  fires: [
    {
      name: "a group that is not there",
      given: {
        ...NGINX,
        ingresses: at("/blog Prefix web:80", { annotations: { [`${PREFIX}rewrite-target`]: "/$2" } }),
      },
      expect: ["ingress/rewrite-group-missing warning"],
    },
    {
      name: "one path",
      given: { ...NGINX, ingresses: at("/blog Prefix web:80", { annotations: { [`${PREFIX}rewrite-target`]: "/" } }) },
      expect: ["ingress/rewrite-constant info"],
    },
  ],
  silent: [
    {
      name: "the groups are there",
      given: {
        ...NGINX,
        ingresses: at("/blog(/|$)(.*) ImplementationSpecific web:80", {
          annotations: { [`${PREFIX}rewrite-target`]: "/$2" },
        }),
      },
    },
    {
      name: "the path itself",
      given: {
        ...NGINX,
        ingresses: at("/app Prefix web:80", { annotations: { [`${PREFIX}rewrite-target`]: "/app" } }),
      },
    },
    {
      name: "a pattern that this engine cannot read",
      given: {
        ...NGINX,
        ingresses: at("/(?i)x ImplementationSpecific web:80", { annotations: { [`${PREFIX}rewrite-target`]: "/$1" } }),
      },
    },
    { name: "none", given: { ...NGINX, ingresses: [ingress()] }, status: "skipped" },
    {
      name: "another controller",
      given: { ...AGIC, ingresses: at("/b Prefix web:80", { annotations: { [`${PREFIX}rewrite-target`]: "/$1" } }) },
      status: "skipped",
    },
  ],
});
