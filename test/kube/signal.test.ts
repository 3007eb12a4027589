/** A signal that is lighter than node's, and the way between the two. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { abortSignal, Canceller, follow } from "../../src/kube/signal.ts";

describe("Canceller", () => {
  it("aborts once, for the first reason, and calls every listener once", () => {
    const canceller = new Canceller();
    let calls = 0;
    canceller.addEventListener("abort", () => {
      calls += 1;
    });
    assert.equal(canceller.aborted, false);
    canceller.abort("first");
    canceller.abort("second");
    assert.deepEqual([canceller.aborted, canceller.reason, calls], [true, "first", 1]);
  });

  it("does not call a listener that was taken away, not even by another listener", () => {
    const canceller = new Canceller();
    const called: string[] = [];
    const last = (): void => void called.push("last");
    canceller.addEventListener("abort", () => {
      called.push("first");
      canceller.removeEventListener("abort", last);
    });
    canceller.addEventListener("abort", last);
    canceller.abort(undefined);
    assert.deepEqual(called, ["first"]);
  });

  it("calls nobody who comes too late, as node's signals do", () => {
    const canceller = new Canceller();
    canceller.abort("over");
    canceller.addEventListener("abort", () => assert.fail("called"));
  });
});

describe("follow", () => {
  it("aborts with a signal of node's or of ours, for its reason, also when that has aborted before", () => {
    const controller = new AbortController();
    const [early, late] = [new Canceller(), new Canceller()];
    follow(early, controller.signal);
    controller.abort("enough");
    follow(late, early);
    assert.deepEqual([early.reason, late.reason], ["enough", "enough"]);
  });

  it("ends when it is told to, and leaves nothing behind", () => {
    const parent = new AbortController();
    const child = new Canceller();
    follow(child, parent.signal)();
    assert.equal(getEventListeners(parent.signal, "abort").length, 0);
    parent.abort();
    assert.equal(child.aborted, false);
  });
});

describe("abortSignal", () => {
  it("is node's signal itself, or one that follows ours, before and after it has aborted", () => {
    const { signal } = new AbortController();
    assert.equal(abortSignal(signal), signal);
    const canceller = new Canceller();
    const before = abortSignal(canceller);
    assert.equal(before.aborted, false);
    canceller.abort("enough");
    assert.deepEqual([before.reason, abortSignal(canceller).reason], ["enough", "enough"]);
  });
});
