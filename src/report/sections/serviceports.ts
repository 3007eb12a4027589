import { groupPods } from "../../model/groups.ts";
import type { Pod, Service, ServicePort } from "../../model/kube.ts";
import { isTerminal } from "../../model/pods.ts";
import { declaredPorts, findPort, protocolOf, targetPortOf } from "../../model/ports.ts";
import type { Cell } from "../../model/report.ts";
import { selects } from "../../model/selectors.ts";
import { judgedPorts } from "../target.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

interface Resolved {
  readonly text: string;
  /** bad: traffic has nowhere to go; warn: works only if the app listens there although it declares other ports. */
  readonly mark: "bad" | "warn" | undefined;
}

function resolve(pods: readonly Pod[], port: ServicePort): Resolved {
  const numbers = [...new Set(pods.flatMap((pod) => findPort(pod, port) ?? []))];
  const declared = pods.flatMap(declaredPorts);
  const list = [
    ...new Set(declared.map((one) => `${one.name === undefined ? "" : `${one.name}=`}${one.number}/${one.protocol}`)),
  ];
  const target = targetPortOf(port);
  const has = list.length === 0 ? "the pods declare no port" : `declared: ${list.join(", ")}`;
  if (numbers.length === 0) return { text: `-- no port "${target}" (${has})`, mark: "bad" };
  const complete = pods.every((pod) => findPort(pod, port) !== undefined);
  if (!complete) return { text: `${numbers.join(",")}, but not in every pod (${has})`, mark: "warn" };
  const alike = declared.filter((one) => one.protocol === protocolOf(port));
  const odd = typeof target === "number" && alike.length > 0 && !alike.some((one) => one.number === target);
  return odd ? { text: `${numbers.join(",")} (${has})`, mark: "warn" } : { text: numbers.join(","), mark: undefined };
}

function resolvesTo(service: Service, port: ServicePort, input: SectionInput): Cell {
  const pods = input.scope.pods.filter((pod) => selects(service, pod) && !isTerminal(pod));
  if (pods.length === 0) return cell("-", "dim");
  const groups = groupPods(pods).map((group) => ({ owner: group.owner, found: resolve(group.pods, port) }));
  const texts = new Set(groups.map(({ found }) => found.text));
  const worst = groups.find(({ found }) => found.mark === "bad") ?? groups.find(({ found }) => found.mark === "warn");
  const text =
    texts.size === 1 ? [...texts][0] : groups.map(({ owner, found }) => `${owner}: ${found.text}`).join("; ");
  return cell(text, worst?.found.mark);
}

/** S3: each service port, and the container port that it reaches in each group of pods. */
export function ports(service: Service, input: SectionInput): Table {
  const nodePorts = (service.spec?.ports ?? []).some((port) => (port.nodePort ?? 0) > 0);
  const rows = judgedPorts(service, input.scope).map((port) => [
    cell(port.name),
    cell(`${port.port ?? "?"}/${protocolOf(port)}`),
    cell(targetPortOf(port)),
    ...(nodePorts ? [cell(port.nodePort)] : []),
    resolvesTo(service, port, input),
  ]);
  const columns = ["NAME", "SERVICE-PORT", "TARGET-PORT", ...(nodePorts ? ["NODE-PORT"] : []), "RESOLVES-TO"].map(
    whole,
  );
  const some = input.scope.pods.some((pod) => selects(service, pod) && !isTerminal(pod));
  // Without pods a port resolves to nothing, and nothing can be said about it.
  return some ? { columns, rows } : { columns, rows, shows: "SKIP" };
}
