import type { Container, Pod } from "../kube.ts";

/** Command line flags of a container by name without dashes; a flag without a value is `true`. */
export type Flags = ReadonlyMap<string, string>;

/** `$(POD_NAMESPACE)` as the kubelet fills it in, as far as the pod itself tells. Source: core/v1 Container.args. */
function expand(text: string, pod: Pod, container: Container): string {
  return text.replace(/\$\(([A-Za-z_]\w*)\)/g, (whole, name: string) => {
    const variable = (container.env ?? []).find((one) => one.name === name);
    const field = variable?.valueFrom?.fieldRef?.fieldPath;
    if (field === "metadata.namespace") return pod.metadata.namespace;
    if (field === "metadata.name") return pod.metadata.name;
    return variable?.value ?? whole;
  });
}

/**
 * The flags that a container is started with: `--name=value`, `--name value` and `--name`. Where a flag is repeated the last one counts, as
 * Go's flag packages have it.
 */
export function flagsOf(pod: Pod, container: Container): Flags {
  const words = [...(container.command ?? []), ...(container.args ?? [])].map((word) => expand(word, pod, container));
  const flags = new Map<string, string>();
  words.forEach((word, i) => {
    const [, name, value] = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return;
    const next = words[i + 1];
    flags.set(name.toLowerCase(), value ?? (next === undefined || next.startsWith("-") ? "true" : next));
  });
  return flags;
}

/** A boolean flag as Go's strconv.ParseBool reads it; `fallback` when it is absent. */
export function flagOn(flags: Flags, name: string, fallback = false): boolean {
  const value = flags.get(name);
  return value === undefined ? fallback : ["1", "t", "true"].includes(value.toLowerCase());
}
