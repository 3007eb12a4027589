import type { WebSocketSettings } from "../kube/transport.ts";
import { type Channels, type OpenOptions, openChannels } from "../kube/websocket.ts";
import { type Api, listOf, parsed, podsPath, textOf, within } from "./api.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
/** What a command may print before we stop listening. */
const MOST_BYTES = 1024 * 1024;

export interface ExecInput {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly command: readonly string[];
  /** Written to the command's standard input, which stays open: the command must end by itself. */
  readonly stdin?: string;
  /** Milliseconds. */
  readonly limit: number;
}

export interface ExecOutput {
  readonly kind: "output";
  readonly stdout: string;
  readonly stderr: string;
  /** The command's exit code; undefined when it could not be run, or did not end in time. */
  readonly code: number | undefined;
  /** Why there is no exit code, in the words of the runtime. */
  readonly message: string;
}

/**
 * Runs a command in a running container (`pods/exec` over a WebSocket) and returns what it printed. Leaves nothing in the cluster. The command stands in
 * the API server's audit log; what must not stand there goes to its standard input. Throws only when `signal` ends it.
 */
export async function execIn(api: Api, input: ExecInput, signal: AbortSignal): Promise<ExecOutput | Refusal> {
  if (api.webSocket === undefined) return { kind: "failed", message: "this connection has no WebSockets" };
  const query = new URLSearchParams({ stdout: "true", stderr: "true" });
  for (const word of input.command) query.append("command", word);
  if (input.container !== undefined) query.set("container", input.container);
  if (input.stdin !== undefined) query.set("stdin", "true");
  const parts = new Map<number, Buffer[]>();
  let size = 0;
  const ended = AbortSignal.any([signal, AbortSignal.timeout(input.limit)]);
  const opened = await openedOr(api.webSocket(), signal, {
    path: `${podsPath(input.namespace)}/${encodeURIComponent(input.pod)}/exec?${query}`,
    signal: ended,
    onData: (channel, bytes) => {
      size += bytes.length;
      if (size < MOST_BYTES) parts.set(channel, [...(parts.get(channel) ?? []), bytes]);
    },
  });
  if (!("channels" in opened)) return opened;
  const { channels } = opened;
  if (input.stdin !== undefined) channels.send(STDIN, Buffer.from(input.stdin));
  await channels.closed;
  signal.throwIfAborted();
  const text = (channel: number): string => Buffer.concat(parts.get(channel) ?? []).toString("utf8");
  return { kind: "output", stdout: text(STDOUT), stderr: text(STDERR), ...resultOf(text(STATUS), input.limit) };
}

/** The Status object in which the server tells how the command ended. Source: client-go tools/remotecommand v4. */
function resultOf(text: string, limit: number): Pick<ExecOutput, "code" | "message"> {
  const status = parsed(text);
  if (status["status"] === "Success") return { code: 0, message: "" };
  const causes = listOf(within(status, "details")["causes"]);
  const exit = causes.find((cause) => cause["reason"] === "ExitCode");
  const code = Number.parseInt(textOf(exit?.["message"]), 10);
  const message = textOf(status["message"]) || `it did not end within ${Math.round(limit / 1000)} s`;
  return Number.isNaN(code) ? { code: undefined, message } : { code, message };
}

/** The open streams, or why there are none: the API server has answered before, so a broken way to these says nothing about it. Throws when `signal` ends it. */
export async function openedOr(
  settings: WebSocketSettings,
  signal: AbortSignal,
  options: OpenOptions,
): Promise<{ readonly channels: Channels } | Refusal> {
  try {
    const opened = await openChannels(settings, options);
    return opened.kind === "open" ? opened : refusalOf(opened.status, opened.text);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
