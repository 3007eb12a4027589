import { defineCheck } from "../../model/check.ts";
import {
  accepts,
  controllerClass,
  controllerName,
  controllerOf,
  type FoundController,
  isNginx,
  watches,
} from "../../model/ingress/found.ts";
import { addressesOf } from "../../model/ingress/resolve.ts";
import { labelSelectorWords } from "../../model/ingress/words.ts";
import { refOf } from "../../model/kube.ts";
import { ageOf, isReady, isTerminating } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  APP_ROUTING,
  forEachIngress,
  INGRESS,
  NGINX_ARGS,
  NGINX_TROUBLE,
  netcheck,
  resolved,
  unreadable,
} from "./_shared.ts";

/** Kinds whose labels were seen on real installs. Others may be labelled in another way: not finding them is a warning. */
const VERIFIED = new Set(["ingress-nginx", "app-routing", "agic"]);

/** Is the controller there, does it look into the namespace, and is it ready? */
export const check = defineCheck({
  id: "ingress/controller",
  question: "Does a controller that takes the Ingress run?",
  hop: "controller",
  appliesTo: ["ingress"],
  essential: true,
  needs: [],
  wants: ["controllerPods", "ingressClasses", "controllerDeployments", "namespaces"],
  findings: {
    "ingress/class-has-no-controller": {
      severity: "error",
      beforeRules: true,
      title: "The controller of the class is not installed, or scaled to zero",
      explain:
        "The Ingress' class belongs to a controller that is known to run as pods in the cluster, and none of them was found. A warning where an address shows that some controller took the " +
        "Ingress, or where pods could not be read everywhere. Never reported for controllers that run outside the cluster (GKE) or that this tool does not know.",
      docs: [INGRESS, APP_ROUTING],
    },
    "ingress/namespace-not-watched": {
      severity: "error",
      beforeRules: true,
      title: "The controller does not look into this namespace",
      explain:
        "The controller is started with --watch-namespace or --watch-namespace-selector, which leaves this namespace out: it never sees the Ingress. Not reported when another controller takes it.",
      docs: [NGINX_ARGS],
    },
    "ingress/controller-not-ready": {
      severity: "error",
      title: "The controller is not ready",
      explain:
        "No pod of the controller is ready, so nothing answers for its Ingresses. A warning when some of its pods are ready, or when another controller takes the Ingress too; an info in a rollout.",
      docs: [NGINX_TROUBLE],
    },
  },
  run({ scope, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const unread = unreadable("IngressClasses", wanted.ingressClasses);
      if (unread !== undefined) return { unknown: unread };
      const { claim, found, takers, kind } = resolved(ingress, wanted);
      const partly = unreadable("the controllers' pods", wanted.controllerPods);
      if (partly !== undefined && wanted.controllerPods.state !== "ok") return { unknown: partly };
      const { namespace, name } = ingress.metadata;
      if (takers.length === 0) {
        if (claim.by === "nothing") return { skipped: "the Ingress names no class" };
        // A class that does not exist, or an annotation that nobody listens to: ingress/class says so.
        if (claim.by === "field" && claim.object === undefined) return { skipped: "the class does not exist" };
        const asleep = itemsOr(wanted.controllerDeployments).filter((one) => {
          const controller = controllerOf(one);
          const sleeps = (one.spec?.replicas ?? 1) === 0;
          return (
            sleeps && controller !== undefined && accepts(controller, ingress, itemsOr(wanted.ingressClasses)) === true
          );
        });
        const owner = asleep[0] === undefined ? undefined : controllerOf(asleep[0]);
        const known = kind ?? owner?.kind;
        if (known === undefined) return { skipped: "its controller is not one that this tool knows" };
        if (known.pods === undefined) return { skipped: `${known.title} runs outside the cluster` };
        if (claim.by === "annotation" && found.some(isNginx))
          return { skipped: "no controller listens to the annotation" };
        const undecided = found.filter((one) => accepts(one, ingress, itemsOr(wanted.ingressClasses)) === undefined);
        if (undecided.length > 0)
          return { unknown: `it is not known whether ${undecided.map(controllerName).join(", ")} takes it` };
        const address = addressesOf(ingress);
        const others = found.filter((one) => one.kind.id === known.id);
        const sleeper = asleep[0];
        return [
          find("ingress/class-has-no-controller", {
            severity: sleeper !== undefined || (address.length === 0 && VERIFIED.has(known.id)) ? "error" : "warning",
            confidence: sleeper !== undefined ? "certain" : partly === undefined ? "likely" : "possible",
            object: refOf(ingress, claim.by === "field" ? "spec.ingressClassName" : "metadata.annotations"),
            summary:
              sleeper === undefined
                ? `class ${claim.name} of Ingress ${name} belongs to ${known.title}, and no pod of such a controller was found`
                : `the controller of class ${claim.name} is scaled to zero: Deployment ${sleeper.metadata.namespace}/${sleeper.metadata.name}`,
            evidence: [
              {
                k: "class",
                v: claim.by === "field" ? `${claim.name} → ${claim.controller}` : `${claim.name} (annotation)`,
              },
              {
                k: "looked for",
                v: `pods with ${labelSelectorWords(known.pods.selector)} in ${known.pods.namespace || "all namespaces"}`,
              },
              ...asleep.map((one) => ({
                k: `Deployment ${one.metadata.namespace}/${one.metadata.name}`,
                v: "spec.replicas 0",
              })),
              ...others.map((one) => ({
                k: `controller ${controllerName(one)}`,
                v: `takes ${controllerClass(one)} only`,
              })),
              ...(address.length === 0 ? [] : [{ k: "status address", v: address.join(", ") }]),
            ],
            remedy:
              sleeper === undefined
                ? installRemedy(known.id)
                : [kubectl(sleeper.metadata.namespace, "scale", "deployment", sleeper.metadata.name, "--replicas=2")],
          }),
        ];
      }
      const namespaces = wanted.namespaces.state === "ok" ? wanted.namespaces.items : undefined;
      const looking = takers.filter((one) => watches(one, namespace, namespaces) !== false);
      const blind = takers[0];
      if (looking.length === 0 && blind !== undefined) {
        const flag = ["watch-namespace", "watch-namespace-selector"].find((one) => blind.flags.has(one)) ?? "";
        return [
          find("ingress/namespace-not-watched", {
            object: refOf(ingress),
            summary: `controller ${controllerName(blind)} does not look into namespace ${namespace}`,
            evidence: takers.map((one) => ({
              k: `controller ${controllerName(one)}`,
              v: ["watch-namespace", "watch-namespace-selector"]
                .flatMap((key) => (one.flags.has(key) ? [`--${key}=${one.flags.get(key)}`] : []))
                .join(" "),
            })),
            remedy: [
              flag === "watch-namespace-selector"
                ? `# label the namespace so that it fits ${blind.flags.get(flag)}, or widen --${flag}:`
                : `# take --${flag} out of the controller's arguments, or name this namespace in it:`,
              kubectl(blind.namespace, "edit", ...workload(blind)),
            ],
          }),
        ];
      }
      const unsure = looking.filter((one) => watches(one, namespace, namespaces) === undefined);
      if (unsure.length === looking.length)
        return {
          unknown: `the labels of namespace ${namespace} could not be read, which --watch-namespace-selector needs`,
        };
      const ready = looking.filter((one) => one.pods.some((pod) => isReady(pod) && !isTerminating(pod)));
      return looking.flatMap((one) => {
        const alive = one.pods.filter((pod) => !isTerminating(pod));
        const bad = alive.filter((pod) => !isReady(pod));
        if (bad.length === 0 && alive.length > 0) return [];
        const good = alive.length - bad.length;
        const young = bad.every((pod) => (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle);
        const severity = good > 0 ? (young || mixed(one) ? "info" : "warning") : ready.length > 0 ? "warning" : "error";
        return [
          find("ingress/controller-not-ready", {
            severity,
            object: {
              kind: one.name.split("/")[0] ?? "Pod",
              namespace: one.namespace,
              name: one.name.split("/")[1] ?? one.name,
            },
            summary: `${good === 0 ? "no" : `only ${good} of ${alive.length}`} pod of controller ${controllerName(one)} ${good === 0 ? "is" : "are"} ready`,
            evidence: one.pods.slice(0, 5).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: stateOf(pod) })),
            remedy: [
              netcheck(
                one.namespace,
                "pod",
                workload(one)
                  .join("/")
                  .replace(/^pod\//, ""),
              ),
            ],
          }),
        ];
      });
    });
  },
});

function workload(controller: FoundController): readonly string[] {
  const [kind, name] = controller.name.split("/");
  return name === undefined ? ["pod", controller.name] : [(kind ?? "").toLowerCase(), name];
}

/** Pods of two revisions: a rollout brings new ones up beside the old. */
function mixed(controller: FoundController): boolean {
  const revisions = controller.pods.map(
    (pod) => pod.metadata.labels?.["pod-template-hash"] ?? pod.metadata.labels?.["controller-revision-hash"] ?? "",
  );
  return new Set(revisions).size > 1;
}

function stateOf(pod: FoundController["pods"][number]): string {
  if (isTerminating(pod)) return "being deleted";
  if (isReady(pod)) return "ready";
  const waiting = (pod.status?.containerStatuses ?? []).flatMap((status) => status.state?.waiting?.reason ?? []);
  return `not ready${waiting.length > 0 ? ` (${waiting.join(", ")})` : ""}, phase ${pod.status?.phase ?? "?"}`;
}

function installRemedy(id: string): readonly string[] {
  if (id === "app-routing")
    return ["# enable the add-on:", "az aks approuting enable --resource-group RESOURCE_GROUP --name CLUSTER"];
  if (id === "agic")
    return [
      "# is the add-on enabled?",
      "az aks show --resource-group RESOURCE_GROUP --name CLUSTER --query addonProfiles",
    ];
  return ["# install the controller, or name the class of one that runs:", "kubectl get ingressclasses"];
}
