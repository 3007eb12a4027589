/**
 * Something the user can mend: printed as one message without a stack trace, exit code 2. Everything else that is thrown is a bug of
 * ours and is printed as one.
 */
export class UserError extends Error {
  /** What to do next, one line each; printed under the message. */
  readonly hints: readonly string[];

  constructor(message: string, hints: readonly string[] = []) {
    super(message);
    this.name = "UserError";
    this.hints = hints;
  }
}
