/**
 * Runs `run` with a signal that aborts as `parent` does, or after `limit` milliseconds (0 for none) with a TimeoutError. The same as AbortSignal.any and
 * AbortSignal.timeout, which cost more time to load than a request takes, and nothing is left of it when `run` is done.
 */
export async function within<T>(
  parent: AbortSignal,
  limit: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const unlink = follow(controller, parent);
  const late = (): void => controller.abort(new DOMException("The time is up", "TimeoutError"));
  const timer = limit === 0 ? undefined : setTimeout(late, limit);
  // What is waited for holds the process, not its limit.
  timer?.unref();
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/** Aborts `controller` when `parent` aborts, for the same reason. Returns what ends that. */
export function follow(controller: AbortController, parent: AbortSignal): () => void {
  const abort = (): void => controller.abort(parent.reason);
  if (parent.aborted) abort();
  else parent.addEventListener("abort", abort, { once: true });
  return () => parent.removeEventListener("abort", abort);
}
