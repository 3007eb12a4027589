import type { Finding } from "../../model/finding.ts";
import { type Pod, refKey, refOf } from "../../model/kube.ts";
import { ageOf, ipsOf, isReady, isTerminal, longRunning } from "../../model/pods.ts";
import { describePort, targetPortOf } from "../../model/ports.ts";
import type { Cell, Section } from "../../model/report.ts";
import { byName } from "../order.ts";
import { judgedPorts } from "../target.ts";
import { cell, duration, elastic, whole, wideOnly } from "./cells.ts";
import { type SectionInput, section, type Table } from "./context.ts";
import { podStatus, readyCount, restarts } from "./podstatus.ts";
import { readiness } from "./readiness.ts";

/** The finding that says most about each pod: the first of the highest severity. Keyed by `refKey`. */
function worstByPod(findings: readonly Finding[]): ReadonlyMap<string, Finding> {
  const bySeverity = (severity: string): readonly Finding[] => findings.filter((one) => one.severity === severity);
  const worst = new Map<string, Finding>();
  for (const finding of [...bySeverity("error"), ...bySeverity("warning"), ...bySeverity("info")]) {
    const key = refKey(finding.object);
    if (!worst.has(key)) worst.set(key, finding);
  }
  return worst;
}

interface Judged {
  readonly pod: Pod;
  readonly worst: Finding | undefined;
}

/** Pods in the order of the eye: those with errors, then warnings, then the rest; by name within. */
function inOrder({ scope, findings }: SectionInput): readonly Judged[] {
  const worst = worstByPod(findings);
  const judged = scope.pods.map((pod): Judged => ({ pod, worst: worst.get(refKey(refOf(pod))) }));
  const place = (one: Judged): number => ({ error: 0, warning: 1, info: 2, none: 2 })[one.worst?.severity ?? "none"];
  return judged.toSorted((a, b) => place(a) - place(b) || byName(a.pod.metadata.name, b.pod.metadata.name));
}

const MARKS = { error: "bad", warning: "warn", info: "dim" } as const;

function findingCell(finding: Finding | undefined): Cell {
  if (finding === undefined) return cell("-");
  const prefix = finding.severity === "info" ? "(info) " : "";
  return cell(`${prefix}${finding.id}`, MARKS[finding.severity]);
}

function podTable(input: SectionInput): Table {
  const now = Date.parse(input.snapshot.takenAt);
  const rows = inOrder(input).map(({ pod, worst }) => {
    const mark = worst === undefined || worst.severity === "info" ? undefined : MARKS[worst.severity];
    return [
      cell(pod.metadata.name),
      cell(pod.status?.phase),
      cell(readyCount(pod), isReady(pod) || isTerminal(pod) ? undefined : "warn"),
      cell(podStatus(pod), mark),
      cell(restarts(pod, now)),
      cell(duration(ageOf(pod.metadata, now))),
      cell(ipsOf(pod).join(",")),
      cell(pod.spec?.nodeName),
      cell(
        longRunning(pod)
          .flatMap((container) => container.image ?? [])
          .join(","),
      ),
      findingCell(worst),
    ];
  });
  const columns = [
    whole("POD"),
    wideOnly(whole("PHASE")),
    whole("READY"),
    whole("STATUS"),
    whole("RESTARTS"),
    whole("AGE"),
    whole("POD-IP"),
    elastic("NODE"),
    wideOnly(elastic("IMAGE")),
    whole("FINDING"),
  ];
  return { columns, rows };
}

/** What Services ask of a pod's ports, against what its containers declare. Sockets are only known to a probe. */
function portTable(input: SectionInput): Table {
  const services = input.scope.services;
  const wanted = services.flatMap((service) =>
    judgedPorts(service, input.scope).map((port) => ({ service: service.metadata.name, port })),
  );
  const seen = new Map<string, readonly Cell[]>();
  for (const pod of input.scope.pods) {
    for (const container of longRunning(pod)) {
      for (const port of container.ports ?? []) {
        const number = port.containerPort ?? 0;
        const by = wanted.filter(({ port: want }) => [number, port.name].includes(targetPortOf(want)));
        const names = by.map(({ service, port: want }) => `${service} ${describePort(want)}`);
        const key = [container.name, number, port.protocol ?? "TCP", port.name].join(" ");
        if (seen.has(key)) continue;
        seen.set(key, [
          cell(container.name),
          cell(`${number}/${port.protocol ?? "TCP"}`),
          cell(port.name),
          cell(names.join(", ")),
        ]);
      }
    }
  }
  const columns = [whole("CONTAINER"), whole("DECLARES"), whole("NAME"), whole("WANTED-BY")];
  const note =
    seen.size === 0 ? ["no container declares a port; declaring is optional, an integer targetPort works"] : [];
  return { columns, rows: [...seen.values()], notes: note };
}

function podsTitle({ scope }: SectionInput): string {
  const ready = scope.pods.filter(isReady).length;
  return `PODS  ${scope.pods.length} judged · ${ready} ready`;
}

/** P1–P4: the pods, their readiness, their declared ports. Behind a Service only what adds to its own tables. */
export function podSections(input: SectionInput): readonly Section[] {
  if (input.scope.pods.length === 0) return [];
  const pods = section("P1/P2", podsTitle(input), podTable(input), input);
  const probes = section("P3", "READINESS", readiness(input), input);
  const ports = section("P4", "PORTS", portTable(input), input);
  if (input.scope.target === "pod") return [pods, probes, ports];
  return [pods, ...(probes.status === "OK" || probes.rows.length === 0 ? [] : [probes])];
}
