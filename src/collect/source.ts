import type { KubeObject } from "../model/kube.ts";
import type { LogExcerpt } from "../model/logs.ts";
import type { GetQuery, ListQuery, LogQuery } from "../model/resources.ts";
import type { Gathered, Source } from "../model/snapshot.ts";

/** A decoded object whose spec and status nobody has looked at yet. */
export type AnyObject = KubeObject<{ metadata?: object; kind?: string }>;

/**
 * Where objects come from: a live API server, a dump, a fake in a test. All answer the same queries, so the same plan runs over each.
 * Answers never throw for what a user may meet (403, absent kind, broken file): that is `unavailable`, with the reason.
 * They throw UserError only when nothing at all can be had (server unreachable, credentials refused).
 */
export interface ClusterSource {
  readonly source: Source;
  /** RFC 3339 time of the data; valid after the first answer. Live: the server's Date header. Dump: when it was taken. */
  takenAt(): string;
  /** One object: `ok` with one item, or with none when the object does not exist (404 for the object, not for the kind). */
  get(query: GetQuery): Promise<Gathered<AnyObject>>;
  /** All pages of a list. */
  list(query: ListQuery): Promise<Gathered<AnyObject>>;
  /** The tail of a container's log; an unreadable one is an excerpt that says so. */
  log(query: LogQuery): Promise<LogExcerpt>;
}
