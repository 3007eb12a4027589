/**
 * What `work` gives, or a rejection as soon as `signal` is aborted. For reading what may never come: a pipe that nobody writes to, a file on a server that is
 * gone. Node cannot end such a read; nobody needs to wait for it.
 */
export function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const interrupted = (): void => reject(signal.reason);
    if (signal.aborted) interrupted();
    else signal.addEventListener("abort", interrupted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", interrupted));
  });
}
