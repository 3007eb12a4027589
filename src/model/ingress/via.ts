import type { Finding } from "../finding.ts";

const PREFIX = "via controller: ";

/** The finding as one about the controller's own Service or pods, not about those behind the Ingress. */
export function viaController(finding: Finding): Finding {
  return { ...finding, summary: `${PREFIX}${finding.summary}` };
}

/** Whether a finding is about the way into the controller. */
export function isViaController(finding: Finding): boolean {
  return finding.summary.startsWith(PREFIX);
}
