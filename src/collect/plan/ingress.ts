import { hasSelector } from "../../model/endpoints.ts";
import { classOf } from "../../model/ingress/class.ts";
import type { ControllerKind } from "../../model/ingress/controllers.ts";
import { routesOf } from "../../model/ingress/routes.ts";
import type { Ingress, Pod } from "../../model/kube.ts";
import { isReady, isTerminal } from "../../model/pods.ts";
import { type LogQuery, type Query, RESOURCES } from "../../model/resources.ts";
import { selects } from "../../model/selectors.ts";
import type { TargetRequest } from "../../model/target.ts";
import { isRead, type Known, knownItems } from "./known.ts";
import { get, list, listAs, logs } from "./queries.ts";

/** Lines of a controller's log: errors of the last minutes, not its history. */
const CONTROLLER_TAIL = 200;
const CONTROLLER_LOGS = 2;

/**
 * Every query that `netcheck ingress` warrants: the Ingress and its class, the Services, slices and pods of its namespace, the Secrets it
 * names, Ingresses elsewhere that may own the same route, and the controller that the class leads to.
 */
export function ingressQueries(request: TargetRequest, known: Known, now: number): readonly Query[] {
  const { namespace, selection } = request;
  const named = selection.by === "name";
  const own = named ? get("ingresses", namespace, selection.name) : list("ingresses", namespace);
  const ingresses = knownItems(known, "ingresses");
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
    // With all namespaces asked for, the Ingresses themselves are already all of them.
    ...(namespace === "" ? [] : [listAs("allIngresses", RESOURCES.ingresses, "")]),
    ...secretQueries(ingresses, namespace, named, known),
    ...controllerQueries(ingresses, known),
    ...(named ? logs(troubled, now) : []),
    ...(troubled.length > 0 && !named ? [list("replicaSets", namespace)] : []),
  ];
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

/** The controllers that the classes lead to: their pods, then the Services and slices of their namespaces, events, and the end of their logs. */
function controllerQueries(ingresses: readonly Ingress[], known: Known): readonly Query[] {
  if (!isRead(known, "ingressClasses")) return [];
  const kinds = new Map<string, ControllerKind>();
  for (const ingress of ingresses) {
    const claim = classOf(ingress, knownItems(known, "ingressClasses"));
    if (claim.by !== "nothing" && claim.kind !== undefined) kinds.set(claim.kind.id, claim.kind);
  }
  const pods = [...kinds.values()].flatMap((kind) =>
    kind.pods === undefined
      ? []
      : [
          listAs(
            "controllerPods",
            RESOURCES.pods,
            kind.pods.namespace,
            kind.pods.labelSelector === "" ? {} : { labelSelector: kind.pods.labelSelector },
          ),
        ],
  );
  const found = knownItems(known, "controllerPods");
  const namespaces = [...new Set(found.map((pod) => pod.metadata.namespace))];
  const around = namespaces.flatMap((namespace) => [
    listAs("controllerServices", RESOURCES.services, namespace),
    listAs("controllerSlices", RESOURCES.endpointSlices, namespace),
    listAs("controllerEvents", RESOURCES.events, namespace),
  ]);
  return [...pods, ...around, ...controllerLogs(found)];
}

function controllerLogs(pods: readonly Pod[]): readonly LogQuery[] {
  return pods
    .filter((pod) => !isTerminal(pod))
    .slice(0, CONTROLLER_LOGS)
    .map((pod) => ({
      type: "log",
      collection: "logs",
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      container: controllerContainer(pod),
      previous: false,
      tailLines: CONTROLLER_TAIL,
    }));
}

/** The container that runs the controller: `controller` by convention of ingress-nginx and app routing, else the first. */
export function controllerContainer(pod: Pod): string {
  const names = (pod.spec?.containers ?? []).flatMap((container) => container.name ?? []);
  return names.find((name) => name === "controller") ?? names[0] ?? "";
}
