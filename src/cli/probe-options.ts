import type { Options } from "yargs";
import type { Args } from "./command.ts";

/** `--probe` and what goes with it, for commands that can send requests themselves. */
export const PROBING = {
  probe: {
    type: "string",
    choices: ["auto", "pod", "exec", "proxy", "port-forward", "local", "none"],
    default: "none",
    description:
      "Send requests: from a test pod (pod), with the tools of a running pod (exec: the one of --from, else one of the target), by the API server's proxy (proxy), into the pods (port-forward), from this machine to load balancers (local), or from the best place that can be had (auto, also plain --probe)",
  },
  sockets: {
    type: "boolean",
    description:
      "Read what listens in one of the pods: with the pod's own cat, else by an ephemeral container that stays in its spec (asks first)",
  },
  yes: { alias: "y", type: "boolean", description: "Do not ask before something is made in the cluster" },
  "probe-path": { type: "string", requiresArg: true, default: "/", description: "The path to request" },
  scheme: {
    type: "string",
    choices: ["http", "https", "tcp"],
    description: "How to speak to the port (default: by its name and number)",
  },
  header: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    description: "Header to send, 'Name: value' (repeatable; it stands in the test pod's spec while that runs)",
  },
  "node-port": {
    type: "boolean",
    description: "Try the Service's node ports too, at the nodes' internal addresses",
  },
  "expect-status": {
    type: "string",
    requiresArg: true,
    description: "HTTP statuses that count as right, e.g. 200,3xx",
  },
  "probe-image": {
    type: "string",
    requiresArg: true,
    description: "Image of the test pod, with a shell and curl (env NETCHECK_PROBE_IMAGE)",
  },
  "image-pull-secret": { type: "string", requiresArg: true, description: "Secret to pull the test pod's image with" },
  "probe-namespace": {
    type: "string",
    requiresArg: true,
    description: "Where the test pod runs (default: beside the target)",
  },
  from: {
    type: "string",
    requiresArg: true,
    description:
      "The client: would policies let it in? POD, NS/POD, TYPE/NAME (deploy/web: one of its running pods) or an IP address. With --probe requests go from inside that pod, with its own tools, else by an ephemeral container that stays in its spec (asks first)",
  },
  node: { type: "string", requiresArg: true, description: "The node from which the test pod sends" },
} as const satisfies Record<string, Options>;

/** For requests that go through an ingress controller. */
export const MARKING = {
  "no-query-marker": {
    type: "boolean",
    description:
      "Leave the marker (netcheck=…) out of the URL's query, for signed URLs: headers alone mark the requests then",
  },
} as const satisfies Record<string, Options>;

export interface ProbeOptions {
  readonly mode: "auto" | "pod" | "exec" | "proxy" | "port-forward" | "local" | "none";
  readonly sockets: boolean;
  readonly yes: boolean;
  readonly path: string;
  readonly scheme?: "http" | "https" | "tcp";
  readonly headers: readonly string[];
  readonly nodePort?: boolean;
  readonly expect?: string;
  /** Whether requests through an ingress controller are marked in the query too. */
  readonly queryMarker: boolean;
  readonly image?: string;
  readonly pullSecret?: string;
  readonly namespace?: string;
  readonly node?: string;
  /** POD or NAMESPACE/POD. */
  readonly from?: string;
}

/** For commands without these options: never. */
export const NO_PROBE: ProbeOptions = {
  mode: "none",
  sockets: false,
  yes: false,
  path: "/",
  headers: [],
  queryMarker: true,
};

/** Reads the options out of yargs' arguments, whose choices yargs has checked already. */
export function probeOptions(args: Args): ProbeOptions {
  const last = (name: string): string | undefined => {
    const value: unknown = args[name];
    const one: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof one === "string" && one !== "" ? one : undefined;
  };
  const headers = args["header"];
  const [scheme, expect, image, pullSecret, namespace, node, from] = [
    last("scheme") as ProbeOptions["scheme"],
    last("expect-status"),
    last("probe-image"),
    last("image-pull-secret"),
    last("probe-namespace"),
    last("node"),
    last("from"),
  ];
  return {
    mode: (last("probe") ?? "none") as ProbeOptions["mode"],
    sockets: args["sockets"] === true,
    yes: args["yes"] === true,
    path: last("probe-path") ?? "/",
    headers: Array.isArray(headers) ? headers.map(String) : [],
    queryMarker: args["no-query-marker"] !== true,
    ...(args["node-port"] === true ? { nodePort: true } : {}),
    ...(scheme === undefined ? {} : { scheme }),
    ...(expect === undefined ? {} : { expect }),
    ...(image === undefined ? {} : { image }),
    ...(pullSecret === undefined ? {} : { pullSecret }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(node === undefined ? {} : { node }),
    ...(from === undefined ? {} : { from }),
  };
}
