import { runChecks } from "../checks/engine.ts";
import type { Check, Hop, Ran, Scope } from "../model/check.ts";
import { resolve } from "../model/ingress/resolve.ts";
import { exposingServices } from "../model/ingress/service.ts";
import { viaController as prefixed } from "../model/ingress/via.ts";
import type { Settings } from "../model/settings.ts";
import { type CollectionName, collectionsOf, isClusterCollection, itemsOr, type Snapshot } from "../model/snapshot.ts";
import { orderFindings } from "../report/order.ts";
import type { Judged } from "./scopes.ts";

/**
 * The way into the controller, judged by the checks of Services and pods over the controller's own namespace: a second run, of which the root
 * causes are kept, marked `via controller:`. Nothing for other targets, or where no controller or no Service of it was found.
 */
export function viaController(checks: readonly Check[], judged: Judged, settings: Settings): readonly Ran[] {
  const { scope, snapshot, from } = judged;
  if (scope.target !== "ingress") return [];
  const { ingressClasses, controllerPods, controllerServices } = snapshot.collections;
  const takers = scope.ingresses.flatMap(
    (ingress) => resolve(ingress, itemsOr(ingressClasses), itemsOr(controllerPods)).takers,
  );
  const pods = takers.flatMap((controller) => controller.pods);
  const services = takers.flatMap((controller) => exposingServices(controller, itemsOr(controllerServices)));
  const namespace = takers[0]?.namespace;
  if (services.length === 0 || namespace === undefined) return [];
  const inside: Scope = {
    target: "svc",
    namespace,
    pods,
    services,
    ingresses: [],
    group: true,
    ...(from === undefined ? {} : { from }),
  };
  // Our own requests are judged by the outer run; here they only help to weigh what Azure says.
  const own = checks.filter(({ id }) => !id.startsWith("probe/"));
  const ran = runChecks(own, insideOut(snapshot), inside, settings);
  // What requests through the load balancer met is told by the outer run; here it only bears witness to what Azure's rules say.
  const roots = orderFindings(ran, inside).filter(
    ({ finding }) =>
      finding.consequenceOf === null && finding.severity !== "info" && !finding.id.startsWith("probe/external-"),
  );
  const meta = Object.assign({}, ...checks.map((check) => check.findings)) as Check["findings"];
  const stations: readonly (readonly [Check["id"], Hop])[] = [
    ["ingress/controller-service", "controller"],
    ["ingress/controller-exposure", "load-balancer"],
  ];
  const judgedStations = stations.map(([id, hop]) => {
    const findings = roots
      .filter((root) => (root.hop === "load-balancer") === (hop === "load-balancer"))
      .map(({ finding }) => prefixed(finding));
    const check: Check = {
      id,
      question: "Can requests reach the controller?",
      hop,
      appliesTo: ["ingress"],
      essential: false,
      needs: [],
      wants: [],
      findings: meta,
      notFor: () => undefined,
      run: () => [],
    };
    const status = findings.length > 0 ? ("fired" as const) : ("passed" as const);
    return { check, outcome: { id, status, reason: "" }, findings };
  });
  return [...judgedStations, ...unansweredByAzure(ran)];
}

/** What Azure did not tell of the controller's load balancer is as missing as it would be of the Service's own. */
function unansweredByAzure(ran: readonly Ran[]): readonly Ran[] {
  return ran
    .filter(
      ({ check, outcome }) =>
        check.id === "azure/access" || (check.id.startsWith("azure/") && outcome.status === "unknown"),
    )
    .map((one) =>
      one.check.id === "azure/access" ? { ...one, findings: one.findings.map(prefixed) } : { ...one, findings: [] },
    );
}

/** The snapshot as it would have been collected for the controller's own Service. */
function insideOut({ takenAt, source, collections }: Snapshot): Snapshot {
  const { controllerPods, controllerServices, controllerSlices, controllerEvents, controllerPolicies } = collections;
  const { nodes, logs, namespaces, sourcePolicies, systemDaemonSets, otherPolicies, probes } = collections;
  const azure = Object.entries(collections).filter(([name]) => !isClusterCollection(name as CollectionName));
  return {
    takenAt,
    source,
    collections: collectionsOf({
      pods: controllerPods,
      services: controllerServices,
      endpointSlices: controllerSlices,
      events: controllerEvents,
      networkPolicies: controllerPolicies,
      nodes,
      logs,
      namespaces,
      sourcePolicies,
      systemDaemonSets,
      otherPolicies,
      probes: ofBalancer(probes),
      // Object.fromEntries forgets which name holds which type; the entries came from a snapshot.
      ...(Object.fromEntries(azure) as Partial<Snapshot["collections"]>),
    }),
  };
}

/** Requests to the controller's Service, by its load balancer and its cluster IP; the others are about the app and the Ingress. */
function ofBalancer(probes: Snapshot["collections"]["probes"]): Snapshot["collections"]["probes"] {
  if (probes.state !== "ok") return probes;
  return { ...probes, items: probes.items.filter(({ target }) => /^controller-(lb|ip)$/.test(target.hop)) };
}
