/** Why the API server did not take what we wanted to create. */
export interface Refusal {
  /** `forbidden`: no permission · `denied`: admission (PodSecurity, quota, a webhook, a policy) · `failed`: anything else. */
  readonly kind: "forbidden" | "denied" | "failed";
  /** The server's words. */
  readonly message: string;
}

/** RBAC's own sentence; admission answers with 403 too, but says why. */
const NO_PERMISSION = /\bUser "[^"]*" cannot [a-z]+ resource\b/;

/** Reads a Status answer. `status` is the HTTP status. Source: apiserver responsewriters.ForbiddenMessage. */
export function refusalOf(status: number, text: string): Refusal {
  const message = messageOf(text);
  if (status === 403) return { kind: NO_PERMISSION.test(message) ? "forbidden" : "denied", message };
  // Webhooks choose their own codes; validation is 422.
  if (status === 400 || status === 409 || status === 422 || /admission webhook/.test(message))
    return { kind: "denied", message };
  return { kind: "failed", message: `the API server answered ${status}: ${message}` };
}

export function messageOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "message" in value && typeof value.message === "string")
      return value.message;
  } catch {
    // Not a Status object: its first line has to do.
  }
  return text.trim().split("\n")[0]?.slice(0, 300) || "no explanation";
}

/** Whether the refusal asks for readiness or liveness probes (AKS deployment safeguards do). */
export function wantsProbes(refusal: Refusal): boolean {
  return refusal.kind === "denied" && /readiness|liveness|(health )?probes?\b/i.test(refusal.message);
}
