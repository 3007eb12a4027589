import { Canceller, follow, type Signal } from "./signal.ts";

/**
 * Runs `run` with a signal that aborts as `parent` does, or after `limit` milliseconds (0 for none) with a TimeoutError: what AbortSignal.any and
 * AbortSignal.timeout do, and nothing is left of it when `run` is done.
 */
export async function within<T>(parent: Signal, limit: number, run: (signal: Signal) => Promise<T>): Promise<T> {
  const canceller = new Canceller();
  const unlink = follow(canceller, parent);
  const late = (): void => canceller.abort(new DOMException("The time is up", "TimeoutError"));
  const timer = limit === 0 ? undefined : setTimeout(late, limit);
  // What is waited for holds the process, not its limit.
  timer?.unref();
  try {
    return await run(canceller);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}
