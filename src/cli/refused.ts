import type { Options } from "yargs";

/** What yargs says about a line that it cannot take. */
export class Refused extends Error {}

/** As in kubectl, an option that is no flag needs its value: `-o` at the end of a line is a line cut off. */
export function withValues(options: Readonly<Record<string, Options>>): Readonly<Record<string, Options>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.type === "string" ? { ...option, requiresArg: true } : option,
    ]),
  );
}
