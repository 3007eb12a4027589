/** A signal that ends with its parent or its time. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import type { Signal } from "../../src/kube/signal.ts";
import { within } from "../../src/kube/within.ts";

const aborted = (signal: Signal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason), { once: true }));

describe("within", () => {
  it("aborts when the time is up, with an error that says so; the wait for that does not hold the process", async () => {
    const held = setTimeout(() => undefined, 60_000);
    const reason = await within(new AbortController().signal, 5, aborted);
    clearTimeout(held);
    assert.equal((reason as Error).name, "TimeoutError");
  });

  it("aborts with its parent, for the same reason, also when that has aborted before", async () => {
    const parent = new AbortController();
    const waiting = within(parent.signal, 0, aborted);
    parent.abort(new Error("enough"));
    assert.equal(((await waiting) as Error).message, "enough");
    const again = await within(parent.signal, 1000, async (signal) => signal.reason);
    assert.equal((again as Error).message, "enough");
  });

  it("gives what was waited for, or its error, and leaves nothing behind", async () => {
    const { signal } = new AbortController();
    assert.equal(await within(signal, 1000, async () => 7), 7);
    await assert.rejects(
      within(signal, 1000, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});
