/** Command lines and settings of the programs that make a node and the control plane. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { images, type Layout, type NodePlan, net } from "./layout.ts";

export interface Programs {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly cni: string;
  readonly coredns: string;
  readonly bed: string;
  readonly debianBin: string;
  readonly imageArchives: string;
  readonly gatewayDefinitions: string;
}

/** Environment of every daemon: programs of the bed first, then the machine's. No proxy or credential setting is passed on. */
export function daemonEnvironment(programs: Programs): NodeJS.ProcessEnv {
  const machine = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const ours = [programs.debianBin, programs.kubernetes, programs.containerd, programs.etcd];
  return { PATH: [...ours, machine].join(":"), HOME: "/root", LANG: "C.UTF-8" };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes the settings files of one node into its folder. Paths below /var and /run are the node's own. */
export function writeNodeFiles(layout: Layout, node: NodePlan, programs: Programs): void {
  mkdirSync(join(node.dir, "cni"), { recursive: true });
  const pki = (file: string): string => join(layout.pki, file);
  const files: Record<string, string> = {
    "resolv.conf": "search .\noptions ndots:1\n",
    hosts: `127.0.0.1 localhost\n::1 localhost\n${node.ip} ${node.name}\n`,
    "cni/10-pods.conflist": json({
      cniVersion: "1.0.0",
      name: "pods",
      plugins: [
        // Routed veth pairs as in the big clouds, no bridge: every packet of a pod passes the node's forward rules.
        {
          type: "ptp",
          ipMasq: false,
          ipam: { type: "host-local", ranges: [[{ subnet: node.podCidr }]], routes: [{ dst: "0.0.0.0/0" }] },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    }),
    "containerd.toml": `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${images.pause}"
[plugins."io.containerd.cri.v1.runtime"]
  # root may lack CAP_SYS_RESOURCE; runc then dies with "can't get final child's PID from pipe: EOF"
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "${join(programs.debianBin, "runc")}"
        SystemdCgroup = false
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${programs.cni}"]
    conf_dir = "${join(node.dir, "cni")}"
`,
    "kubelet.yaml": json({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      failCgroupV1: false,
      cgroupDriver: "cgroupfs",
      cgroupRoot: `/${layout.cgroup}/${node.name}`,
      containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: pki("ca.crt") },
      },
      authorization: { mode: "Webhook" },
      tlsCertFile: pki(`${node.name}.crt`),
      tlsPrivateKeyFile: pki(`${node.name}.key`),
      clusterDNS: [net.dnsService],
      clusterDomain: "cluster.local",
      resolvConf: join(node.dir, "resolv.conf"),
      failSwapOn: false,
      // CrashLoopBackOff shows up in the status at the next sync, at most this late; the default is a minute.
      syncFrequency: "5s",
      serializeImagePulls: false,
      evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
      // There is no registry to get an image back from: never collect one.
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
      shutdownGracePeriod: "0s",
    }),
    "kube-proxy.yaml": json({
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      clientConnection: { kubeconfig: pki("kube-proxy.kubeconfig") },
      mode: "iptables",
      clusterCIDR: net.pods,
      iptables: { minSyncPeriod: "100ms" },
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(node.dir, name), text);
}

export const containerdCommand = (node: NodePlan): string[] => [
  "containerd",
  "--config",
  join(node.dir, "containerd.toml"),
];

export const kubeProxyCommand = (node: NodePlan): string[] => [
  "kube-proxy",
  `--config=${join(node.dir, "kube-proxy.yaml")}`,
  `--hostname-override=${node.name}`,
];

export const kubeletCommand = (layout: Layout, node: NodePlan): string[] => [
  "kubelet",
  `--config=${join(node.dir, "kubelet.yaml")}`,
  `--kubeconfig=${join(layout.pki, `${node.name}.kubeconfig`)}`,
  `--hostname-override=${node.name}`,
  `--node-ip=${node.ip}`,
];

export const etcdCommand = (): string[] => [
  "etcd",
  "--name=bed",
  "--data-dir=/var/lib/etcd",
  "--listen-client-urls=http://127.0.0.1:2379",
  "--advertise-client-urls=http://127.0.0.1:2379",
  "--listen-peer-urls=http://127.0.0.1:2380",
  "--initial-advertise-peer-urls=http://127.0.0.1:2380",
  "--initial-cluster=bed=http://127.0.0.1:2380",
  "--unsafe-no-fsync",
];

export function apiServerCommand(layout: Layout, node: NodePlan): string[] {
  const pki = (file: string): string => join(layout.pki, file);
  return [
    "kube-apiserver",
    "--etcd-servers=http://127.0.0.1:2379",
    `--advertise-address=${node.ip}`,
    "--secure-port=6443",
    `--service-cluster-ip-range=${net.services}`,
    `--client-ca-file=${pki("ca.crt")}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--kubelet-client-certificate=${pki("apiserver-kubelet.crt")}`,
    `--kubelet-client-key=${pki("apiserver-kubelet.key")}`,
    `--kubelet-certificate-authority=${pki("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    `--service-account-key-file=${pki("sa.pub")}`,
    `--service-account-signing-key-file=${pki("sa.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--requestheader-client-ca-file=${pki("front-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--proxy-client-cert-file=${pki("front-client.crt")}`,
    `--proxy-client-key-file=${pki("front-client.key")}`,
    "--enable-aggregator-routing",
    "--authorization-mode=Node,RBAC",
    // PodSecurity admission is among the plugins that are on by default.
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged",
    "--profiling=false",
  ];
}

const ownConfig = (layout: Layout, name: string): string[] =>
  ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map(
    (flag) => `--${flag}=${join(layout.pki, `${name}.kubeconfig`)}`,
  );

export const controllerManagerCommand = (layout: Layout): string[] => [
  "kube-controller-manager",
  ...ownConfig(layout, "controller-manager"),
  "--bind-address=127.0.0.1",
  "--leader-elect=false",
  `--service-account-private-key-file=${join(layout.pki, "sa.key")}`,
  `--root-ca-file=${join(layout.pki, "ca.crt")}`,
  `--cluster-signing-cert-file=${join(layout.pki, "ca.crt")}`,
  `--cluster-signing-key-file=${join(layout.pki, "ca.key")}`,
  "--use-service-account-credentials",
];

export const schedulerCommand = (layout: Layout): string[] => [
  "kube-scheduler",
  ...ownConfig(layout, "scheduler"),
  "--bind-address=127.0.0.1",
  "--leader-elect=false",
];
