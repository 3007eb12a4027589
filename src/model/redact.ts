/** Stands for what was taken out. */
export const REDACTED = "[redacted]";

/** One of these is in every text that a rule below changes, and in every name of a credential, in lower case; most texts hold none of them. */
const SUSPECT =
  /pass|pwd|secret|token|key|signature|credential|session|authorization|cookie|bearer|basic|eyj|akia|asia|gh[pousr]_|:\/\/|@|[?&]\w+=/;

function isSuspect(text: string): boolean {
  return SUSPECT.test(text.toLowerCase());
}

/**
 * Replaces what looks like a credential in free text (log lines, kubelet messages). Errs on the side of hiding. What was redacted before
 * stays as it is, so that a dump's text reads as the cluster's.
 */
export function redact(text: string): string {
  if (!isSuspect(text)) return text;
  const once = (part: string): string =>
    RULES.reduce((seen, [pattern, replacement]) => seen.replace(pattern, replacement), part);
  return text.split(REDACTED).map(once).join(REDACTED);
}

/** A value by the name that it goes by: hidden whole when the name is that of a credential, else as free text. */
export function redactPair(name: string, value: string): string {
  if (value === "") return value;
  return isSuspect(name) && NAMED.test(name) ? REDACTED : redact(value);
}

/** Lines of one text: a private key stretches over several, anything else stands in one. The number of lines may shrink. */
export function redactLines(lines: readonly string[]): readonly string[] {
  const whole = lines.some((line) => line.includes("PRIVATE KEY")) ? hideKeys(lines.join("\n")).split("\n") : lines;
  return whole.map(redact);
}

function hideKeys(text: string): string {
  return text.replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED);
}

const SECRET_NAME =
  "[\\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|private[_-]?key|client[_-]?secret|credentials?|session[_-]?id)";

const NAMED = new RegExp(`^${SECRET_NAME}$`, "i");

const RULES: readonly (readonly [RegExp, string])[] = [
  // PEM bodies, whole or one line of them.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  // scheme://user:password@host: user and password go, host stays (it is what the reader needs).
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*:[^\s@'"]*@/gi, `$1${REDACTED}@`],
  // user:password@tcp(host:3306)/db, Go's MySQL data source name.
  [/[^\s'"=]+:[^\s'"@]+@(tcp|unix)\(/gi, `${REDACTED}@$1(`],
  [
    /\b((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(["']?\s*[:=]\s*["']?)(?=[^\s"'])[^\r\n"']+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  // JSON Web Tokens, AWS and GitHub key ids.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, REDACTED],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}\b/g, REDACTED],
  // password=…, "client_secret": "…", --token …, AccountKey=…; the value ends at white space, quote, comma, semicolon or ampersand.
  [new RegExp(`(${SECRET_NAME}["']?\\s*[=:]\\s*)("[^"]*"?|'[^']*'?|[^\\s"',;&)}\\]]+)`, "gi"), `$1${REDACTED}`],
  [new RegExp(`(--?${SECRET_NAME}\\s+)(?!-)[^\\s"']+`, "gi"), `$1${REDACTED}`],
  [/([?&](?:sig|code|key|access_token|sv_sig)=)[^&\s"']+/gi, `$1${REDACTED}`],
];
