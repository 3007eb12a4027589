import type { OnReadOpts, Socket } from "node:net";

/** A page of a list comes in pieces of at most 16 KiB, one record of TLS each. */
const ROOM = 16 * 1024;

/**
 * What comes over a connection, handed on without node's Readable in between, which takes a thirtieth of a run to be set going. Nothing is lost: what comes before
 * somebody takes it is kept. Only for a socket that connects by itself: node knows no such thing for TLS over a socket that is there.
 */
export class Inbox {
  readonly #early: Buffer[] = [];
  #take: ((bytes: Buffer) => unknown) | undefined;

  /** For the options of `connect`. */
  readonly onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(ROOM),
    callback: (length, buffer) => {
      // Node fills the same buffer again.
      const bytes = Buffer.from(buffer.subarray(0, length));
      if (this.#take !== undefined) return this.#take(bytes) !== false;
      this.#early.push(bytes);
      return true;
    },
  };

  /** From now on `take` gets all bytes, those first that have come before. When it returns false, no more are read until the socket's stream asks for them. */
  giveTo(take: (bytes: Buffer) => unknown): void {
    this.#take = take;
    for (const bytes of this.#early.splice(0)) take(bytes);
  }

  /** Lets the socket be a stream like any other. */
  leaveTo(socket: Socket): void {
    this.giveTo((bytes) => socket.push(bytes));
  }
}
