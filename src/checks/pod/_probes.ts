import type { Probe } from "../../model/kube.ts";
import { probeTarget, probeTimes } from "../../model/probes.ts";
import { redact } from "../../model/redact.ts";

/** The cause in the kubelet's message about a failed probe (`""` when it does not say), and what to do about it. */
export function probeAdvice(
  message: string,
  probe: Probe = {},
): { readonly cause: string; readonly remedy: readonly string[] } {
  const target = probeTarget(probe);
  const code = /statuscode:? (\d{3})/i.exec(message)?.[1];
  if (code !== undefined) {
    const hint =
      code === "404"
        ? `# the app answers, but has nothing there: mend the probe's path (${target})`
        : code.startsWith("5")
          ? "# the app answers that it is not ready: its log says why"
          : code === "401" || code === "403"
            ? "# the app wants a login there: probe a path that needs none"
            : `# the app answers ${code} there: mend the probe (${target}) or the app`;
    return { cause: `the app answers ${code}`, remedy: [hint] };
  }
  if (/connection refused/i.test(message)) {
    return {
      cause: "connection refused, nothing listens on that port",
      remedy: [
        `# the app listens on another port or only on 127.0.0.1: mend the probe's port (${target}) or the app's address`,
      ],
    };
  }
  if (/context deadline exceeded|client\.timeout|i\/o timeout|timed out/i.test(message)) {
    const { timeout } = probeTimes(probe);
    return {
      cause: `no answer within ${timeout / 1000}s`,
      remedy: [`# raise timeoutSeconds (now ${timeout / 1000}, the default is 1), or find out why the app is slow`],
    };
  }
  if (/http response to https|malformed http|tls|x509/i.test(message)) {
    return { cause: "HTTP and HTTPS are mixed up", remedy: ["# set httpGet.scheme to what the app speaks"] };
  }
  if (/no such file|executable file not found/i.test(message)) {
    return { cause: "its command does not exist in the image", remedy: ["# mend the probe's exec.command"] };
  }
  if (/no such host|lookup /i.test(message)) {
    return {
      cause: "its host cannot be resolved",
      remedy: ["# remove httpGet.host: without it the kubelet asks the pod itself"],
    };
  }
  const plain = redact(
    message.replace(/^(Readiness|Startup|Liveness) probe (failed|errored)[^:]*:\s*/, "").split("\n")[0] ?? "",
  );
  return { cause: plain.slice(0, 120), remedy: [] };
}
