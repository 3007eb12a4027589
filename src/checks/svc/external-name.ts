import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import { refOf } from "../../model/kube.ts";
import { isExternalName } from "../../model/services.ts";
import { forEachService, patchService, SERVICE } from "./_shared.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** An ExternalName Service is one CNAME record. */
export const check = defineCheck({
  id: "svc/external-name",
  question: "Can the name of an ExternalName Service be resolved at all?",
  hop: "dns",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/externalname-is-ip": {
      severity: "error",
      title: "externalName is an IP address",
      explain:
        "externalName becomes a CNAME record, so DNS takes the address for a name, which nobody can resolve. An address needs a Service without a selector and an EndpointSlice.",
      docs: [`${SERVICE}#externalname`],
    },
    "svc/externalname-invalid": {
      severity: "error",
      title: "externalName is no DNS name",
      explain: "externalName must be a lower-case DNS name of at most 253 characters; a dot at its end is allowed.",
      docs: [`${SERVICE}#externalname`],
    },
    "svc/externalname-host-header": {
      severity: "info",
      title: "Clients of an ExternalName Service send the wrong host name",
      explain:
        "Clients reach the external server under the Service's name: the Host header and TLS server name are the Service's, which the server may refuse. Ports, selector, endpoints and pod selectors of policies do not apply.",
      docs: [`${SERVICE}#externalname`],
    },
  },
  run({ scope }, find) {
    return forEachService(scope.services, (service) => {
      if (!isExternalName(service)) return { skipped: "the Service is no ExternalName" };
      const external = service.spec?.externalName ?? "";
      const object = refOf(service, "spec.externalName");
      const { name } = service.metadata;
      const evidence = [{ k: "spec.externalName", v: external === "" ? "empty" : external }];
      if (parseAddress(external.replace(/\.$/, "")) !== undefined)
        return [
          find("svc/externalname-is-ip", {
            object,
            summary: `externalName ${external} of Service ${name} is an address, but DNS takes it for a name`,
            evidence,
            remedy: [
              "# make it a Service without a selector, and write its EndpointSlice:",
              patchService(service, [
                { op: "replace", path: "/spec/type", value: "ClusterIP" },
                { op: "remove", path: "/spec/externalName" },
              ]),
            ],
          }),
        ];
      if (!isDnsName(external))
        return [
          find("svc/externalname-invalid", {
            object,
            summary:
              external === ""
                ? `Service ${name} has an empty externalName`
                : `externalName of Service ${name} is no DNS name`,
            evidence,
            remedy: [
              "# put in the real name:",
              patchService(service, [{ op: "replace", path: "/spec/externalName", value: "example.com" }]),
            ],
          }),
        ];
      return [
        find("svc/externalname-host-header", {
          object,
          summary: `Service ${name} is a DNS alias of ${external}; clients send the Service's name as host`,
          evidence,
        }),
      ];
    });
  },
});

/** RFC 1123 subdomain, with an optional final dot, as the API server validates it. */
function isDnsName(text: string): boolean {
  const bare = text.replace(/\.$/, "");
  return bare.length > 0 && bare.length <= 253 && bare.split(".").every((label) => LABEL.test(label));
}
