import type { AzureAppGateway, AzureBackendServer } from "../../model/azure-facts.ts";
import { defineCheck } from "../../model/check.ts";
import { canonicalIp } from "../../model/cidr.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import { eventTime } from "../../model/events.ts";
import type { Finding } from "../../model/finding.ts";
import { classOf } from "../../model/ingress/class.ts";
import { type Route, routesOf } from "../../model/ingress/routes.ts";
import { type Ingress, refOf, type Service } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { sh } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";

const CONNECTIVITY =
  "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/load-bal-ingress-c/troubleshoot-app-gateway-ingress-controller-connectivity-issues";
const HEALTH =
  "https://learn.microsoft.com/azure/application-gateway/application-gateway-backend-health-troubleshooting";

/** AGIC needs a moment to carry a change of endpoints to the gateway, and the gateway to take it up. */
const DEPLOY = 2 * 60_000;

/** The Application Gateway behind an Ingress of its ingress controller (AGIC). */
export const check = defineCheck({
  id: "azure/appgw",
  question: "Does the Application Gateway run, and do its pools hold healthy pods of the backends?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["ingressClasses", "services"],
  wants: ["azureAppGateways", "endpointSlices", "pods", "events"],
  findings: {
    "azure/appgw-stopped": {
      severity: "error",
      title: "The Application Gateway is stopped",
      explain:
        "A stopped gateway answers nobody, and AGIC takes the address out of its Ingresses. Stopped by hand or by a schedule to save money, or by Azure when the subscription was suspended.",
      docs: [CONNECTIVITY],
    },
    "azure/appgw-backend-unhealthy": {
      severity: "error",
      title: "The Application Gateway takes the backends for unhealthy",
      explain:
        "The gateway's health probe gets no answer, or one that is no 200 to 399; clients then get 502. AGIC takes the probe's path from readinessProbe or livenessProbe httpGet, else from backend-path-prefix, else /. " +
        "A warning when some servers of the pool are healthy. What is being drained or not yet probed does not count.",
      docs: [HEALTH, CONNECTIVITY],
    },
    "azure/appgw-pool-differs": {
      severity: "error",
      title: "The Application Gateway sends to addresses that are no pods of the backend",
      explain:
        "No usable endpoint of the Service is in the gateway's pool for it: AGIC does not carry changes to the gateway (it is down, lacks rights, or somebody else overwrites the gateway). No fault within two minutes of a rollout.",
      docs: [CONNECTIVITY],
    },
  },
  notFor: (scope) => (scope.ingresses.length === 0 ? "no Ingress" : undefined),
  run({ scope, ingressClasses, services, wanted, now, clockIsLowerBound }, find) {
    const mine = scope.ingresses.filter((ingress) => classOf(ingress, ingressClasses).by !== "nothing");
    const agic = mine.filter((ingress) => isAgic(ingress));
    if (agic.length === 0) return { skipped: "no Ingress of an Application Gateway" };
    const told = agic.flatMap(stoppedByEvent);
    const { azureAppGateways } = wanted;
    if (azureAppGateways.state === "unavailable") {
      if (told.length > 0) return told;
      return azureAppGateways.reason === "not-requested"
        ? { skipped: "Azure was not asked" }
        : { unknown: `Azure: ${azureAppGateways.detail}` };
    }
    const out = azureAppGateways.items.flatMap((gateway) => {
      if (/^stopp(ed|ing)$/i.test(gateway.operationalState))
        return agic.slice(0, 1).map((one) => stopped(one, gateway));
      return agic.flatMap((ingress) => routesOf(ingress).flatMap((route) => judgeRoute(route, gateway)));
    });
    if (out.length > 0) return once(out);
    // The event is older than what Azure says now: a gateway that runs again is no fault.
    if (azureAppGateways.items.length === 0)
      return told.length > 0 ? told : { unknown: "no Application Gateway was found that holds the Ingress' address" };
    const blind = azureAppGateways.items.every(
      ({ health, operationalState }) => health === null && operationalState === "Running",
    );
    return blind ? { unknown: "the health of the gateway's backends could not be read" } : [];

    function isAgic(ingress: Ingress): boolean {
      const claim = classOf(ingress, ingressClasses);
      return claim.by !== "nothing" && claim.kind?.id === "agic";
    }

    function stoppedByEvent(ingress: Ingress): readonly Finding[] {
      const { name, namespace } = ingress.metadata;
      const event = itemsOr(wanted.events)
        .filter(
          ({ involvedObject, reason, message }) =>
            involvedObject?.kind === "Ingress" &&
            involvedObject.name === name &&
            reason === "ResetIngressStatus" &&
            /stopped state/i.test(message ?? ""),
        )
        .toSorted((a, b) => eventTime(b) - eventTime(a))[0];
      // An address since then: the gateway was started again.
      if (event === undefined || (ingress.status?.loadBalancer?.ingress ?? []).length > 0) return [];
      return [
        find("azure/appgw-stopped", {
          object: refOf(ingress),
          confidence: "likely",
          summary: `AGIC took the address out of Ingress ${name}: its Application Gateway is stopped`,
          evidence: [{ k: "event ResetIngressStatus", v: event.message ?? "" }],
          remedy: [
            "az network application-gateway list --query '[].{name:name,group:resourceGroup,state:operationalState}' -o table",
            "az network application-gateway start -g RESOURCE_GROUP -n GATEWAY",
            `kubectl -n ${sh(namespace)} get ingress ${sh(name)}`,
          ],
        }),
      ];
    }

    function stopped(ingress: Ingress, gateway: AzureAppGateway): Finding {
      return find("azure/appgw-stopped", {
        object: refOf(ingress),
        summary: `Application Gateway ${gateway.name} of Ingress ${ingress.metadata.name} is stopped`,
        evidence: [{ k: gateway.id, v: `operationalState: ${gateway.operationalState}` }],
        remedy: [`az network application-gateway start -g ${sh(gateway.resourceGroup)} -n ${sh(gateway.name)}`],
      });
    }

    function judgeRoute(route: Route, gateway: AzureAppGateway): readonly Finding[] {
      const service = services.find(
        ({ metadata }) =>
          metadata.name === route.backend.service && metadata.namespace === route.ingress.metadata.namespace,
      );
      if (service === undefined) return [];
      const isOwn = ownPool(service, route);
      return [...unhealthy(route, gateway, service, isOwn), ...differs(route, gateway, service, isOwn)];
    }

    function unhealthy(
      route: Route,
      gateway: AzureAppGateway,
      service: Service,
      isOwn: (pool: string) => boolean,
    ): readonly Finding[] {
      const servers = (gateway.health ?? []).filter(({ pool }) => isOwn(pool)).flatMap((one) => one.servers);
      const down = servers.filter(({ health }) => health === "unhealthy" || health === "down");
      const up = servers.filter(({ health }) => health === "healthy" || health === "up");
      if (down.length === 0) return [];
      return [
        find("azure/appgw-backend-unhealthy", {
          object: refOf(route.ingress, route.at),
          // What is neither up nor down (draining, unknown) may serve: no error while it is there.
          severity: down.length === servers.length ? "error" : "warning",
          summary: `Application Gateway ${gateway.name} takes ${down.length === servers.length ? "every pod" : `${down.length} of ${servers.length} pods`} of Service ${service.metadata.name} for unhealthy`,
          evidence: [
            ...down.slice(0, 5).map((server) => ({ k: `server ${server.address}`, v: shown(server) })),
            ...up.slice(0, 2).map((server) => ({ k: `server ${server.address}`, v: shown(server) })),
          ],
          remedy: [
            `az network application-gateway show-backend-health -g ${sh(gateway.resourceGroup)} -n ${sh(gateway.name)} -o json`,
            "# let the path of the probe answer 200 to 399: readinessProbe.httpGet of the pods, or the annotation",
            `kubectl -n ${sh(service.metadata.namespace)} annotate ingress ${sh(route.ingress.metadata.name)} --overwrite appgw.ingress.kubernetes.io/health-probe-path=/healthz`,
          ],
        }),
      ];
    }

    function differs(
      route: Route,
      gateway: AzureAppGateway,
      service: Service,
      isOwn: (pool: string) => boolean,
    ): readonly Finding[] {
      const pools = gateway.pools.filter(({ name }) => isOwn(name));
      const { endpointSlices } = wanted;
      if (pools.length === 0 || endpointSlices.state !== "ok" || clockIsLowerBound) return [];
      const ready = usable(mergeSlices(slicesOf(service, endpointSlices.items)));
      const held = new Set(pools.flatMap(({ addresses }) => addresses).map(canonicalIp));
      if (ready.length === 0 || ready.some(({ ip }) => held.has(canonicalIp(ip)))) return [];
      const settled = ready.every(({ pod }) => {
        const since = itemsOr(wanted.pods)
          .find(({ metadata }) => metadata.name === pod)
          ?.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
        const at = timeOf(since ?? undefined);
        return at !== undefined && now - at > DEPLOY;
      });
      if (!settled) return [];
      return [
        find("azure/appgw-pool-differs", {
          object: refOf(route.ingress, route.at),
          confidence: "likely",
          summary: `no pod of Service ${service.metadata.name} is in the pool of Application Gateway ${gateway.name}`,
          evidence: [
            { k: `pool ${pools[0]?.name ?? ""}`, v: [...held].join(", ") || "empty" },
            { k: "usable endpoints", v: ready.map(({ ip }) => ip).join(", ") },
          ],
          remedy: [
            "# AGIC says why it does not update the gateway:",
            "kubectl -n kube-system logs -l app=ingress-appgw --tail=50",
            "kubectl logs -A -l app=ingress-azure --tail=50",
          ],
        }),
      ];
    }
  },
});

/**
 * AGIC names a pool after namespace, Service, its port and the pod's port (`pool-shop-web-80-bp-8080`), perhaps behind a prefix of its own. Long names
 * are cut and get a hash: those are nobody's that we can tell. Source: AGIC's naming (docs: multiple-namespace-support).
 */
function ownPool(service: Service, { backend }: Route): (pool: string) => boolean {
  const { namespace, name } = service.metadata;
  const port = (service.spec?.ports ?? []).find((one) => one.port === backend.port || one.name === backend.port);
  const words = [port?.port, port?.name].filter((word) => word !== undefined && word !== "");
  const starts = words.map((word) => `pool-${namespace}-${name}-${word}-bp-`.toLowerCase());
  return (pool) => {
    const own = pool.toLowerCase();
    return starts.some((start) => {
      const at = own.indexOf(start);
      return at >= 0 && /^\d+$/.test(own.slice(at + start.length));
    });
  };
}

function shown({ health, log }: AzureBackendServer): string {
  return log === "" ? health : `${health}: ${log}`;
}

/** One finding for each object and id: two routes to one Service share their pool. */
function once(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, summary }) => {
    const key = `${id} ${summary}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
