import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Service } from "../../model/kube.ts";
import { byName } from "../order.ts";
import { nodesOf } from "../target.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

/**
 * S5: usable endpoints per node, when a traffic policy is Local: a node without one drops the traffic (internal), or is taken out by the load
 * balancer (external, by design). Undefined when no policy is Local, or slices are unread.
 */
export function localPolicy(service: Service, { snapshot }: SectionInput): Table | undefined {
  const internal = service.spec?.internalTrafficPolicy === "Local";
  const external = service.spec?.externalTrafficPolicy === "Local";
  const { endpointSlices } = snapshot.collections;
  if ((!internal && !external) || endpointSlices.state !== "ok") return undefined;
  const ready = usable(mergeSlices(slicesOf(service, endpointSlices.items)));
  const nodes = nodesOf(snapshot)?.map((node) => node.metadata.name);
  const names = [...new Set([...(nodes ?? []), ...ready.flatMap((endpoint) => endpoint.node ?? [])])].toSorted(byName);
  const rows = names.map((name) => {
    const count = ready.filter((endpoint) => endpoint.node === name).length;
    const without = count === 0;
    return [
      cell(name),
      cell(count, without ? "dim" : undefined),
      ...(internal ? [cell(without ? "dropped" : "served", without ? "warn" : undefined)] : []),
      ...(external ? [cell(without ? "out of the load balancer" : "served", without ? "dim" : undefined)] : []),
    ];
  });
  const columns = [
    "NODE",
    "USABLE-ENDPOINTS",
    ...(internal ? ["CLUSTER-IP TRAFFIC"] : []),
    ...(external ? ["EXTERNAL TRAFFIC"] : []),
  ].map(whole);
  const notes = nodes === undefined ? ["nodes could not be read: only nodes with an endpoint are listed"] : [];
  return { columns, rows, notes };
}
