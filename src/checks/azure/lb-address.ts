import { azureAnnotation, frontendIps } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { canonicalIp, parseAddress } from "../../model/cidr.ts";
import { eventsOf, eventTime, newest } from "../../model/events.ts";
import { type ObjectRef, refOf, type Service } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { annotationRef, forAzureServices, LOAD_BALANCER, withoutLoadBalancer } from "./_shared.ts";

/** An address that was asked for and is not the one the load balancer has. */
export const check = defineCheck({
  id: "azure/lb-address",
  question: "Has the load balancer the address that was asked for?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  wants: ["events"],
  findings: {
    "azure/lb-ip-pending-change": {
      severity: "warning",
      title: "The load balancer does not have the requested address",
      explain:
        "The address asked for by azure-load-balancer-ipv4/ipv6 or spec.loadBalancerIP is not the one in the status: the provider has not made the change, or could not. Clients that use the wanted address reach nothing.",
      docs: [LOAD_BALANCER],
    },
    "azure/additional-ips": {
      severity: "info",
      title: "Additional public addresses",
      explain:
        "azure-additional-public-ips makes kube-proxy and the security group accept more addresses; the load balancer itself does not route them. Something else has to bring that traffic to the nodes.",
      docs: [LOAD_BALANCER],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const { now, settings } = view;
    return forAzureServices(view, (service) => {
      const { namespace, name } = service.metadata;
      const age = ageOf(service.metadata, now);
      const trying = newest(
        eventsOf(itemsOr(view.wanted.events), service),
        ["EnsuringLoadBalancer"],
        now - settings.lbGrace,
      );
      // Without an address yet, or with the provider at work, the change is under way: svc/lb-pending watches over that.
      const settled = age !== undefined && age > settings.lbGrace && trying === undefined;
      const failed = newest(eventsOf(itemsOr(view.wanted.events), service), ["SyncLoadBalancerFailed"]);
      const additional = azureAnnotation(service, "azure-additional-public-ips");
      const changes = settled
        ? wantedAddresses(service).flatMap(({ where, object, ip }) => {
            const family = parseAddress(ip)?.family;
            const has = frontendIps(service).filter((one) => parseAddress(one)?.family === family);
            if (family === undefined || has.length === 0 || has.some((one) => canonicalIp(one) === canonicalIp(ip)))
              return [];
            return [
              find("azure/lb-ip-pending-change", {
                object,
                summary: `Service ${name} asks for ${ip}, but its load balancer has ${has.join(", ")}`,
                evidence: [
                  { k: where, v: ip },
                  { k: "status.loadBalancer", v: has.join(", ") },
                  ...(failed === undefined
                    ? []
                    : [
                        {
                          k: `event ${failed.reason} at ${new Date(eventTime(failed)).toISOString()}`,
                          v: failed.message ?? "",
                        },
                      ]),
                ],
                remedy: [
                  kubectl(namespace, "describe", "service", name),
                  "# mend what the events name, or ask for the address that it has",
                ],
              }),
            ];
          })
        : [];
      return [
        ...changes,
        ...(additional === undefined || additional === ""
          ? []
          : [
              find("azure/additional-ips", {
                object: annotationRef(service, "azure-additional-public-ips"),
                summary: `Service ${name} accepts ${additional} as well, which its load balancer does not route`,
                evidence: [{ k: "azure-additional-public-ips", v: additional }],
              }),
            ]),
      ];
    });
  },
});

function wantedAddresses(
  service: Service,
): readonly { readonly where: string; readonly object: ObjectRef; readonly ip: string }[] {
  const annotated = ["azure-load-balancer-ipv4", "azure-load-balancer-ipv6"].flatMap((key) => {
    const ip = azureAnnotation(service, key)?.trim() ?? "";
    return ip === "" ? [] : [{ where: key, object: annotationRef(service, key), ip }];
  });
  const field = service.spec?.loadBalancerIP ?? "";
  // The annotation of a family goes before the field.
  const covered = annotated.some(({ ip }) => parseAddress(ip)?.family === parseAddress(field)?.family);
  return field === "" || covered
    ? annotated
    : [...annotated, { where: "spec.loadBalancerIP", object: refOf(service, "spec.loadBalancerIP"), ip: field }];
}
