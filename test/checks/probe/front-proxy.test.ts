import { check } from "../../../src/checks/probe/front-proxy.ts";
import type { ProbeResult } from "../../../src/model/probe-results.ts";
import { attempt, LOAD_BALANCER, LOCAL, result } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";
import { ingress, ingressClass } from "../ingress/_objects.ts";

/** What came of the host's own name, from this machine. */
function byName(
  headers: Readonly<Record<string, string>>,
  cnames: readonly string[] = [],
  vantage = LOCAL,
): ProbeResult {
  const target = { ...LOAD_BALANCER, hop: "host", host: "shop.example.com", object: INGRESS } as const;
  return {
    vantage,
    target,
    attempts: [{ ...attempt(200), headers }],
    resolved: { addresses: ["203.0.113.9"], cnames },
  };
}

/** What came of the controller's address. */
function byAddress(headers: Readonly<Record<string, string>>): ProbeResult {
  const target = { ...LOAD_BALANCER, hop: "controller-lb" } as const;
  return { vantage: LOCAL, target, attempts: [{ ...attempt(200), headers }] };
}

const INGRESS = { kind: "Ingress", namespace: "shop", name: "web" };
const world = (...probes: readonly ProbeResult[]) => ({
  ingresses: [ingress()],
  ingressClasses: [ingressClass()],
  probes,
  scope: { target: "ingress" as const },
});
const annotated = (annotations: Readonly<Record<string, string>>) => ({
  ingresses: [ingress({ annotations })],
  scope: { target: "ingress" as const },
});

checkCases(check, {
  fires: [
    {
      name: "the name is an alias of a Front Door",
      given: world(byName({}, ["shop-x1.z01.azurefd.net"])),
      expect: ["probe/front-proxy info"],
    },
    {
      name: "the answer to the name carries a Front Door's header, the one to the address does not",
      given: world(byName({ "x-azure-ref": "0abc" }), byAddress({ server: "nginx" })),
      expect: ["probe/front-proxy info"],
    },
    {
      name: "Traffic Manager before API Management: both are told",
      given: world(byName({}, ["shop.trafficmanager.net", "shop.azure-api.net"])),
      expect: ["probe/front-proxy info", "probe/front-proxy info"],
    },
    {
      name: "a proxy of no name, which the address itself does not show",
      given: world(byName({ via: "1.1 edge" }), byAddress({ server: "nginx" })),
      expect: ["probe/front-proxy info"],
    },
    {
      name: "without a probe: a rule for the host of a Front Door, which then passes its own host on",
      given: {
        ingresses: [ingress({ rules: [{ host: "shop-x1.z01.azurefd.net", paths: ["/ Prefix web:80"] }] })],
        scope: { target: "ingress" },
      },
      expect: ["probe/front-proxy info"],
    },
    {
      name: "without a probe: external-dns points the name at API Management",
      given: annotated({ "external-dns.alpha.kubernetes.io/target": "shop.azure-api.net" }),
      expect: ["probe/front-proxy info"],
    },
    {
      name: "without a probe: external-dns lets Cloudflare answer",
      given: annotated({ "external-dns.alpha.kubernetes.io/cloudflare-proxied": "true" }),
      expect: ["probe/front-proxy info"],
    },
    {
      name: "the status of a Service names a CDN",
      given: {
        services: [service({ status: { loadBalancer: { ingress: [{ hostname: "d111.cloudfront.net" }] } } })],
      },
      expect: ["probe/front-proxy info"],
    },
  ],
  silent: [
    { name: "the name leads to the load balancer", given: world(byName({ server: "nginx" })) },
    {
      name: "the cluster's own public name",
      given: world(byName({}, ["shop.westeurope.cloudapp.azure.com"])),
    },
    {
      name: "the app sets the header itself: the address shows it as well",
      given: world(byName({ via: "1.1 varnish" }), byAddress({ via: "1.1 varnish" })),
    },
    {
      name: "Via, with nothing to compare with: the app may have set it",
      given: world(byName({ via: "1.1 varnish" })),
    },
    {
      name: "an Application Gateway that is the Ingress' own controller",
      given: {
        ...world(byName({ server: "Microsoft-Azure-Application-Gateway/v2" })),
        ingressClasses: [ingressClass({ controller: "azure/application-gateway" })],
      },
    },
    {
      name: "seen from inside the cluster only: other names may lead there",
      given: world(byName({ "x-azure-ref": "0abc" }, [], { kind: "pod", label: "test pod", node: "node-1" })),
    },
    {
      name: "cloudflare-proxied is false",
      given: annotated({ "external-dns.alpha.kubernetes.io/cloudflare-proxied": "false" }),
      status: "skipped",
    },
    { name: "nothing was tried", given: { services: [service()] }, status: "skipped" },
    {
      name: "the load balancer's address answers with nginx' own header",
      given: { services: [service()], probes: [result(LOAD_BALANCER, [200, 200], LOCAL)] },
    },
  ],
});
