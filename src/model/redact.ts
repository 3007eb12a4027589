/** Replaces what looks like a credential in free text (log lines, kubelet messages). Errs on the side of hiding. */
export function redact(text: string): string {
  return RULES.reduce((seen, [pattern, replacement]) => seen.replace(pattern, replacement), text);
}

/** Stands for what was taken out. */
export const REDACTED = "[redacted]";

const SECRET_NAME =
  "[\\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|private[_-]?key|client[_-]?secret|credentials?|session[_-]?id)";

const RULES: readonly (readonly [RegExp, string])[] = [
  // PEM bodies, whole or one line of them.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  // scheme://user:password@host: user and password go, host stays (it is what the reader needs).
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*:[^\s@'"]*@/gi, `$1${REDACTED}@`],
  // user:password@tcp(host:3306)/db, Go's MySQL data source name.
  [/[^\s'"=]+:[^\s'"@]+@(tcp|unix)\(/gi, `${REDACTED}@$1(`],
  [/\b((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1$2${REDACTED}`],
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
