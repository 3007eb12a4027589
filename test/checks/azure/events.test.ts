import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EVENT_MEANINGS, meaningOf } from "../../../src/checks/azure/_event-table.ts";
import { check } from "../../../src/checks/azure/events.ts";
import { type CaseInput, checkCases, runCheck } from "../../support/checks.ts";
import { event } from "../../support/objects.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const PENDING = lb({}, {}, null);
const sync = (message: string, seconds = 60, reason = "SyncLoadBalancerFailed") =>
  event(PENDING, {
    reason,
    message: `Error syncing load balancer: failed to ensure load balancer: ${message}`,
    seconds,
    source: "service-controller",
  });
const said = (...events: ReturnType<typeof sync>[]): CaseInput => onAzure(PENDING, { events });

const JOIN =
  'LinkedAuthorizationFailed: The client "1a" with object id "1a" has permission to perform action "Microsoft.Network/loadBalancers/write"; however, it does not have permission to perform action(s) "Microsoft.Network/virtualNetworks/subnets/join/action" on the linked scope(s)';

checkCases(check, {
  fires: [
    {
      name: "the cluster's identity may not join the subnet",
      given: said(sync(JOIN)),
      expect: ["azure/event-authorization error"],
    },
    {
      name: "the named subnet does not exist",
      given: said(sync("ensure(shop/web): lb(kubernetes) - failed to get subnet: aks-vnet/nope")),
      expect: ["azure/event-subnet-not-found error"],
    },
    {
      name: "the newest failure counts, not an older one",
      given: said(sync("SubnetIsFull", 600), sync("TooManyRequests", 30)),
      expect: ["azure/event-throttled warning"],
    },
    {
      name: "an address is there: the last success still serves",
      given: onAzure(lb(), { events: [sync(JOIN)] }),
      expect: ["azure/event-authorization warning"],
    },
    {
      name: "the newest sync failure says nothing known, another warning of the provider does",
      given: said(sync("something new", 10), sync("AuthorizationFailed", 20, "CreatingLoadBalancerFailed")),
      expect: ["azure/event-authorization"],
    },
    {
      name: "a success before the failure does not clear it",
      given: said(sync(JOIN, 60), { ...sync("", 300, "EnsuredLoadBalancer"), type: "Normal" }),
      expect: ["azure/event-authorization"],
    },
    {
      name: "an update of the nodes is no success of the load balancer",
      given: said(sync(JOIN, 60), { ...sync("", 30, "UpdatedLoadBalancer"), type: "Normal" }),
      expect: ["azure/event-authorization"],
    },
  ],
  silent: [
    ...elsewhere(PENDING),
    { name: "no events: they live an hour", given: said() },
    {
      name: "text that no entry knows is left to svc/lb-sync-failed",
      given: said(sync("the moon is in the wrong house")),
    },
    {
      name: "a success has followed",
      given: said(sync(JOIN, 60), { ...sync("", 30, "EnsuredLoadBalancer"), type: "Normal" }),
    },
    {
      name: "no available nodes is a matter of nodes, even when the Service's name holds the word ip",
      given: said(sync("There are no available nodes for LoadBalancer to any ip", 60, "UnAvailableLoadBalancer")),
    },
    {
      name: "another controller's warning",
      given: said(
        event(PENDING, { reason: "SyncError", message: "timed out waiting for the condition", source: "external-dns" }),
      ),
    },
    {
      name: "another Service's event",
      given: said(
        event(
          { kind: "Service", metadata: { name: "api", namespace: "shop", uid: "u" } },
          { reason: "SyncLoadBalancerFailed", message: JOIN },
        ),
      ),
    },
  ],
});

describe("the texts of Azure", () => {
  const samples: Readonly<Record<keyof typeof EVENT_MEANINGS, readonly string[]>> = {
    "azure/event-lb-ip-not-found": ["user supplied IP Address 20.1.2.3 was not found in resource group mc_rg"],
    "azure/event-pip-name-not-found": [
      "findMatchedPIPByName: PublicIP from annotation azure-pip-name=web for service shop/web doesn't exist",
    ],
    "azure/event-lb-ip-private-on-external": ["cannot use non-public LoadBalancer IP 10.0.0.9 on public service"],
    "azure/event-lb-ip-invalid": ["invalid LoadBalancer IP: 20.1.2"],
    "azure/event-subnet-not-found": ["failed to get subnet: aks-vnet/nope"],
    "azure/event-subnet-full": [
      'Code="SubnetIsFull"',
      "Subnet a does not have enough capacity for 1 IP addresses",
      "there are no more available IP addresses in the subnet",
    ],
    "azure/event-ip-in-use": [
      "PrivateIPAddressIsAllocated",
      "PrivateIPAddressInReservedRange",
      "PrivateIPAddressNotInSubnet",
      "IPAddress 10.0.0.9 is in use",
    ],
    "azure/event-authorization": ["AuthorizationFailed", JOIN, "AADSTS7000215: Invalid client secret is provided"],
    "azure/event-quota": [
      "PublicIPCountLimitReached",
      "it would have exceeded maximum rule limit",
      "LoadBalancingRulesPerNicExceeded: RulesPerNic",
    ],
    "azure/event-port-conflict": [
      "checkLoadBalancerResourcesConflicts: service port web is trying to consume the port 80",
    ],
    "azure/event-pip-in-use": [
      "PublicIPReferencedByMultipleIPConfigs",
      "PublicIPAddressInUse: the PublicIPAddress a is in use by b",
    ],
    "azure/event-vnet-mismatch": ["NetworkInterfaceAndInternalLoadBalancerMustUseSameVnet"],
    "azure/event-timeout": ["timed out waiting for the condition"],
    "azure/event-dns-label": ["existing service shop/api consuming the DNS label web", "DnsRecordInUse"],
    "azure/event-source-range-conflict": [
      "cannot set both spec.LoadBalancerSourceRanges and service annotation azure-allowed",
    ],
    "azure/event-probe-config": [
      "failed to parse annotation service.beta.kubernetes.io/port_80_health-probe_interval: x",
      "total probe should be less than 120, please adjust",
      "the minimum value of num-of-probe is 2",
      "port metrics not found in service",
    ],
    "azure/event-idle-timeout": [
      "idle timeout value must be a whole number representing minutes",
      "error parsing idle timeout key: service.beta.kubernetes.io/…, err: error value: soon value must be a whole number",
    ],
    "azure/event-sctp-public": ["SCTP is only supported on standard loadbalancer in internal mode"],
    "azure/event-multislb": [
      "service selects 2 load balancers by annotation, but none of them is defined in cloud provider configuration",
    ],
    "azure/event-policy": ["RequestDisallowedByPolicy", "ScopeLocked"],
    "azure/event-throttled": [
      "TooManyRequests",
      'Code="CanceledAndSupersededDueToAnotherOperation"',
      "fail to lock azure resources",
    ],
    "azure/event-sku": ["SkuDoNotMatch", "Basic SKU is not supported"],
  };
  for (const [id, texts] of Object.entries(samples))
    for (const text of texts) it(`${id}: ${text.slice(0, 60)}`, () => assert.equal(meaningOf(text)?.id, id));

  it("a refusal that quotes a subnet is a refusal", () =>
    assert.equal(meaningOf("failed to get subnet: a/b: AuthorizationFailed")?.id, "azure/event-authorization"));

  it("commands carry the quoted names of the Service", () => {
    const { findings } = runCheck(check, said(sync("invalid LoadBalancer IP: x")));
    assert.match(findings[0]?.remedy[0] ?? "", /^kubectl -n shop annotate service web --overwrite service\.beta/);
  });
});

describe("the command that gives the missing right", () => {
  const ID = "5a0c0d6e-1111-4222-8333-123456789abc";
  const SUBNET = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/vnet/subnets/lb";
  const remedyOf = (message: string): string => {
    const [finding] = runCheck(check, said(sync(message))).findings;
    return finding?.remedy.find((line) => line.startsWith("az role assignment create")) ?? "";
  };

  it("names identity and scope of the message: of two scopes the linked one", () => {
    const linked = `LinkedAuthorizationFailed: The client '${ID}' with object id '${ID}' has permission to perform action 'Microsoft.Network/loadBalancers/write' on scope '/subscriptions/s/lb'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '${SUBNET}' (respectively)`;
    assert.equal(
      remedyOf(linked),
      `az role assignment create --role "Network Contributor" --assignee ${ID} --scope ${SUBNET}`,
    );
    const plain = `AuthorizationFailed: The client '${ID}' with object id '${ID}' does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read' over scope '${SUBNET}' or the scope is invalid`;
    assert.match(remedyOf(plain), new RegExp(`--assignee ${ID} --scope ${SUBNET}$`));
  });

  it("takes over nothing that a shell could read", () => {
    const odd = "AuthorizationFailed: object id '1; reboot' … over scope '/subscriptions/s/$(reboot)'";
    assert.match(remedyOf(odd), /--assignee IDENTITY --scope SCOPE_FROM_THE_MESSAGE$/);
    assert.doesNotMatch(remedyOf("AuthorizationFailed: over scope '/subscriptions/s;reboot'"), /reboot/);
  });
});
