/** Go programs of the test bed, each module with its own go.mod and go.sum: the pins and their checksums. */
import { join } from "node:path";
import { built, fingerprint } from "./cache.ts";
import { must } from "./proc.ts";

interface GoModule {
  /** Folder under go/. */
  readonly module: string;
  /** Program name → import path. */
  readonly programs: Readonly<Record<string, string>>;
  readonly ldflags?: string;
  /** Our own sources: part of the key. */
  readonly ours?: true;
}

/** The version that Kubernetes' programs report; go/kubernetes/go.mod pins the same one (a test compares them). */
export const kubernetesVersion = "v1.36.3";

const [major, minor] = kubernetesVersion.slice(1).split(".");
const versionFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .flatMap((p) => [
    `-X ${p}.gitVersion=${kubernetesVersion}`,
    `-X ${p}.gitMajor=${major}`,
    `-X ${p}.gitMinor=${minor}`,
    `-X ${p}.gitTreeState=clean`,
  ])
  .join(" ");

const kubernetes = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`]));
const containerd = "github.com/containerd/containerd/v2/cmd";
const cni = "github.com/containernetworking/plugins/plugins";

export const goModules = {
  kubernetes: {
    module: "kubernetes",
    programs: kubernetes([
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubelet",
      "kube-proxy",
      "kubectl",
    ]),
    ldflags: versionFlags,
  },
  etcd: { module: "etcd", programs: { etcd: "go.etcd.io/etcd/server/v3" } },
  containerd: {
    module: "containerd",
    programs: {
      containerd: `${containerd}/containerd`,
      "containerd-shim-runc-v2": `${containerd}/containerd-shim-runc-v2`,
      ctr: `${containerd}/ctr`,
    },
  },
  cni: {
    module: "cni",
    programs: {
      ptp: `${cni}/main/ptp`,
      loopback: `${cni}/main/loopback`,
      "host-local": `${cni}/ipam/host-local`,
      portmap: `${cni}/meta/portmap`,
    },
  },
  coredns: { module: "coredns", programs: { coredns: "github.com/coredns/coredns" } },
  netpol: { module: "netpol", programs: { "kube-router-netpol": "." }, ours: true },
  ingressNginx: {
    module: "ingress-nginx",
    programs: { "nginx-ingress-controller": "k8s.io/ingress-nginx/cmd/nginx" },
    // The module has no released version on the proxy; the pinned commit is between 1.11.0 and 1.11.1.
    ldflags: "-X k8s.io/ingress-nginx/version.RELEASE=v1.11.0-52c50467d67d",
  },
  // The newest whose dependencies can all be verified. It speaks both Ingress and Gateway API.
  traefik: {
    module: "traefik",
    programs: { traefik: "github.com/traefik/traefik/v3/cmd/traefik" },
    ldflags: "-X github.com/traefik/traefik/v3/pkg/version.Version=3.6.12",
  },
  bed: { module: "bed", programs: { bed: "./cmd/bed", web: "./cmd/web", pause: "./cmd/pause" }, ours: true },
} as const satisfies Record<string, GoModule>;

export type GoModuleName = keyof typeof goModules;

/** Folder with the module's programs, built on first use: static, without cgo, at low priority. */
export async function goPrograms(name: GoModuleName, log: (line: string) => void): Promise<string> {
  const { module, programs, ldflags, ours }: GoModule = goModules[name];
  const dir = join(import.meta.dirname, "go", module);
  const key = fingerprint(
    [JSON.stringify(programs), ldflags ?? ""],
    ours ? [dir] : [join(dir, "go.mod"), join(dir, "go.sum")],
  );
  return built(`go-${module}`, key, async (into) => {
    const started = Date.now();
    log(`building ${Object.keys(programs).join(", ")} (once)`);
    const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
    for (const [program, path] of Object.entries(programs)) {
      const flags = ["-trimpath", "-ldflags", `-s -w ${ldflags ?? ""}`];
      await must("nice", ["-n", "5", "go", "build", ...flags, "-o", join(into, program), path], { cwd: dir, env });
    }
    log(`built ${module} in ${Math.round((Date.now() - started) / 1000)} s`);
  });
}
