import { defineCheck } from "../../model/check.ts";
import { canonicalIp } from "../../model/cidr.ts";
import { flagOn } from "../../model/ingress/flags.ts";
import { controllerName, isNginx } from "../../model/ingress/found.ts";
import { addressesOf } from "../../model/ingress/resolve.ts";
import { exposingServices } from "../../model/ingress/service.ts";
import { refOf } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, INGRESS, NGINX_ARGS, NGINX_TROUBLE, resolved } from "./_shared.ts";

/** Controllers whose address is how they work: without one there is no load balancer. */
const ADDRESS_IS_ALL = new Set(["agic", "agc", "gce", "aws-alb"]);

/** The address that the controller writes into the status. */
export const check = defineCheck({
  id: "ingress/address",
  question: "Has the controller given the Ingress its address?",
  hop: "load-balancer",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods", "controllerServices"],
  findings: {
    "ingress/address-empty": {
      severity: "warning",
      title: "The Ingress has no address",
      explain:
        "No controller has written an address into the Ingress' status, although it is older than three minutes. An error for controllers whose address is the load balancer itself (Application Gateway, GKE, AWS); " +
        "for ingress-nginx traffic may flow nevertheless. Not reported with --update-status=false, and an information where the controller is not known or has no Service with an address of its own.",
      docs: [INGRESS, NGINX_TROUBLE],
    },
    "ingress/address-stale": {
      severity: "warning",
      title: "The Ingress shows an address that is not the controller's",
      explain:
        "The addresses in the Ingress' status and those of the controller's Service have nothing in common: another controller wrote them, or the load balancer was made anew. DNS records made from the status " +
        "lead astray. Not reported with --publish-status-address or --report-node-internal-ip-address, nor where the Service has no address of its own.",
      docs: [NGINX_ARGS],
    },
  },
  run({ scope, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind, takers, claim } = resolved(ingress, wanted);
      const addresses = addressesOf(ingress);
      const { namespace, name } = ingress.metadata;
      const services = takers.flatMap((one) => exposingServices(one, itemsOr(wanted.controllerServices)));
      const own = services.flatMap((service) =>
        (service.status?.loadBalancer?.ingress ?? []).flatMap((one) => one.ip ?? one.hostname ?? []),
      );
      if (addresses.length === 0) {
        if (takers.some((one) => !flagOn(one.flags, "update-status", true)))
          return { skipped: "the controller writes no address (--update-status=false)" };
        // Without a clock nothing is too old; a manifest has no age.
        const age = ageOf(ingress.metadata, now);
        if (now === 0 || age === undefined || age < settings.ingressAddr) return [];
        const whole = kind !== undefined && ADDRESS_IS_ALL.has(kind.id);
        // A controller behind NodePort or on the host network has no address to write unless told one.
        const silent = kind === undefined || (takers.length > 0 && own.length === 0);
        return [
          find("ingress/address-empty", {
            severity: whole ? "error" : silent && claim.by !== "nothing" ? "info" : "warning",
            object: refOf(ingress, "status.loadBalancer"),
            summary: `Ingress ${name} has no address yet`,
            evidence: [
              { k: "status.loadBalancer.ingress", v: "empty" },
              { k: "controller", v: takers.map(controllerName).join(", ") || (kind?.title ?? "not known") },
            ],
            remedy: [kubectl(namespace, "describe", "ingress", name)],
          }),
        ];
      }
      const nginx = takers.filter(isNginx);
      const told = nginx.some((one) =>
        ["publish-status-address", "report-node-internal-ip-address"].some((flag) => one.flags.has(flag)),
      );
      if (nginx.length === 0 || nginx.length < takers.length || own.length === 0 || told) return [];
      const same = new Set(own.map(canonicalIp));
      if (addresses.some((address) => same.has(canonicalIp(address)))) return [];
      const service = services[0];
      return [
        find("ingress/address-stale", {
          object: refOf(ingress, "status.loadBalancer"),
          summary: `Ingress ${name} shows ${addresses.join(", ")}, but the controller is reached at ${own.join(", ")}`,
          evidence: [
            { k: "address of the Ingress", v: addresses.join(", ") },
            { k: `Service ${service?.metadata.namespace}/${service?.metadata.name}`, v: own.join(", ") },
          ],
          remedy: [
            "# who wrote it? Two controllers with one election id overwrite each other:",
            kubectl(namespace, "get", "ingress", name, "-o", "yaml", "--show-managed-fields"),
          ],
        }),
      ];
    });
  },
});
