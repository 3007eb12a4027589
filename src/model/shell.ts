/** Quotes one word for a POSIX shell when it holds anything but plain characters: cluster text must not become a command. */
export function sh(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl -n NS …` with every word quoted; for a cluster-scoped command give "" as namespace. */
export function kubectl(namespace: string, ...words: readonly string[]): string {
  const scope = namespace === "" ? [] : ["-n", namespace];
  return ["kubectl", ...scope, ...words].map(sh).join(" ");
}
