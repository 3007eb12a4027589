import { load, YAMLException } from "js-yaml";
import type { Plain } from "./plain-yaml.ts";

/** What is wrong with a text. */
export interface Fault {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** One YAML document, whatever is in it; an empty one is an empty mapping. Of a key that comes twice the last counts, as for kubectl (`json` says so to js-yaml). */
export function yamlOf(text: string): Plain | Fault {
  try {
    return { value: text.trim() === "" ? {} : (load(text, { json: true }) ?? {}) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // Not error.message: it quotes the lines around the fault, and those may hold a token.
    return { line: (error.mark?.line ?? 0) + 1, reason: error.reason };
  }
}
