/**
 * An ingress-nginx of a test's own, beside the bed's: its class, ConfigMap and load balancer can be bent without disturbing other tests, and all of it
 * goes with the namespace, but for the class and one binding, which are deleted by name.
 */
import { apply, eventually, kubectl, kubectlRun, withNamespace } from "./cluster.ts";
import { images } from "./target.ts";

export interface ControllerOptions {
  /** Of its ConfigMap. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of its load balancer's Service: see test/cluster/load-balancers.ts. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface OwnController {
  readonly namespace: string;
  /** The class that it alone takes. */
  readonly className: string;
  readonly address: string;
}

function manifests(namespace: string, className: string, options: ControllerOptions): readonly object[] {
  const labels = { "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/instance": namespace };
  const role = "ingress-nginx";
  const subjects = [{ kind: "ServiceAccount", name: role, namespace }];
  const rules = [
    { apiGroups: ["", "discovery.k8s.io"], resources: ["*"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["networking.k8s.io"], resources: ["*"], verbs: ["get", "list", "watch", "update"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "update", "create"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  ];
  const args = [
    "/nginx-ingress-controller",
    "--publish-service=$(POD_NAMESPACE)/controller",
    `--election-id=${className}`,
    `--controller-class=netcheck.test/${className}`,
    `--ingress-class=${className}`,
    "--configmap=$(POD_NAMESPACE)/controller",
    "--shutdown-grace-period=0",
    ...(options.args ?? []),
  ];
  const field = (fieldPath: string): object => ({ valueFrom: { fieldRef: { fieldPath } } });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: role } },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: role }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
      subjects,
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: className },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "ingress-nginx" },
      subjects,
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name: className },
      spec: { controller: `netcheck.test/${className}` },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "controller" },
      data: { "worker-processes": "1", "worker-shutdown-timeout": "2s", ...options.settings },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "controller", labels, annotations: options.annotations ?? {} },
      spec: {
        type: "LoadBalancer",
        selector: labels,
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "https", port: 443, targetPort: "https" },
        ],
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "controller", labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: role,
            terminationGracePeriodSeconds: 2,
            containers: [
              {
                name: "controller",
                image: images.ingressNginx,
                args,
                env: [
                  { name: "POD_NAME", ...field("metadata.name") },
                  { name: "POD_NAMESPACE", ...field("metadata.namespace") },
                ],
                ports: [
                  { name: "http", containerPort: 80 },
                  { name: "https", containerPort: 443 },
                ],
                readinessProbe: { httpGet: { path: "/healthz", port: 10254 }, periodSeconds: 1 },
                resources: { requests: { cpu: "50m", memory: "90Mi" } },
              },
            ],
          },
        },
      },
    },
  ];
}

/** Gives `use` a namespace with a controller of its own that is ready and has an address. */
export function withController<T>(options: ControllerOptions, use: (own: OwnController) => Promise<T>): Promise<T> {
  return withNamespace(async (namespace) => {
    const className = namespace;
    try {
      await apply(namespace, manifests(namespace, className, options));
      await kubectl(["-n", namespace, "rollout", "status", "deployment/controller", "--timeout=90s"]);
      const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
      const address = await eventually(
        async () => (await kubectl(["-n", namespace, "get", "service", "controller", "-o", path])) || undefined,
      );
      return await use({ namespace, className, address });
    } finally {
      await kubectlRun(["delete", `ingressclass/${className}`, `clusterrolebinding/${className}`, "--wait=false"]);
    }
  });
}
