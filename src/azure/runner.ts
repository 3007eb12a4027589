/** Why a call of az has no answer. */
export type AzFailureKind =
  | "missing"
  | "not-logged-in"
  | "wrong-subscription"
  | "forbidden"
  | "not-found"
  /** az does not know the command or an option of it. */
  | "outdated"
  /** az itself reaches neither Azure nor its login. */
  | "unreachable"
  | "timeout"
  | "garbage"
  | "not-in-dump"
  | "other";

export interface AzFailure {
  readonly state: "failed";
  readonly kind: AzFailureKind;
  /** One line for people. */
  readonly detail: string;
  /** What to do next, one command or sentence each. */
  readonly next: readonly string[];
}

export type AzAnswer = { readonly state: "ok"; readonly json: unknown } | AzFailure;

/** Asks Azure one reading question in the words of az (`network nsg show --ids …`, without `az` and output options). Never throws. */
export type AzRunner = (args: readonly string[]) => Promise<AzAnswer>;
