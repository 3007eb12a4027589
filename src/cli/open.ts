import { liveSource } from "../collect/live.ts";
import type { ClusterSource } from "../collect/source.ts";
import { connect } from "../kube/connect.ts";
import type { Connection } from "../kube/transport.ts";
import type { ReportTarget } from "../model/report.ts";
import { unlessInterrupted } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { JudgeOptions } from "./options.ts";
import { VERSION } from "./version.ts";

/** An open source with what the commands need around it. */
export interface Opened {
  readonly source: ClusterSource;
  /** The namespace when the user names none: the context's, or the only one that a dump holds. */
  readonly namespace: string;
  /** Namespaces of which a dump holds objects; a live cluster is asked for all of them at once. */
  readonly namespaces?: readonly string[];
  /** What a dump of our own was taken for. */
  readonly target?: ReportTarget;
  /** Files or objects that could not be used, one line each, for standard error. */
  readonly issues: readonly string[];
  /** Undefined for a dump: nothing can be sent to one. */
  readonly connection?: Connection;
  close(): void;
}

/** Opens the dump of `-f`, else connects to the cluster. Throws UserError when neither can be had. */
export async function open(options: JudgeOptions, io: Io): Promise<Opened> {
  if (options.files.length > 0) {
    const { dumpSource } = await import("../collect/dump.ts");
    const dump = await unlessInterrupted(dumpSource(options.files, { stdin: io.stdin }), io.signal);
    const only = dump.namespaces.length === 1 ? dump.namespaces[0] : undefined;
    const issues = dump.issues.map((issue) => `${issue.where}: ${issue.problem}`);
    return {
      source: dump,
      namespace: options.kube.namespace ?? dump.target?.namespace ?? only ?? "default",
      namespaces: dump.namespaces,
      ...(dump.target === undefined ? {} : { target: dump.target }),
      issues,
      close: () => {},
    };
  }
  const connection = await connect(options.kube, {
    userAgent: `kubectl-netcheck/${VERSION}`,
    signal: io.signal,
    around: { env: io.env },
  });
  return {
    source: liveSource(connection),
    namespace: connection.namespace,
    issues: [],
    connection,
    close: () => connection.close(),
  };
}
