import { defineCheck } from "../../model/check.ts";
import { canonicalIp, contains, parseAddress, parseCidr } from "../../model/cidr.ts";
import { isHeadless, mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { ageOf, ownerOf } from "../../model/pods.ts";
import { describePort, protocolOf } from "../../model/ports.ts";
import { isApiServerService, isExternalName, judgedPorts } from "../../model/services.ts";
import { kubectl, sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachService, listed, onlyExternalNames, SERVICE } from "./_shared.ts";

/** What a Service without a selector sends traffic to was written by hand or by an operator. */
export const check = defineCheck({
  id: "svc/manual-endpoints",
  question: "Has a Service without a selector endpoints that can work?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  essential: true,
  needs: ["endpointSlices"],
  wants: ["services"],
  findings: {
    "svc/no-selector-no-endpoints": {
      severity: "error",
      title: "A Service without a selector has no endpoints",
      explain:
        "Without a selector nobody makes endpoints for the Service: they must be written as EndpointSlices with the label kubernetes.io/service-name. There are none with an address, or none that is ready, so connections are refused. " +
        "Where an operator writes them when it is ready, it is unknown; not a fault where the Service only holds a leader election.",
      docs: [`${SERVICE}#services-without-selectors`],
    },
    "svc/manual-endpoint-port-name": {
      severity: "error",
      title: "No hand-made slice has the name of a service port",
      explain:
        "kube-proxy joins a service port and the ports of the slices by name and protocol; the numbers may differ. No slice of this Service has a port of that name, so the port leads nowhere. A missing name and an empty one are the same.",
      docs: [`${SERVICE}#services-without-selectors`],
    },
    "svc/manual-endpoint-bad-address": {
      severity: "error",
      title: "A hand-made endpoint has an address that cannot work",
      explain:
        "Endpoint addresses must not be loopback or link-local, and not the cluster IP of another Service: kube-proxy does not translate an address twice, so that traffic ends nowhere.",
      docs: [`${SERVICE}#services-without-selectors`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, now, settings, wanted }, find) {
    return forEachService(scope.services, (service) => {
      if (isExternalName(service)) return { skipped: "ExternalName has no endpoints" };
      if (Object.keys(service.spec?.selector ?? {}).length > 0) return { skipped: "the Service has a selector" };
      if (isApiServerService(service)) return { skipped: "the API server writes the endpoints of its own Service" };
      const { namespace, name } = service.metadata;
      const slices = slicesOf(service, endpointSlices);
      const endpoints = mergeSlices(slices);
      if (endpoints.length === 0) {
        // Such a Service is a name to hold a lock with (Patroni's <cluster>-config): there is nothing to connect to.
        if (isHeadless(service) && (service.spec?.ports ?? []).length === 0)
          return { skipped: "a headless Service without selector and ports routes nothing" };
        const operator = operatorOf(service);
        // The operator may have reasons for none just now; that clients are refused meanwhile is no health.
        if (operator !== undefined)
          return { unknown: `Service ${name} has no endpoints now; ${operator} writes them when it is ready` };
        const age = ageOf(service.metadata, now);
        if (age === undefined)
          return { unknown: "the Service carries no creationTimestamp: this looks like a manifest, not a cluster" };
        return [
          find("svc/no-selector-no-endpoints", {
            severity: age < settings.lbGrace ? "warning" : "error",
            object: refOf(service, "spec.selector"),
            summary: `Service ${name} has no selector and no endpoints`,
            evidence: [
              { k: "spec.selector", v: "none" },
              { k: "endpointSlices", v: slices.length === 0 ? "none" : `${slices.length} without an address` },
            ],
            remedy: [
              "# give the Service a selector, or write its endpoints (192.0.2.10 stands for the real address):",
              sliceCommand(service),
            ],
          }),
        ];
      }

      if (usable(endpoints).length === 0)
        return [
          find("svc/no-selector-no-endpoints", {
            object: refOf(service, "spec.selector"),
            summary: `Service ${name} has no selector, and none of its ${endpoints.length} endpoint(s) is ready`,
            evidence: [
              { k: "spec.selector", v: "none" },
              ...endpoints
                .slice(0, 5)
                .map((endpoint) => ({ k: `slice ${endpoint.slice}`, v: `${endpoint.ip}, not ready` })),
            ],
            remedy: [
              "# whoever writes the slice says that it is not ready; where it is, set conditions.ready to true:",
              kubectl(namespace, "edit", "endpointslice", endpoints.map(({ slice }) => slice).sort()[0] ?? ""),
            ],
          }),
        ];

      const ports = usable(endpoints).flatMap((endpoint) => endpoint.ports);
      const unmatched = isHeadless(service)
        ? []
        : judgedPorts(service, scope.port).filter(
            ({ port }) =>
              !ports.some((listed) => listed.name === (port.name ?? "") && listed.protocol === protocolOf(port)),
          );
      const clusterIps = new Map(
        itemsOr(wanted.services)
          .filter((other) => other.metadata.name !== name || other.metadata.namespace !== namespace)
          .flatMap((other) =>
            (other.spec?.clusterIPs ?? [other.spec?.clusterIP ?? ""]).map((ip) => [canonicalIp(ip), other] as const),
          ),
      );
      const bad = endpoints.flatMap((endpoint) => {
        const owner = clusterIps.get(endpoint.ip);
        const why =
          specialAddress(endpoint.ip) ??
          (owner === undefined
            ? undefined
            : `the cluster IP of Service ${owner.metadata.namespace}/${owner.metadata.name}`);
        return why === undefined ? [] : [{ endpoint, why }];
      });
      const sliceNames = [...new Set(endpoints.map((endpoint) => endpoint.slice))].sort();
      return [
        ...unmatched.map(({ port, index }) =>
          find("svc/manual-endpoint-port-name", {
            object: refOf(service, `spec.ports[${index}]`),
            summary: `no EndpointSlice of Service ${name} has a ${protocolOf(port)} port named "${port.name ?? ""}"`,
            evidence: [
              { k: "service port", v: describePort(port) },
              {
                k: "slice ports",
                v:
                  listed([...new Set(ports.map((one) => `"${one.name}" ${one.number}/${one.protocol}`))].sort()) ||
                  "none",
              },
            ],
            remedy: [
              `# name the port in the slice "${port.name ?? ""}", with protocol ${protocolOf(port)}:`,
              kubectl(namespace, "edit", "endpointslice", sliceNames[0] ?? ""),
            ],
          }),
        ),
        ...bad
          .toSorted((a, b) => (a.endpoint.ip < b.endpoint.ip ? -1 : 1))
          .slice(0, 5)
          .map(({ endpoint, why }) =>
            find("svc/manual-endpoint-bad-address", {
              object: { kind: "EndpointSlice", namespace, name: endpoint.slice, path: "endpoints" },
              summary: `endpoint ${endpoint.ip} of Service ${name} is ${why}`,
              evidence: [{ k: "address", v: endpoint.ip }],
              remedy: [
                "# put in the address of the machine that serves:",
                kubectl(namespace, "edit", "endpointslice", endpoint.slice),
              ],
            }),
          ),
      ];
    });
  },
});

const SPECIAL = [
  ["127.0.0.0/8", "a loopback address"],
  ["::1/128", "a loopback address"],
  ["169.254.0.0/16", "a link-local address"],
  ["fe80::/10", "a link-local address"],
].flatMap(([text, what]) => {
  const cidr = parseCidr(text ?? "");
  return cidr === undefined ? [] : [{ cidr, what: what ?? "" }];
});

function specialAddress(ip: string): string | undefined {
  const address = parseAddress(ip);
  return address === undefined ? undefined : SPECIAL.find(({ cidr }) => contains(cidr, address))?.what;
}

/** Keys, by prefix, under which operators mark Services whose endpoints they write themselves, when there are any. */
const OPERATOR_KEYS = [
  "control-plane.alpha.kubernetes.io/leader",
  "networking.internal.knative.dev/",
  "serving.knative.dev/",
  "mirror.linkerd.io/",
  "multicluster.linkerd.io/",
  "multicluster.kubernetes.io/",
  "multicluster.x-k8s.io/",
  "submariner.io/",
  "service.cilium.io/",
  "internal.skupper.io/",
  "skupper.io/",
  "consul.hashicorp.com/",
  "tailscale.com/",
  // Postgres clusters of the Zalando operator: Patroni writes the endpoints of the leader.
  "cluster-name",
];

/** Who writes the endpoints of this Service, as far as its metadata tells: an owner, or a key that only operators use. */
function operatorOf(service: Service): string | undefined {
  const owner = ownerOf(service);
  if (owner !== undefined) return `${owner.kind} ${owner.name}`;
  const keys = [
    ...Object.keys(service.metadata.annotations ?? {}),
    ...Object.keys(service.metadata.labels ?? {}),
  ].sort();
  return keys.find((key) =>
    OPERATOR_KEYS.some((known) => key === known || (known.endsWith("/") && key.startsWith(known))),
  );
}

/** A slice for the Service with a placeholder address, as one pasteable command. */
function sliceCommand(service: Service): string {
  const { namespace, name } = service.metadata;
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-manual`, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: (service.spec?.ports ?? []).map((port) => ({
      name: port.name ?? "",
      port: typeof port.targetPort === "number" ? port.targetPort : port.port,
      protocol: protocolOf(port),
    })),
    endpoints: [{ addresses: ["192.0.2.10"] }],
  };
  return `printf %s ${sh(JSON.stringify(slice))} | kubectl apply -f -`;
}
