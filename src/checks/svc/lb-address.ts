import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime } from "../../model/events.ts";
import { type KubeNode, type PartialObject, refOf } from "../../model/kube.ts";
import { ageOf, isTerminating } from "../../model/pods.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachService, patchService, SERVICE, sortedByName, unreadable } from "./_shared.ts";

/** A LoadBalancer Service is reached from outside only at the address that its controller writes into the status. */
export const check = defineCheck({
  id: "svc/lb-address",
  question: "Has the LoadBalancer Service got its address?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["events", "nodes", "podLabels", "namespaces"],
  findings: {
    "svc/lb-pending": {
      severity: "warning",
      title: "The load balancer has no address yet",
      explain:
        "status.loadBalancer.ingress is empty. A cloud needs a minute or two; after five minutes something is wrong, and the Service's events usually say what.",
      docs: [`${SERVICE}#loadbalancer`, "https://learn.microsoft.com/azure/aks/load-balancer-standard"],
      yieldsTo: ["svc/lb-class-unclaimed", "svc/lb-no-provider"],
    },
    "svc/lb-class-unclaimed": {
      severity: "error",
      title: "No controller answers to the loadBalancerClass",
      explain:
        "With spec.loadBalancerClass the cloud's own controller ignores the Service; one that knows the class must be installed. None has said or done anything. The class cannot be changed: create the Service anew.",
      docs: [`${SERVICE}#load-balancer-class`],
    },
    "svc/lb-no-provider": {
      severity: "error",
      title: "Nothing in this cluster makes load balancers",
      explain:
        "No node belongs to a cloud and no in-cluster load balancer (MetalLB, kube-vip, Cilium …) was found, so nobody will ever give the Service an address.",
      docs: [`${SERVICE}#loadbalancer`],
    },
  },
  run({ scope, now, clockIsLowerBound, settings, wanted }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      if ((service.status?.loadBalancer?.ingress ?? []).length > 0) return [];
      if (isTerminating(service)) return { skipped: "the Service is being deleted" };
      const { namespace, name } = service.metadata;
      const events = eventsOf(itemsOr(wanted.events), service);
      // A Service that was of another type before starts to wait when it becomes a LoadBalancer; the controller's event tells.
      const since = events.find((event) => event.reason === "Type");
      const created = ageOf(service.metadata, now);
      if (created === undefined)
        return { unknown: "the Service carries no creationTimestamp: this looks like a manifest, not a cluster" };
      const age = since === undefined ? created : Math.min(created, now - eventTime(since));
      const minutes = `${Math.floor(age / 60_000)} min`;
      const evidence = [
        { k: "status.loadBalancer.ingress", v: `empty for ${minutes}` },
        ...events.slice(0, 3).map((event) => ({ k: `event ${event.reason ?? ""}`, v: event.message ?? "" })),
      ];
      const object = refOf(service, "status.loadBalancer");
      const late = age > settings.lbGrace;
      const className = service.spec?.loadBalancerClass;
      if (late && className !== undefined && events.length === 0 && wanted.events.state === "ok")
        return [
          find("svc/lb-class-unclaimed", {
            confidence: "likely",
            object: refOf(service, "spec.loadBalancerClass"),
            summary: `no controller has taken up loadBalancerClass ${className} of Service ${name} in ${minutes}`,
            evidence: [...evidence, { k: "spec.loadBalancerClass", v: className }],
            remedy: [
              `# install the controller of class ${className}; or create the Service anew without a class (the field cannot be changed):`,
              kubectl(namespace, "get", "service", name, "-o", "yaml"),
            ],
          }),
        ];
      const nodes = sortedByName(itemsOr(wanted.nodes));
      // A provider that has spoken through an event is there, whatever it is called.
      if (late && className === undefined && events.length === 0 && nodes.length > 0 && !nodes.some(inCloud)) {
        const pods = itemsOr(wanted.podLabels);
        const provider = inClusterProvider(pods, itemsOr(wanted.namespaces));
        const searched = wanted.podLabels.state === "ok" || wanted.namespaces.state === "ok";
        const local = nodes.find(
          (node) => /^(kind|k3s):/.test(node.spec?.providerID ?? "") || node.metadata.name.startsWith("minikube"),
        );
        if (provider === undefined)
          return [
            find("svc/lb-no-provider", {
              confidence: searched ? "likely" : "possible",
              object,
              summary: `nothing in this cluster gives Service ${name} a load balancer`,
              evidence: [
                ...evidence,
                {
                  k: "nodes",
                  v: `${nodes.length}, none of a cloud (spec.providerID ${nodes[0]?.spec?.providerID || "empty"})`,
                },
                ...(searched
                  ? []
                  : [
                      {
                        k: "not verified",
                        v: `${unreadable("pods of other namespaces", wanted.podLabels) ?? "pods of other namespaces were not read"}: whether an in-cluster load balancer runs`,
                      },
                    ]),
              ],
              remedy: [
                ...(local === undefined ? [] : ["# on kind run cloud-provider-kind, on minikube `minikube tunnel`"]),
                "# install a load balancer such as MetalLB, or reach the Service at a node's port:",
                patchService(service, [{ op: "replace", path: "/spec/type", value: "NodePort" }]),
                kubectl(namespace, "port-forward", `service/${name}`, String(service.spec?.ports?.[0]?.port ?? 80)),
              ],
            }),
          ];
      }
      return [
        find("svc/lb-pending", {
          severity: late ? "error" : age > settings.creating || clockIsLowerBound ? "warning" : "info",
          object,
          summary: `the load balancer of Service ${name} has no address after ${minutes}`,
          evidence:
            wanted.events.state === "ok" && events.length === 0
              ? [...evidence, { k: "events", v: "none (they are kept for about an hour)" }]
              : evidence,
          remedy: [kubectl(namespace, "describe", "service", name)],
        }),
      ];
    });
  },
});

/** providerIDs of local clusters name no cloud. */
function inCloud(node: KubeNode): boolean {
  const id = node.spec?.providerID ?? "";
  return id !== "" && !/^(kind|k3s|minikube):/.test(id);
}

const PROVIDER_NAMES = [
  "metallb",
  "kube-vip",
  "klipper",
  "svclb-",
  "cilium",
  "purelb",
  "openelb",
  "porter-lb",
  "loxilb",
  "kube-router",
  "calico-bgp",
  "cloud-controller-manager",
  "cloud-provider",
  "inlets",
  "tailscale",
];

/** The pod or namespace of something that may give addresses, by its name. Any doubt speaks for its presence. */
function inClusterProvider(pods: readonly PartialObject[], namespaces: readonly PartialObject[]): string | undefined {
  const names = [
    ...pods.flatMap((pod) => [pod.metadata.name, pod.metadata.namespace]),
    ...namespaces.map((one) => one.metadata.name),
  ];
  return names.find((name) => PROVIDER_NAMES.some((known) => name.includes(known)));
}
