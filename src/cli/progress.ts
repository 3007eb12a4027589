import type { Io } from "./io.ts";

/** Rows between two signs of life: the loop yields then, which also lets Ctrl-C through. */
const EVERY = 50;

const MIN_COLUMNS = 10;

/** Shows how far a long run is, on standard error and only when that is a terminal. */
export class Progress {
  readonly #io: Io;
  #shown = false;

  constructor(io: Io) {
    this.#io = io;
  }

  say(text: string): void {
    if (this.#io.errTty !== true) return;
    // A line that wraps could not be taken back.
    this.#io.err(`\r\x1b[K${text.slice(0, Math.max(MIN_COLUMNS, this.#io.columns - 1))}`);
    this.#shown = true;
  }

  /** Called for each step of `total`; stops the run when the user did. */
  async step(done: number, total: number): Promise<void> {
    if (done % EVERY !== 0) return;
    this.say(`judging ${done} of ${total}`);
    await new Promise((resolve) => setImmediate(resolve));
    this.#io.signal.throwIfAborted();
  }

  clear(): void {
    if (this.#shown) this.#io.err("\r\x1b[K");
    this.#shown = false;
  }
}
