/** Short manifests for e2e tests. */
import { images } from "./target.ts";

export interface WebOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** Instead of app=<name>. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Merged into the container. */
  readonly container?: object;
  /** Merged into the pod's spec. */
  readonly pod?: object;
}

const variables = (env: Readonly<Record<string, string>>): object[] =>
  Object.entries(env).map(([name, value]) => ({ name, value }));

const ready = { httpGet: { path: "/readyz", port: 8080 }, periodSeconds: 1 };

const podSpec = ({ env = {}, container = {}, pod = {} }: WebOptions): object => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: "web", image: images.web, env: variables(env), readinessProbe: ready, ...container }],
  ...pod,
});

/** A Deployment of the web app, labelled app=<name>. Its readiness probe asks /readyz on 8080. */
export function webDeployment(name: string, options: WebOptions = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: options.labels ?? { app: name } },
      template: { metadata: { labels: options.labels ?? { app: name } }, spec: podSpec(options) },
    },
  };
}

/** One pod of the web app, labelled app=<name>. */
export function webPod(name: string, options: WebOptions = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec: podSpec(options) };
}

/** A pod that sleeps and has curl, sh, nc and nslookup. */
export function probePod(name: string, pod: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "probe", image: images.probe, command: ["sleep", "infinity"] }],
      ...pod,
    },
  };
}

/** A Service in front of app=<name>: port 80 to 8080 unless `spec` says otherwise. */
export function service(name: string, spec: object = {}, annotations: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  };
}

export function ingress(name: string, host: string, to: string): object {
  const backend = { service: { name: to, port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name },
    spec: {
      ingressClassName: "nginx",
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}
