import type { AzFailure, AzFailureKind } from "./runner.ts";

/** The subscription that a call was about: in `--subscription S`, or in an id. */
function subscriptionOf(args: readonly string[]): string {
  const given = args[args.indexOf("--subscription") + 1];
  if (args.includes("--subscription") && given !== undefined) return given;
  return /\/subscriptions\/([^/]+)/i.exec(args.join(" "))?.[1] ?? "SUBSCRIPTION";
}

const PATTERNS: readonly (readonly [AzFailureKind, RegExp])[] = [
  ["forbidden", /AuthorizationFailed|does not have authorization|\(Forbidden\)|\b403\b/i],
  [
    "wrong-subscription",
    /SubscriptionNotFound|subscription '.*' not found|subscription of .+ doesn't exist|subscription .+ could not be found|InvalidAuthenticationTokenTenant/i,
  ],
  [
    "not-logged-in",
    /az login|AADSTS\d+|not logged in|interactive authentication is needed|token.+expired|ExpiredAuthenticationToken|InvalidAuthenticationToken\b/i,
  ],
  [
    "outdated",
    /is misspelled or not recognized by the system|unrecognized arguments|invalid choice|is not in the '.*' command group/i,
  ],
  [
    "unreachable",
    /Max retries exceeded|Failed to establish a new connection|Name or service not known|Temporary failure in name resolution|getaddrinfo failed|CERTIFICATE_VERIFY_FAILED|ProxyError|Connection aborted|Read timed out/i,
  ],
  ["not-found", /ResourceNotFound|ResourceGroupNotFound|\(NotFound\)|was not found/i],
];

/** az's message on one line, without the marker words, and not longer than a line should be. Warnings may stand before the error. */
function firstLine(text: string): string {
  const lines = text.split(/\r?\n/).map((one) => one.trim());
  const line = lines.find((one) => /^ERROR:\s*\S/.test(one)) ?? lines.find((one) => one !== "");
  return (line ?? "az said nothing").replace(/^(ERROR|WARNING):\s*/, "").slice(0, 300);
}

/** What a failed call means, from the exit code (or the error code of starting az) and what it printed on stderr. */
export function classify(code: string, text: string, args: readonly string[]): AzFailure {
  const subscription = subscriptionOf(args);
  const missing = code === "ENOENT" || code === "127" || code === "9009";
  const kind: AzFailureKind = missing
    ? "missing"
    : (PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? "other");
  const detail = missing ? "the Azure CLI (az) is not installed" : firstLine(text);
  return { state: "failed", kind, detail, next: nextSteps(kind, subscription, args) };
}

function nextSteps(kind: AzFailureKind, subscription: string, args: readonly string[]): readonly string[] {
  switch (kind) {
    case "missing":
      return ["install the Azure CLI, or give --nsg-file FILE or --azure-dump DIR of somebody who has it"];
    case "not-logged-in":
      return ["az login"];
    case "wrong-subscription":
      return [`az account set --subscription ${subscription}`, "az login --tenant TENANT_OF_THE_CLUSTER"];
    case "forbidden":
      return [
        `ask for the role Reader on the resource: az role assignment create --role Reader --assignee YOU --scope SCOPE`,
      ];
    case "outdated":
      return ["az upgrade", "az version"];
    case "unreachable":
      return [
        "is a proxy or its certificate needed for az? https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-troubleshooting",
        `az ${args.join(" ")}`,
      ];
    default:
      return [`az ${args.join(" ")}`];
  }
}
