/** Names, addresses and paths of a test cluster. Every address lives inside network namespaces that the cluster makes. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Address plan. Several clusters use the same one: their namespaces never meet. */
export const net = {
  nodes: "10.213.0.0/24",
  routerOnNodes: "10.213.0.1",
  laptops: "10.214.0.0/24",
  routerOnLaptops: "10.214.0.1",
  laptop: "10.214.0.10",
  loadBalancers: "10.215.0.0/24",
  pods: "10.244.0.0/16",
  services: "10.96.0.0/16",
  apiService: "10.96.0.1",
  dnsService: "10.96.0.10",
} as const;

/** Ranges that must never be seen on an interface of the machine's own network namespace. */
export const clusterRanges: readonly string[] = [net.nodes, net.laptops, net.loadBalancers, net.pods, net.services];

/** DNS zone that the outside client's name server answers: everything below it is the ingress controller. */
export const zone = "netcheck.test";
/** A second zone of the bed, for names that are aliases of a proxy in front: nobody outside the bed's namespaces hears of it. */
export const aliasZone = "azurefd.net";

/** Images that exist on every node; anything else cannot be pulled, there being no registry. */
export const images = {
  web: "netcheck.test/web:1",
  /** The web app without a shell or any other file. */
  webDistroless: "netcheck.test/web-distroless:1",
  /** busybox and curl, under the name of the tool's default probe image; runs as a named non-root user, as that one does. */
  probe: "docker.io/curlimages/curl:8.10.1",
  pause: "netcheck.test/pause:1",
  coredns: "netcheck.test/coredns:1",
  ingressNginx: "netcheck.test/ingress-nginx-controller:1",
  traefik: "netcheck.test/traefik:1",
  netpol: "netcheck.test/kube-router:1",
} as const;

/** `<cache>/kubectl-netcheck`: what is built once, and the state of running clusters. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubectl-netcheck");
}

export interface Layout {
  readonly name: string;
  readonly dir: string;
  readonly pki: string;
  readonly logs: string;
  readonly kubeconfig: string;
  /** For commands in the outside client's namespace: the API server by its address on the node network. */
  readonly outsideKubeconfig: string;
  readonly outerPidFile: string;
  readonly stateFile: string;
  readonly portFile: string;
  readonly zoneFile: string;
  readonly aliasFile: string;
  readonly cgroup: string;
}

/**
 * Where the cluster of this name keeps its state.
 * @throws Error when the name is not a short DNS label (it becomes part of cgroup and host names).
 */
export function layoutOf(name: string): Layout {
  if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    throw new Error(`"${name}" cannot name a cluster: use up to 20 lower-case letters, digits and dashes`);
  }
  const dir = join(cacheRoot(), "clusters", name);
  return {
    name,
    dir,
    pki: join(dir, "pki"),
    logs: join(dir, "logs"),
    kubeconfig: join(dir, "kubeconfig"),
    outsideKubeconfig: join(dir, "outside.kubeconfig"),
    outerPidFile: join(dir, "outer.pid"),
    stateFile: join(dir, "state.json"),
    portFile: join(dir, "api-port"),
    zoneFile: join(dir, "outside-dns", `${zone}.zone`),
    aliasFile: join(dir, "outside-dns", `${aliasZone}.zone`),
    cgroup: `netcheck-${name}`,
  };
}

export interface NodePlan {
  readonly index: number;
  readonly name: string;
  readonly ip: string;
  readonly podCidr: string;
  readonly dir: string;
}

/** Plan of node number `index`, counted from 1. Node 1 also carries the control plane. */
export function nodePlan(layout: Layout, index: number): NodePlan {
  return {
    index,
    name: `node${index}`,
    ip: `10.213.0.${10 + index}`,
    podCidr: `10.244.${index - 1}.0/24`,
    dir: join(layout.dir, `node${index}`),
  };
}
