import { eventCount, eventsOf, eventTime } from "../../model/events.ts";
import type { Container, KubeEvent, Pod, Probe } from "../../model/kube.ts";
import { conditionOf, isReady, isTerminal, longRunning, statusOf } from "../../model/pods.ts";
import { probeTarget, probeTimes } from "../../model/probes.ts";
import type { Cell } from "../../model/report.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { byName } from "../order.ts";
import { cell, duration, elastic, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

/** `http-get :8080/healthz 1s/10s`: what the kubelet asks, its timeout and its period. */
function describe(probe: Probe): string {
  const { timeout, period } = probeTimes(probe);
  return `${probeTarget(probe)} ${timeout / 1000}s/${period / 1000}s`;
}

/** The newest failure of the container's readiness or startup probe. Its event names the container in `fieldPath`. */
function lastFailure(pod: Pod, container: Container, events: readonly KubeEvent[]): KubeEvent | undefined {
  const path = `{${container.name ?? ""}}`;
  return eventsOf(events, pod).find(
    (event) =>
      event.reason === "Unhealthy" &&
      /^(Readiness|Startup) probe/.test(event.message ?? "") &&
      (event.involvedObject?.fieldPath ?? path).endsWith(path),
  );
}

function resultOf(pod: Pod, container: Container, input: SectionInput): Cell {
  const status = statusOf(pod, container.name ?? "");
  if (status?.ready === true) return cell("ready");
  const now = Date.parse(input.snapshot.takenAt);
  const failure = lastFailure(pod, container, itemsOr(input.snapshot.collections.events));
  if (failure === undefined) return cell(status?.state?.waiting?.reason ?? "not ready", "bad");
  const what = (failure.message ?? "").replace(/^(Readiness|Startup) probe (failed|errored)[^:]*: */, "");
  return cell(`${what} ×${eventCount(failure)} (${duration(now - eventTime(failure))} ago)`, "bad");
}

function gatesOf(pod: Pod): Cell {
  const gates = (pod.spec?.readinessGates ?? []).map((gate) => gate.conditionType ?? "");
  const unmet = gates.filter((gate) => conditionOf(pod, gate)?.status !== "True");
  if (gates.length === 0) return cell("-");
  return unmet.length === 0 ? cell(gates.join(",")) : cell(`unmet: ${unmet.join(",")}`, "bad");
}

/** P3: what each container is asked and what it last answered. Finished pods are not asked any more. */
export function readiness(input: SectionInput): Table {
  const pods = input.scope.pods.filter((pod) => !isTerminal(pod));
  const ordered = pods.toSorted(
    (a, b) => Number(isReady(a)) - Number(isReady(b)) || byName(a.metadata.name, b.metadata.name),
  );
  const rows = ordered.flatMap((pod) =>
    longRunning(pod).map((container): readonly Cell[] => {
      const probe = container.readinessProbe;
      return [
        cell(pod.metadata.name),
        cell(container.name),
        cell(probe === undefined ? "(no readiness probe)" : describe(probe), probe === undefined ? "dim" : undefined),
        resultOf(pod, container, input),
        gatesOf(pod),
      ];
    }),
  );
  return {
    columns: [whole("POD"), whole("CONTAINER"), elastic("PROBE"), elastic("LAST RESULT"), whole("GATES")],
    rows,
  };
}
