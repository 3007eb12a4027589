declare const NETCHECK_VERSION: string | undefined;
declare const NETCHECK_COMMIT: string | undefined;

/** Stamped by the build; a run straight from the sources says so. */
export const VERSION = typeof NETCHECK_VERSION === "string" ? NETCHECK_VERSION : "0.0.0-dev";
const COMMIT = typeof NETCHECK_COMMIT === "string" ? NETCHECK_COMMIT : "unknown";

/** Whether the command line asks for the version in the plainest way: answered at once, without parsing anything. */
export function isVersionRequest(words: readonly string[]): boolean {
  return words.length === 1 && ["--version", "-v", "version"].includes(words[0] ?? "");
}

/** What `version` and `--version` print. */
export function versionText(json: boolean): string {
  const facts = {
    version: `v${VERSION}`,
    commit: COMMIT,
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
  };
  if (json) return `${JSON.stringify(facts, null, 2)}\n`;
  return `kubectl-netcheck ${facts.version} (${facts.commit}, node ${facts.node}, ${facts.platform})\n`;
}
