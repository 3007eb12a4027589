import type { LogExcerpt } from "../../model/logs.ts";
import type { LogQuery } from "../../model/resources.ts";

/** Reads a log file's text, or its end. */
export type ReadText = () => Promise<string>;

/** One container's log in a `kubectl cluster-info dump`. */
export interface LogBlock {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

const START = /^==== START logs for container (\S+) of pod (\S+)\/(\S+) ====$/;

/**
 * Takes the log blocks out of the output of `kubectl cluster-info dump`. `rest` has blank lines in their place, so that line numbers stay. Only the line
 * that names the same container ends a block: a log may contain anything, also such lines of another.
 */
export function splitLogs(text: string): { readonly rest: string; readonly logs: readonly LogBlock[] } {
  if (!text.includes("==== START logs for container ")) return { rest: text, logs: [] };
  const rest: string[] = [];
  const logs: LogBlock[] = [];
  let open: { readonly end: string; readonly block: Omit<LogBlock, "text">; readonly lines: string[] } | undefined;
  const close = () => {
    if (open !== undefined) logs.push({ ...open.block, text: open.lines.join("\n") });
    open = undefined;
  };
  for (const line of text.split("\n")) {
    const start = open === undefined ? START.exec(line) : null;
    if (start !== null) {
      const [, container = "", namespace = "", pod = ""] = start;
      open = { end: line.replace("START", "END"), block: { namespace, pod, container }, lines: [] };
      rest.push("");
    } else if (open === undefined) rest.push(line);
    else {
      rest.push("");
      // A log without a final newline puts the end mark behind its last line.
      if (line.endsWith(open.end)) {
        if (line !== open.end) open.lines.push(line.slice(0, -open.end.length));
        close();
      } else open.lines.push(line);
    }
  }
  close();
  return { rest: rest.join("\n"), logs };
}

/** What kubectl writes into a cluster-info dump where a log should be. */
const NO_LOG = /^(?:Create log request error|Request log error): (.*)/s;
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /;

/** The last `count` lines; time stamps that a collector put before every line are taken off, since `kubectl logs` has none. */
export function tailOf(text: string, count: number): readonly string[] {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const tail = lines.slice(-count).filter((line, index, all) => line !== "" || index < all.length - 1);
  const stamped = tail.length > 0 && tail.every((line) => line === "" || STAMP.test(line));
  return stamped ? tail.map((line) => line.replace(STAMP, "")) : tail;
}

/** The log files of a dump, by container. They are read when somebody asks. */
export class Logs {
  readonly #files = new Map<string, ReadText>();
  readonly #blocks = new Map<string, ReadText>();
  /** By `pod/file`: logs whose namespace their place does not tell. */
  readonly #loose = new Map<string, ReadText>();

  /** `file` is `<container>.log`, or `<container>-previous.log` for the run before. */
  addFile(namespace: string | undefined, pod: string, file: string, read: ReadText): void {
    if (namespace === undefined) this.#loose.set(`${pod}/${file}`, read);
    else this.#files.set(`${namespace}/${pod}/${file}`, read);
  }

  /** A file with the blocks of all containers of a pod. */
  addPodFile(namespace: string, pod: string, read: ReadText): void {
    this.#blocks.set(`${namespace}/${pod}`, read);
  }

  addBlock(block: LogBlock): void {
    this.#files.set(`${block.namespace}/${block.pod}/${block.container}.log`, async () => block.text);
  }

  /** The tail of a container's log. `alone` says whether the pod's name is in one namespace only, so that a loose file must be its. */
  async find(query: LogQuery, alone: boolean): Promise<LogExcerpt> {
    const { namespace, pod, container, previous } = query;
    const excerpt = { namespace, pod, container, previous };
    const text = await this.#read(query, alone);
    if (text === undefined)
      return {
        ...excerpt,
        lines: [],
        unreadable: `the ${previous ? "previous " : ""}log of container ${container} is not in the dump`,
      };
    const refused = NO_LOG.exec(text.trim());
    if (refused !== null) return { ...excerpt, lines: [], unreadable: (refused[1] ?? "").trim() };
    return { ...excerpt, lines: text.trim() === "" ? [] : tailOf(text, query.tailLines) };
  }

  async #read(query: LogQuery, alone: boolean): Promise<string | undefined> {
    const { namespace, pod, container, previous } = query;
    const file = `${container}${previous ? "-previous" : ""}.log`;
    const read =
      this.#files.get(`${namespace}/${pod}/${file}`) ?? (alone ? this.#loose.get(`${pod}/${file}`) : undefined);
    if (read !== undefined) return read();
    // cluster-info dump takes the current run only.
    const blocks = previous ? undefined : await this.#blocks.get(`${namespace}/${pod}`)?.();
    if (blocks === undefined) return undefined;
    return splitLogs(blocks).logs.find((block) => block.container === container)?.text;
  }
}
