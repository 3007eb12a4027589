import { check } from "../../../src/checks/azure/appgw.ts";
import type { AzureAppGateway } from "../../../src/model/azure-facts.ts";
import type { Ingress, IngressClass } from "../../../src/model/kube.ts";
import { type CaseInput, checkCases } from "../../support/checks.ts";
import { ago, pod, service, slice } from "../../support/objects.ts";

const CLASS: IngressClass = {
  kind: "IngressClass",
  metadata: { name: "azure-application-gateway", namespace: "" },
  spec: { controller: "azure/application-gateway" },
};
const INGRESS: Ingress = {
  kind: "Ingress",
  metadata: { name: "web", namespace: "shop", creationTimestamp: ago(7200) },
  spec: {
    ingressClassName: "azure-application-gateway",
    rules: [
      {
        http: {
          paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
        },
      },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: "20.62.1.9" }] } },
};
const POD_IP = pod().status?.podIP ?? "";
const POOL = "pool-shop-web-80-bp-8080";

function gateway(given: Partial<AzureAppGateway> = {}): AzureAppGateway {
  return {
    id: "/gw",
    name: "gw",
    resourceGroup: "rg",
    operationalState: "Running",
    tier: "WAF_v2",
    subnets: [],
    frontends: [],
    pools: [{ name: POOL, addresses: [POD_IP] }],
    health: [{ pool: POOL, servers: [{ address: POD_IP, health: "healthy", log: "" }] }],
    ...given,
  };
}
const servers = (...health: readonly string[]): AzureAppGateway["health"] => [
  {
    pool: POOL,
    servers: health.map((one, i) => ({
      address: `10.244.0.${i + 7}`,
      health: one,
      log: "Received invalid status code: 404",
    })),
  },
];
const world = (one: AzureAppGateway | undefined, more: CaseInput = {}): CaseInput => ({
  ingresses: [INGRESS],
  ingressClasses: [CLASS],
  services: [service({ spec: { ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }] } })],
  endpointSlices: [slice()],
  pods: [settled(600)],
  azureAppGateways: one === undefined ? [] : [one],
  ...more,
});

/** The pod of the slice, ready since so many seconds. */
function settled(seconds: number) {
  return pod({ status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: ago(seconds) }] } });
}
const EVENT = {
  kind: "Event",
  metadata: { name: "web.1", namespace: "shop", creationTimestamp: ago(60) },
  type: "Warning",
  reason: "ResetIngressStatus",
  message: "Reset IP for Ingress shop/web. Application Gateway /gw is in stopped state",
  involvedObject: { kind: "Ingress", name: "web", namespace: "shop" },
} as const;
const WITHOUT_ADDRESS: Ingress = { ...INGRESS, status: {} };
const NOT_ASKED = { state: "unavailable", reason: "not-requested", detail: "" } as const;
const elsewhere = { ...gateway(), pools: [{ name: POOL, addresses: ["10.244.3.3"] }] };

checkCases(check, {
  fires: [
    {
      name: "stopped",
      given: world(gateway({ operationalState: "Stopped", health: null })),
      expect: ["azure/appgw-stopped error"],
    },
    {
      name: "stopped, as AGIC's event says, without az",
      given: world(undefined, { azureAppGateways: NOT_ASKED, ingresses: [WITHOUT_ADDRESS], events: [EVENT] }),
      expect: ["azure/appgw-stopped error"],
    },
    {
      name: "every server is unhealthy",
      given: world(gateway({ health: servers("unhealthy", "down") })),
      expect: ["azure/appgw-backend-unhealthy error"],
    },
    {
      name: "one of two is",
      given: world(gateway({ health: servers("unhealthy", "healthy") })),
      expect: ["azure/appgw-backend-unhealthy warning"],
    },
    { name: "the pool holds other addresses", given: world(elsewhere), expect: ["azure/appgw-pool-differs error"] },
    {
      name: "the pool is empty",
      given: world(gateway({ pools: [{ name: POOL, addresses: [] }] })),
      expect: ["azure/appgw-pool-differs error"],
    },
  ],
  silent: [
    { name: "it runs, and its pool holds the healthy pod", given: world(gateway()) },
    {
      name: "a pool of another Service, and of one whose name begins alike",
      given: world(
        gateway({ health: [{ pool: "pool-shop-web-2-80-bp-8080", servers: servers("down")?.[0]?.servers ?? [] }] }),
      ),
    },
    { name: "being drained is no fault", given: world(gateway({ health: servers("draining", "healthy") })) },
    { name: "a rollout of a minute ago", given: world(elsewhere, { pods: [settled(60)] }) },
    {
      name: "the dump's clock may be behind: the rollout may be young",
      given: { ...world(elsewhere), clockIsLowerBound: true },
    },
    { name: "no usable endpoint: others say so", given: world(elsewhere, { endpointSlices: [] }) },
    {
      name: "the event is old: the Ingress has its address again",
      given: world(gateway(), { events: [EVENT] }),
    },
    {
      name: "another controller's Ingress",
      given: world(gateway({ operationalState: "Stopped" }), {
        ingressClasses: [{ ...CLASS, spec: { controller: "k8s.io/ingress-nginx" } }],
      }),
      status: "skipped",
    },
    { name: "Azure was not asked", given: world(undefined, { azureAppGateways: NOT_ASKED }), status: "skipped" },
    {
      name: "Azure could not be asked",
      given: world(undefined, { azureAppGateways: { state: "unavailable", reason: "failed", detail: "az login" } }),
      status: "unknown",
    },
    { name: "no gateway holds the address", given: world(undefined), status: "unknown" },
    { name: "the health may not be read", given: world(gateway({ health: null })), status: "unknown" },
  ],
});
