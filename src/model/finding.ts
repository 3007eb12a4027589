import type { ObjectRef } from "./kube.ts";

/** error: traffic of this kind cannot succeed; warning: works partly, or legal but usually wrong; info: needed to read the result. */
export type Severity = "error" | "warning" | "info";

/** certain: read from API or OS state; likely: inferred from two agreeing sources; possible: an engine may do otherwise. */
export type Confidence = "certain" | "likely" | "possible";

/** One fact that supports a finding: `k` names it, `v` is what was read (raw cluster text, sanitised when rendered). */
export interface Evidence {
  readonly k: string;
  readonly v: string;
}

/** An answer with evidence and remedy. Ids are stable: never renamed, never reused. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly object: ObjectRef;
  /** One line, a whole sentence without the final full stop. */
  readonly summary: string;
  /** Never empty. */
  readonly evidence: readonly Evidence[];
  /** Never empty for errors and warnings. Shell lines that can be pasted; prose stands in `# comment` lines. */
  readonly remedy: readonly string[];
  readonly docs: readonly string[];
  readonly confidence: Confidence;
  /** Id of the finding that causes this one (set by the report, not by checks), or null for a root. */
  readonly consequenceOf: string | null;
}

/** What is known of a finding before anything ran: used by `checks`, `explain`, the docs and the tests. */
export interface FindingMeta {
  /** The severity unless the check says otherwise for the case at hand. */
  readonly severity: Severity;
  /** A few words, as in a table of contents. */
  readonly title: string;
  /** What it means, why it breaks traffic, and when it is not a fault. A few sentences, plain text. */
  readonly explain: string;
  readonly docs: readonly string[];
  /**
   * Findings on the same object that say the same thing more precisely: when one of them is there, this one is dropped.
   * An id, or a layer with a star (`pod/*`: any other error of that layer).
   */
  readonly yieldsTo?: readonly string[];
  /**
   * While this holds, what is wrong at the Ingress' own rules has no effect: no controller reads them. It is then told before those, although its own station
   * lies farther out.
   */
  readonly beforeRules?: true;
}

/** What a check hands to `find` for one finding; the rest comes from its meta. */
export interface FindingBody {
  readonly object: ObjectRef;
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  readonly remedy?: readonly string[];
  readonly severity?: Severity;
  readonly confidence?: Confidence;
}
