import type { Confidence } from "../model/finding.ts";
import type { Match, Verdict } from "./types.ts";

const VERDICTS: readonly Verdict[] = ["deny", "unknown", "allow"];
const CONFIDENCES: readonly Confidence[] = ["possible", "likely", "certain"];

/** The worse of the given verdicts: deny, then unknown, then allow (`allow` for none). */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? "allow";
}

/** The weakest of the given confidences; `certain` for none. */
export function weakest(confidences: readonly Confidence[]): Confidence {
  return CONFIDENCES.find((confidence) => confidences.includes(confidence)) ?? "certain";
}

/** Items of a list are ORed: one `yes` settles it, else a `maybe` leaves it open. */
export function anyOf(matches: readonly Match[]): Match {
  if (matches.includes("yes")) return "yes";
  return matches.includes("maybe") ? "maybe" : "no";
}

/** Parts of one item are ANDed: one `no` settles it, else a `maybe` leaves it open. */
export function allOf(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("maybe") ? "maybe" : "yes";
}

/** `yes` or `no` of a plain truth. */
export function matchOf(holds: boolean): Match {
  return holds ? "yes" : "no";
}
