import type { Container, Service } from "../../model/kube.ts";
import { redact } from "../../model/redact.ts";

const SHOWN = 200;

/** The container's command and arguments as one line, credentials taken out, cut at 200 characters. */
export function initCommand(container: Container): string {
  const line = [...(container.command ?? []), ...(container.args ?? [])].join(" ").replace(/\s+/g, " ");
  if (line === "") return "(the image's own)";
  const shown = redact(line);
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown;
}

/**
 * Hosts that an init container's command names, in order and at most three: known Services of the namespace, cluster names
 * (`db.shop.svc`), hosts of URLs, and what follows nslookup, getent hosts or `nc … host port`. A guess, for the reader only.
 */
export function awaitedHosts(container: Container, services: readonly Service[], namespace: string): readonly string[] {
  const line = redact([...(container.command ?? []), ...(container.args ?? [])].join(" "));
  const named = services
    .filter((service) => service.metadata.namespace === namespace)
    .map((service) => service.metadata.name)
    .filter((name) => new RegExp(`(^|[^\\w.-])${escaped(name)}($|[^\\w-])`).test(line));
  const patterns = [
    /https?:\/\/([a-z0-9][a-z0-9.-]*)/gi,
    /\b([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.svc(?:\.cluster\.local)?)\b/gi,
    /\b(?:nslookup|getent hosts|pg_isready -h|ping(?: -c ?\d+)?)\s+([a-z0-9][a-z0-9.-]*)/gi,
    /\bnc\s+(?:-\w+\s+(?:\d+\s+)?)*([a-z0-9][a-z0-9.-]*)\s+\d+/gi,
  ];
  const guessed = patterns.flatMap((pattern) => [...line.matchAll(pattern)].flatMap((match) => match[1] ?? []));
  const hosts = [...named, ...guessed.filter((host) => !named.includes(host.split(".")[0] ?? ""))];
  return [...new Set(hosts)].slice(0, 3);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
