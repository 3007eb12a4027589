import { check } from "../../../src/checks/azure/lb-objects.ts";
import { LOAD_BALANCER, LOCAL, result } from "../../probe/support.ts";
import { type CaseInput, checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";
import { BALANCER, PUBLIC_IP } from "./network.ts";

const AKS = {
  id: "/aks",
  name: "aks",
  resourceGroup: "rg",
  networkPlugin: "azure",
  networkPluginMode: "overlay",
  podCidrs: ["10.244.0.0/16"],
  outboundType: "loadBalancer",
  backendPoolType: "nodeIPConfiguration",
  sharedProbe: false,
};
const [rule] = BALANCER.rules;
const seen = (service = lb(), balancer: Partial<typeof BALANCER> = {}, ip: Partial<typeof PUBLIC_IP> = {}): CaseInput =>
  onAzure(service, { azureLoadBalancers: [{ ...BALANCER, ...balancer }], azurePublicIps: [{ ...PUBLIC_IP, ...ip }] });
const https = { ports: [{ port: 443, nodePort: 31443, protocol: "TCP" }] };

checkCases(check, {
  fires: [
    { name: "no rule for the port", given: seen(lb({}, https)), expect: ["azure/lb-rule-missing error"] },
    {
      name: "the rule is for another protocol",
      given: seen(lb({}, { ports: [{ port: 80, protocol: "UDP" }] })),
      expect: ["azure/lb-rule-missing"],
    },
    {
      name: "the rule is for another frontend",
      given: seen(lb(), { rules: rule ? [{ ...rule, frontend: "/other" }] : [] }),
      expect: ["azure/lb-rule-missing"],
    },
    {
      name: "no frontend holds the private address",
      given: { ...seen(lb({}, {}, "10.224.0.50")), azureClusters: [AKS] },
      expect: ["azure/lb-rule-missing"],
    },
    {
      name: "the pool is empty",
      given: seen(lb(), { pools: [{ id: "/pool", members: 0 }] }),
      expect: ["azure/lb-backend-empty error"],
    },
    {
      name: "the address is attached to nothing",
      given: seen(lb(), { frontends: [] }, { attachedTo: null }),
      expect: ["azure/pip-mismatch error"],
    },
    {
      name: "the last change failed",
      given: seen(lb(), { provisioningState: "Failed" }),
      expect: ["azure/lb-provisioning-failed error"],
    },
    {
      name: "the last change failed, and this machine gets through: it was perhaps another Service's",
      given: {
        ...seen(lb(), { provisioningState: "Failed" }),
        probes: [result(LOAD_BALANCER, [200, 200], LOCAL)],
      },
      expect: ["azure/lb-provisioning-failed warning"],
    },
    {
      name: "a pool of the Service's name, but its policy is Cluster",
      given: seen(lb(), {
        rules: rule ? [{ ...rule, pools: ["/lb/backendaddresspools/shop-web"] }] : [],
        pools: [{ id: "/lb/backendaddresspools/shop-web", members: 0 }],
      }),
      expect: ["azure/lb-backend-empty error"],
    },
    {
      name: "of the address, too",
      given: seen(lb(), {}, { provisioningState: "Failed" }),
      expect: ["azure/lb-provisioning-failed"],
    },
  ],
  silent: [
    ...elsewhere(lb({}, https)).map((one) => ({
      ...one,
      given: { ...one.given, azureLoadBalancers: [BALANCER], azurePublicIps: [PUBLIC_IP] },
    })),
    { name: "all is there", given: seen() },
    {
      name: "this machine gets through: the list is a moment behind",
      given: {
        ...seen(lb(), { rules: rule ? [{ ...rule, frontend: "/other" }] : [] }),
        probes: [result(LOAD_BALANCER, [200, 200], LOCAL)],
      },
    },
    {
      name: "the pool that a Service of policy Local has for itself, without endpoints",
      given: seen(lb({}, { externalTrafficPolicy: "Local" }), {
        rules: rule ? [{ ...rule, pools: ["/lb/backendaddresspools/shop-web"] }] : [],
        pools: [{ id: "/lb/backendaddresspools/shop-web", members: 0 }],
      }),
    },
    {
      name: "a cluster of one's own on Azure's machines: its load balancers may be anywhere, or somebody else's",
      given: { ...seen(lb({}, {}, "10.224.0.50")), azureClusters: [] },
    },
    { name: "a change is under way", given: seen(lb(), { provisioningState: "Updating" }) },
    {
      name: "one rule for all ports",
      given: seen(lb({}, https), { rules: rule ? [{ ...rule, protocol: "all", frontendPort: 0 }] : [] }),
    },
    { name: "the port is kept off the load balancer", given: seen(lb({ port_443_no_lb_rule: "true" }, https)) },
    {
      name: "a private frontend by its address",
      given: seen(lb({}, {}, "10.224.0.50"), {
        frontends: [{ id: "/lb/kubernetes/a1", privateIp: "10.224.0.50", publicIp: null }],
      }),
    },
    {
      name: "the address lies in a resource group that was not listed",
      given: onAzure(lb(), { azureLoadBalancers: [BALANCER], azurePublicIps: [] }),
    },
    {
      name: "the address belongs to a load balancer elsewhere",
      given: seen(lb(), { frontends: [] }, { attachedTo: "/another" }),
    },
    { name: "a pool that Azure did not list", given: seen(lb(), { pools: [] }) },
    { name: "no address yet", given: seen(lb({}, {}, null)) },
    {
      name: "az failed",
      given: onAzure(lb(), { azureLoadBalancers: { state: "unavailable", reason: "failed", detail: "az login" } }),
      status: "unknown",
    },
  ],
});
