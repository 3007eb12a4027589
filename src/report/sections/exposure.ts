import { isPrivate, parseAddress } from "../../model/cidr.ts";
import type { Service } from "../../model/kube.ts";
import { protocolOf } from "../../model/ports.ts";
import type { Cell, CellMark } from "../../model/report.ts";
import { judgedPorts } from "../target.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

/** Who can reach an address, as far as the address itself tells. */
function reachOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "by name";
  return isPrivate(parsed) ? "private network" : "internet";
}

/** S6: the ways into the Service from outside the cluster. Undefined when there is none. */
export function exposure(service: Service, { scope }: SectionInput): Table | undefined {
  const spec = service.spec ?? {};
  const ports = judgedPorts(service, scope);
  const numbers = ports.map((port) => `${port.port ?? "?"}/${protocolOf(port)}`).join(",");
  const row = (way: string, address: string, on: string, reach: string, mark?: CellMark): readonly Cell[] => [
    cell(way),
    cell(address, mark),
    cell(on),
    cell(reach),
  ];
  const balanced = (service.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip ?? entry.hostname ?? "");
  const nodePorts = ports.flatMap((port) => (port.nodePort ? [`${port.nodePort}/${protocolOf(port)}`] : []));
  const rows = [
    ...(spec.type === "ExternalName" ? [row("external name", spec.externalName ?? "", "any", "by name")] : []),
    ...balanced.map((address) => row("load balancer", address, numbers, reachOf(address))),
    ...(spec.type === "LoadBalancer" && balanced.length === 0
      ? [row("load balancer", "(pending)", numbers, "nobody yet", "warn")]
      : []),
    ...(spec.externalIPs ?? []).map((address) => row("external IP", address, numbers, reachOf(address))),
    ...(nodePorts.length > 0 ? [row("node port", "every node", nodePorts.join(","), "whoever reaches the nodes")] : []),
  ];
  if (rows.length === 0) return undefined;
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const notes = ranges.length === 0 ? [] : [`only from ${ranges.join(", ")} (loadBalancerSourceRanges)`];
  return { columns: ["WAY", "ADDRESS", "PORTS", "FOR"].map(whole), rows, notes };
}
