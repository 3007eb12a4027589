import type { Options } from "yargs";

/** Where an option stands in the help, by what the user wants with it: what most want first, the connection last. */
const HEADINGS: Readonly<Record<string, readonly string[]>> = {
  "What to look at:": [
    ...["namespace", "all-namespaces", "selector", "host", "path", "from", "to", "port", "protocol"],
    ...["source-port", "direction", "flows", "engine", "filename"],
  ],
  "Output:": ["output", "only-problems", "sort-by", "fail-on", "color", "help"],
  "Probes:": [
    ...["probe", "sockets", "yes", "node", "node-port", "probe-path", "scheme", "header", "expect-status"],
    ...["no-query-marker", "probe-namespace", "probe-image", "image-pull-secret"],
  ],
  "Azure:": ["azure", "azure-timeout", "azure-dump", "nsg-file", "vnet", "overlay", "service-tags", "route-table"],
  "Connection (as in kubectl):": [
    ...["context", "kubeconfig", "cluster", "user", "server", "request-timeout", "token", "username", "password", "as"],
    ...["as-group", "as-uid", "as-user-extra", "certificate-authority", "client-certificate", "client-key"],
    ...["insecure-skip-tls-verify", "tls-server-name", "disable-compression"],
  ],
};

/**
 * The headings of a command's help and the options under each, in order. None for a command with few options, those that talk to no cluster: yargs' one
 * list is as good. The heading that an option itself names goes before. Only for help: an ordinary run has no use for headings, and yargs takes its time.
 */
export function headingsOf(
  options: Readonly<Record<string, Options>>,
): readonly (readonly [heading: string, names: readonly string[]])[] {
  if (options["kubeconfig"] === undefined) return [];
  return Object.entries(HEADINGS).flatMap(([heading, usual]) => {
    const own = Object.keys(options).filter((name) => options[name]?.group === heading);
    const here = usual.filter((name) => options[name] !== undefined && options[name].group === undefined);
    const found = [...own, ...here];
    // --help stands with other options or, as yargs has it, by itself at the end.
    return found.length === 0 ? [] : [[heading, usual.includes("help") ? [...found, "help"] : found] as const];
  });
}
