import { decisiveLines } from "../../model/decisive.ts";
import type { Evidence } from "../../model/finding.ts";
import type { Pod } from "../../model/kube.ts";
import type { LogExcerpt } from "../../model/logs.ts";
import { kubectl } from "../../model/shell.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";

/** The log of one run of a container, when it was fetched. */
export function logOf(
  logs: Gathered<LogExcerpt>,
  pod: Pod,
  container: string,
  previous: boolean,
): LogExcerpt | undefined {
  const { name, namespace } = pod.metadata;
  return itemsOr(logs).find(
    (log) =>
      log.pod === name && log.namespace === namespace && log.container === container && log.previous === previous,
  );
}

/**
 * The decisive log lines of a failed container as evidence: of the run asked for, else of the other run when that is what was fetched.
 * An unreadable log says why; a log that nobody asked for gives nothing.
 */
export function logEvidence(
  logs: Gathered<LogExcerpt>,
  pod: Pod,
  container: string,
  previous: boolean,
): readonly Evidence[] {
  const candidates = [previous, !previous].flatMap((run) => logOf(logs, pod, container, run) ?? []);
  const told = candidates.find((log) => log.lines.length > 0);
  if (told !== undefined) {
    const k = `log of ${container}${told.previous ? " (previous run)" : ""}`;
    return decisiveLines(told.lines).map((v) => ({ k, v }));
  }
  const first = candidates[0];
  if (first === undefined) return [];
  return [
    { k: `log of ${container}`, v: first.unreadable === undefined ? "empty" : `not readable: ${first.unreadable}` },
  ];
}

/** The command that shows the log of the failed run. */
export function logCommand(pod: Pod, container: string, previous: boolean): string {
  const { name, namespace } = pod.metadata;
  return kubectl(namespace, "logs", name, "-c", container, "--tail=50", ...(previous ? ["--previous"] : []));
}
