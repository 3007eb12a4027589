import { hasSelector } from "../../model/endpoints.ts";
import type { Service } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { describePort } from "../../model/ports.ts";
import type { Section } from "../../model/report.ts";
import { cell, duration, whole, wideOnly } from "./cells.ts";
import { type SectionInput, section, type Table } from "./context.ts";
import { endpoints } from "./endpoints.ts";
import { exposure } from "./exposure.ts";
import { localPolicy } from "./localpolicy.ts";
import { selector } from "./selector.ts";
import { ports } from "./serviceports.ts";

function definition(service: Service, { snapshot }: SectionInput): Table {
  const spec = service.spec ?? {};
  const families = (spec.ipFamilies ?? []).join(",");
  const ips = (spec.clusterIPs ?? [spec.clusterIP ?? ""]).join(",");
  const row = [
    cell(spec.type ?? "ClusterIP"),
    cell(ips),
    cell(families),
    cell((spec.ports ?? []).map(describePort).join(", ")),
    cell(spec.internalTrafficPolicy ?? "Cluster"),
    cell(spec.externalTrafficPolicy),
    cell(spec.sessionAffinity ?? "None"),
    cell(duration(ageOf(service.metadata, Date.parse(snapshot.takenAt)))),
  ];
  const columns = ["TYPE", "CLUSTER-IP", "FAMILIES", "PORTS", "ITP", "ETP", "AFFINITY", "AGE"].map(whole);
  return { columns: columns.map((column) => (column.title === "FAMILIES" ? wideOnly(column) : column)), rows: [row] };
}

/** S1–S6 of one Service. Steps that do not apply to its kind (no selector, ExternalName, traffic policy Cluster) are left out. */
function sectionsOfOne(service: Service, input: SectionInput): readonly Section[] {
  const { namespace, name } = service.metadata;
  const title = (words: string): string => (input.scope.services.length > 1 ? `${words}  ${namespace}/${name}` : words);
  const first = section("S1", `SERVICE  ${namespace}/${name}`, definition(service, input), input);
  const reach = exposure(service, input);
  const last = reach === undefined ? [] : [section("S6", title("EXPOSURE"), reach, input)];
  if (service.spec?.type === "ExternalName") return [first, ...last];
  const chosen = hasSelector(service) ? [selector(service, input)] : [];
  const local = localPolicy(service, input);
  return [
    first,
    ...chosen.map(({ heading, ...table }) => section("S2", title(heading), table, input)),
    section("S3", title("PORTS"), ports(service, input), input),
    ...[endpoints(service, input)].map(({ heading, ...table }) => section("S4", title(heading), table, input)),
    ...(local === undefined ? [] : [section("S5", title("LOCAL POLICY"), local, input)]),
    ...last,
  ];
}

/** The tables of every judged Service. */
export function serviceSections(input: SectionInput): readonly Section[] {
  if (input.scope.target === "pod") return [];
  return input.scope.services.flatMap((service) => sectionsOfOne(service, input));
}
