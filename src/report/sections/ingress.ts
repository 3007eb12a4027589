import type { Finding } from "../../model/finding.ts";
import { askedOf, routesAsked } from "../../model/ingress/asked.ts";
import { endpointsOf, portUsed } from "../../model/ingress/backend.ts";
import { controllerName } from "../../model/ingress/found.ts";
import { peersOf, type Resolution, readingOf, resolve } from "../../model/ingress/resolve.ts";
import { type Route, routesOf } from "../../model/ingress/routes.ts";
import { exposingServices } from "../../model/ingress/service.ts";
import type { Ingress } from "../../model/kube.ts";
import { isReady } from "../../model/pods.ts";
import { describePort, targetPortOf } from "../../model/ports.ts";
import type { Cell, Section } from "../../model/report.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { cell, whole, wideOnly } from "./cells.ts";
import { type SectionInput, section, type Table } from "./context.ts";
import { nameTable, requestTable } from "./ingress-probe.ts";
import { tls } from "./ingress-tls.ts";

function resolution(ingress: Ingress, { snapshot }: SectionInput): Resolution {
  const { ingressClasses, controllerPods } = snapshot.collections;
  return resolve(ingress, itemsOr(ingressClasses), itemsOr(controllerPods));
}

/** I1: from the Ingress' class to the controller, in one row each. */
function classTable(ingress: Ingress, input: SectionInput): Table {
  const { claim, takers, kind } = resolution(ingress, input);
  const { ingressClasses } = input.snapshot.collections;
  const named =
    claim.by === "nothing"
      ? cell("(none)", "warn")
      : cell(`${claim.name}${claim.by === "annotation" ? " (annotation)" : ""}`);
  const object =
    claim.by === "nothing"
      ? cell("-", "dim")
      : claim.object !== undefined
        ? cell(claim.object.metadata.name)
        : ingressClasses.state !== "ok"
          ? cell("not read", "dim")
          : cell(claim.by === "field" ? "-- (none)" : "(none needed)", claim.by === "field" ? "bad" : undefined);
  const controller = claim.by === "nothing" ? "" : (claim.object?.spec?.controller ?? kind?.title ?? "");
  const row = (who: Cell, ready: Cell): readonly Cell[] => [named, object, cell(controller), who, ready];
  const columns = ["CLASS", "INGRESSCLASS", "SPEC.CONTROLLER", "CONTROLLER", "READY"].map(whole);
  if (takers.length === 0) {
    const outside = kind !== undefined && kind.pods === undefined;
    const unread = input.snapshot.collections.controllerPods.state !== "ok";
    const who = outside
      ? cell("(outside the cluster)")
      : unread
        ? cell("not read", "dim")
        : cell("-- (none found)", kind === undefined ? "warn" : "bad");
    return { columns, rows: [row(who, cell("-", "dim"))] };
  }
  return {
    columns,
    rows: takers.map((one) => {
      const ready = one.pods.filter(isReady).length;
      const mark = ready === 0 ? "bad" : ready < one.pods.length ? "warn" : "ok";
      return row(cell(controllerName(one)), cell(`${ready}/${one.pods.length}`, mark));
    }),
  };
}

function findingOf(route: Route, findings: readonly Finding[]): Cell {
  const { name, namespace } = route.ingress.metadata;
  const mine = findings.filter(
    ({ object }) =>
      (object.kind === "Ingress" &&
        object.name === name &&
        object.namespace === namespace &&
        (object.path ?? "").startsWith(route.at)) ||
      (object.kind === "Service" && object.name === route.backend.service && object.namespace === namespace),
  );
  const worst =
    mine.find(({ severity }) => severity === "error") ?? mine.find(({ severity }) => severity === "warning");
  if (worst === undefined) return cell("-");
  return cell(worst.id, worst.severity === "error" ? "bad" : "warn");
}

/** I2: every route with its Service, port and endpoints. `>` marks those that `--host/--path` ask about. */
function routeTable(ingress: Ingress, input: SectionInput): Table {
  const { snapshot, scope, findings } = input;
  const { services, endpointSlices, allIngresses, ingressClasses, controllerPods } = snapshot.collections;
  const reading = readingOf(resolution(ingress, input));
  const peers = peersOf(ingress, itemsOr(allIngresses), itemsOr(ingressClasses), itemsOr(controllerPods));
  const answers = askedOf(ingress, peers, scope, reading);
  const asked = new Set(routesAsked(ingress, answers).map((route) => route.at));
  const rows = routesOf(ingress).map((route): readonly Cell[] => {
    const { service: name, port, resource } = route.backend;
    const service = itemsOr(services).find(
      (one) => one.metadata.name === name && one.metadata.namespace === ingress.metadata.namespace,
    );
    const used = service === undefined ? undefined : portUsed(service, port, reading);
    const endpoints =
      service === undefined || used === undefined || endpointSlices.state !== "ok"
        ? undefined
        : endpointsOf(service, used, endpointSlices.items);
    const exists = (): Cell => {
      if (name === undefined) return cell("-", "dim");
      if (services.state !== "ok") return cell("not read", "dim");
      if (service === undefined) return cell("no such Service", "bad");
      if (service.spec?.type === "ExternalName") return cell(`→ ${service.spec.externalName ?? "?"}`);
      if (used !== undefined) return cell(describePort(used), "ok");
      return cell(`NO (${(service.spec?.ports ?? []).map((one) => one.port).join(",") || "none"})`, "bad");
    };
    const named =
      endpoints?.map(
        (one) =>
          `${one.family === 6 ? `[${one.ip}]` : one.ip}:${one.ports.find((one_) => one_.name === (used?.name ?? ""))?.number ?? "?"}`,
      ) ?? [];
    const dim = answers !== undefined && !asked.has(route.at);
    return [
      cell(`${answers !== undefined && asked.has(route.at) ? "> " : ""}${route.host || "*"}`, dim ? "dim" : undefined),
      cell(route.path ?? "(default)"),
      cell(route.pathType === "default" ? "" : route.pathType),
      cell(resource ?? `${name ?? "?"}:${port ?? "?"}`),
      exists(),
      endpoints === undefined
        ? cell("-", "dim")
        : cell(String(endpoints.length), endpoints.length === 0 ? "bad" : undefined),
      cell(named.length > 2 ? `${named.slice(0, 2).join(" ")} +${named.length - 2}` : named.join(" ")),
      findingOf(route, findings),
    ];
  });
  const notes = [
    ...(ingress.spec?.defaultBackend === undefined
      ? ["what no rule takes is answered by the controller itself, usually with 404"]
      : []),
    ...(answers ?? []).map(({ host, path, answer }) => {
      const request = `http://${host || "(any host)"}${path ?? "/"}`;
      if (answer.kind === "unknown") return `${request}: cannot be told: ${answer.why}`;
      if (answer.kind === "none")
        return `${request}: no rule takes it (${answer.why === "no-host" ? "no such host" : "no such path"})`;
      const { metadata } = answer.route.ingress;
      return `${request}: ${answer.why} → ${answer.route.backend.service ?? answer.route.backend.resource ?? "?"} (Ingress ${metadata.namespace}/${metadata.name})`;
    }),
  ];
  return {
    columns: ["HOST", "PATH", "TYPE", "BACKEND", "PORT", "READY", "ENDPOINTS", "FINDING"].map((title) =>
      title === "ENDPOINTS" ? wideOnly(whole(title)) : whole(title),
    ),
    rows,
    notes,
  };
}

/** I5: the way into the controller. Undefined when none of its Services is known. */
function wayIn(ingress: Ingress, input: SectionInput): Table | undefined {
  const { controllerServices } = input.snapshot.collections;
  const rows = resolution(ingress, input).takers.flatMap((controller) =>
    exposingServices(controller, itemsOr(controllerServices)).map((service): readonly Cell[] => {
      const addresses = (service.status?.loadBalancer?.ingress ?? []).map((one) => one.ip ?? one.hostname ?? "");
      const pending = service.spec?.type === "LoadBalancer" && addresses.length === 0;
      const ready = controller.pods.filter(isReady).length;
      return [
        cell(`${service.metadata.namespace}/${service.metadata.name}`),
        cell(service.spec?.type ?? "ClusterIP"),
        pending ? cell("(pending)", "warn") : cell(addresses.join(",")),
        cell((service.spec?.ports ?? []).map((port) => `${port.port ?? "?"}→${targetPortOf(port)}`).join(",")),
        cell(service.spec?.externalTrafficPolicy),
        cell(`${ready}/${controller.pods.length}`, ready === 0 ? "bad" : undefined),
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  return { columns: ["SERVICE", "TYPE", "ADDRESS", "PORTS", "ETP", "READY"].map(whole), rows };
}

/** I1–I7 of every judged Ingress. */
export function ingressSections(input: SectionInput): readonly Section[] {
  if (input.scope.target !== "ingress") return [];
  return input.scope.ingresses.flatMap((ingress) => {
    const { metadata } = ingress;
    const way = wayIn(ingress, input);
    const name = nameTable(ingress, input);
    const requests = requestTable(ingress, input);
    return [
      section("I1", `CLASS  ${metadata.namespace}/${metadata.name}`, classTable(ingress, input), input),
      section("I2", "ROUTES", routeTable(ingress, input), input),
      ...((ingress.spec?.tls ?? []).length === 0 ? [] : [section("I3", "TLS", tls(ingress, input), input)]),
      ...(way === undefined ? [] : [section("I5", "PATH TO CONTROLLER", way, input)]),
      ...(name === undefined ? [] : [section("I6", "NAME", name, input)]),
      ...(requests === undefined ? [] : [section("I7", "PROBE  marked requests", requests, input)]),
    ];
  });
}
