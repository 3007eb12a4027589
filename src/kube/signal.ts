/**
 * What our requests ask of a signal. An AbortSignal has all of it, and `Canceller` has no more: node's own is an EventTarget, and making, linking and letting go
 * of one for every request takes longer than encoding them all.
 */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A signal and its controller in one. Aborts once; listeners are called then, in their order, and never again. */
export class Canceller implements Signal {
  #isAborted = false;
  #reason: unknown;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (!this.#isAborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    // One that another takes away meanwhile is not called: a Set's loop leaves it out.
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Aborts `canceller` when `parent` aborts, for the same reason. Returns what ends that. */
export function follow(canceller: Canceller, parent: Signal): () => void {
  const abort = (): void => canceller.abort(parent.reason);
  if (parent.aborted) abort();
  else parent.addEventListener("abort", abort, { once: true });
  return () => parent.removeEventListener("abort", abort);
}

/** The same signal for those functions of node that want one of its own. */
export function abortSignal(signal: Signal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  return controller.signal;
}
