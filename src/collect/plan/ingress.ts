import { hasSelector, mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { classOf } from "../../model/ingress/class.ts";
import { CONTROLLER_KINDS, type ControllerKind, kindByController } from "../../model/ingress/controllers.ts";
import { controllerContainer, type FoundController } from "../../model/ingress/found.ts";
import { resolve } from "../../model/ingress/resolve.ts";
import { routesOf } from "../../model/ingress/routes.ts";
import { admissionServices, exposingServices } from "../../model/ingress/service.ts";
import type { Ingress, Pod } from "../../model/kube.ts";
import { isReady, isTerminal } from "../../model/pods.ts";
import { type LogQuery, type Query, RESOURCES } from "../../model/resources.ts";
import { selects } from "../../model/selectors.ts";
import type { TargetRequest } from "../../model/target.ts";
import { isRead, type Known, knownItems } from "./known.ts";
import { labelSelectorText } from "./pod.ts";
import { get, list, listAs, logs } from "./queries.ts";

/** Lines of a controller's log: errors of the last minutes, not its history. */
const CONTROLLER_TAIL = 200;
/** One log: replicas load the same configuration, and the request that a second one would cost is spent on the policies. */
const CONTROLLER_LOGS = 1;

/**
 * Every query that `netcheck ingress` warrants: the Ingress and its class, the Services, slices and pods of its namespace, the Secrets it
 * names, Ingresses elsewhere that may own the same route, and the controller that the class leads to. A healthy Ingress with any number of
 * backends costs at most 15 requests: what explains a fault is asked only when there is one.
 */
export function ingressQueries(request: TargetRequest, known: Known, now: number): readonly Query[] {
  const { namespace, selection } = request;
  const named = selection.by === "name";
  const own = named ? get("ingresses", namespace, selection.name) : list("ingresses", namespace);
  const ingresses = knownItems(known, "ingresses").filter(
    (ingress) => !named || ingress.metadata.name === selection.name,
  );
  if (ingresses.length === 0) return [own, list("ingressClasses", "")];
  const troubled = troubledPods(ingresses, known);
  return [
    own,
    list("ingressClasses", ""),
    list("services", namespace),
    list("endpointSlices", namespace),
    list("pods", namespace),
    list("nodes", ""),
    list("deployments", namespace),
    list("events", namespace),
    listAs("allIngresses", RESOURCES.ingresses, ""),
    ...secretQueries(ingresses, namespace, named, known),
    ...(namespace !== "" && missesService(ingresses, known) ? [listAs("allServices", RESOURCES.services, "")] : []),
    ...controllerQueries(ingresses, known),
    ...(named ? logs(troubled, now) : []),
    ...(troubled.length > 0 && !named ? [list("replicaSets", namespace)] : []),
  ];
}

/** A backend that is not in the Ingress' namespace may be in another one. */
function missesService(ingresses: readonly Ingress[], known: Known): boolean {
  if (!isRead(known, "services")) return false;
  const here = new Set(knownItems(known, "services").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return ingresses
    .flatMap(routesOf)
    .some(
      ({ ingress, backend }) =>
        backend.service !== undefined && !here.has(`${ingress.metadata.namespace}/${backend.service}`),
    );
}

function troubledPods(ingresses: readonly Ingress[], known: Known): readonly Pod[] {
  const names = new Set(ingresses.flatMap(routesOf).flatMap((route) => route.backend.service ?? []));
  const services = knownItems(known, "services").filter(
    (service) => names.has(service.metadata.name) && hasSelector(service),
  );
  return knownItems(known, "pods").filter((pod) => !isReady(pod) && services.some((service) => selects(service, pod)));
}

/** Secrets by name, as narrow rights allow; a list of all Ingresses reads the TLS Secrets in one list and only the others by name. */
function secretQueries(
  ingresses: readonly Ingress[],
  namespace: string,
  named: boolean,
  known: Known,
): readonly Query[] {
  const wanted = ingresses.flatMap((ingress) =>
    (ingress.spec?.tls ?? []).flatMap((tls) =>
      tls.secretName === undefined || tls.secretName === ""
        ? []
        : [{ namespace: ingress.metadata.namespace, name: tls.secretName }],
    ),
  );
  if (wanted.length === 0) return [];
  const byName = (one: (typeof wanted)[number]): Query => ({
    type: "get",
    collection: "tlsSecrets",
    resource: RESOURCES.secrets,
    ...one,
  });
  if (named) return wanted.map(byName);
  const all = listAs("tlsSecrets", RESOURCES.secrets, namespace, { fieldSelector: "type=kubernetes.io/tls" });
  if (!isRead(known, "tlsSecrets")) return [all];
  const seen = new Set(
    knownItems(known, "tlsSecrets").map((secret) => `${secret.metadata.namespace}/${secret.metadata.name}`),
  );
  return [all, ...wanted.filter((one) => !seen.has(`${one.namespace}/${one.name}`)).map(byName)];
}

/**
 * The controllers to look for: those that the classes name. For an Ingress without a class, with a class of an unknown controller or with an
 * annotation that nobody is known for, any ingress-nginx may be the one (its flags decide), and whatever the cluster's classes name.
 */
function kindsFor(ingresses: readonly Ingress[], known: Known): readonly ControllerKind[] {
  const classes = knownItems(known, "ingressClasses");
  const kinds = ingresses.flatMap((ingress) => {
    const claim = classOf(ingress, classes);
    if (claim.by !== "nothing" && claim.kind !== undefined) return [claim.kind];
    const nginx = CONTROLLER_KINDS.filter((kind) => kind.id === "ingress-nginx");
    return [...nginx, ...classes.flatMap((one) => kindByController(one.spec?.controller ?? "") ?? [])];
  });
  return [...new Set(kinds)];
}

/**
 * The controllers, then what stands around those that take an Ingress: the Services and slices of their namespaces and the end of their logs; events where
 * something about them needs explaining. Where none takes it, Deployments of that kind: one may be scaled to zero.
 */
function controllerQueries(ingresses: readonly Ingress[], known: Known): readonly Query[] {
  if (!isRead(known, "ingressClasses")) return [];
  const kinds = kindsFor(ingresses, known);
  const pods = kinds.flatMap((kind) => placed("controllerPods", kind));
  if (!isRead(known, "controllerPods")) return pods;
  const classes = knownItems(known, "ingressClasses");
  const all = knownItems(known, "controllerPods");
  const resolved = ingresses.map((ingress) => ({ ingress, ...resolve(ingress, classes, all) }));
  const takers = [...new Map(resolved.flatMap((one) => one.takers).map((one) => [keyOf(one), one])).values()];
  const untaken = resolved.filter((one) => one.takers.length === 0 && one.claim.by !== "nothing");
  const deployments = untaken.length === 0 ? [] : kinds.flatMap((kind) => placed("controllerDeployments", kind));
  const namespaces = [...new Set(takers.map((controller) => controller.namespace))];
  const around = namespaces.flatMap((namespace) => [
    listAs("controllerServices", RESOURCES.services, namespace),
    listAs("controllerSlices", RESOURCES.endpointSlices, namespace),
  ]);
  const excerpts = takers.flatMap(controllerLogs).slice(0, CONTROLLER_LOGS);
  const selective = takers.some((controller) => controller.flags.has("watch-namespace-selector"));
  return [
    ...pods,
    ...deployments,
    ...around,
    ...excerpts,
    ...(selective ? [list("namespaces", "")] : []),
    ...takers.filter((controller) => needsEvents(controller, known)).map(({ namespace }) => eventsIn(namespace)),
    ...configQueries(ingresses, takers),
    ...(takers.some((controller) => webhookSeemsDown(controller, known))
      ? [listAs("admissionWebhooks", RESOURCES.validatingWebhookConfigurations, "")]
      : []),
  ];
}

const keyOf = ({ namespace, name }: FoundController): string => `${namespace}/${name}`;

const eventsIn = (namespace: string): Query => listAs("controllerEvents", RESOURCES.events, namespace);

function placed(collection: "controllerPods" | "controllerDeployments", kind: ControllerKind): readonly Query[] {
  if (kind.pods === undefined) return [];
  const labelSelector = labelSelectorText(kind.pods.selector);
  const resource = collection === "controllerPods" ? RESOURCES.pods : RESOURCES.deployments;
  return [listAs(collection, resource, kind.pods.namespace, labelSelector === undefined ? {} : { labelSelector })];
}

/** Events say why a controller is not ready, why its load balancer has no address, and what its log would say where that cannot be read. */
function needsEvents(controller: FoundController, known: Known): boolean {
  if (controller.pods.some((pod) => !isReady(pod))) return true;
  const pending = exposingServices(controller, knownItems(known, "controllerServices")).some(
    (service) => service.spec?.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0,
  );
  const names = new Set(controller.pods.map((pod) => pod.metadata.name));
  return (
    pending ||
    knownItems(known, "logs").some(
      (log) => log.namespace === controller.namespace && names.has(log.pod) && log.unreadable !== undefined,
    )
  );
}

function controllerLogs(controller: FoundController): readonly LogQuery[] {
  return controller.pods
    .filter((pod) => !isTerminal(pod))
    .map((pod) => ({
      type: "log",
      collection: "logs",
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      container: controllerContainer(pod, controller.kind)?.name ?? "",
      previous: false,
      tailLines: CONTROLLER_TAIL,
    }));
}

/** The controller serves an admission webhook, and the Services around it show no endpoint of it: then it is worth a request who calls it. */
function webhookSeemsDown(controller: FoundController, known: Known): boolean {
  if (!isRead(known, "controllerServices") || !isRead(known, "controllerSlices")) return false;
  const services = admissionServices(controller, knownItems(known, "controllerServices"));
  if (services.length === 0) return controller.flags.has("validating-webhook");
  const slices = knownItems(known, "controllerSlices");
  return services.some((service) => usable(mergeSlices(slicesOf(service, slices))).length === 0);
}

/** The controller's ConfigMap (`--configmap=NS/NAME`), where an annotation of the Ingress depends on a setting in it. */
function configQueries(ingresses: readonly Ingress[], takers: readonly FoundController[]): readonly Query[] {
  const depends = ingresses.some((ingress) =>
    Object.keys(ingress.metadata.annotations ?? {}).some((key) => /-snippet$|-source-range$/.test(key)),
  );
  if (!depends) return [];
  return takers.flatMap((controller) => {
    const [namespace, name] = (controller.flags.get("configmap") ?? "").split("/");
    return namespace === undefined || name === undefined ? [] : [get("configMaps", namespace, name)];
  });
}
