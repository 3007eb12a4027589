/** Manifests of the scenarios: a healthy app `web` behind a Service `web`, and what a scenario changes about it. */
import { images } from "../../cluster/layout.ts";

type Json = { readonly [key: string]: unknown };

export interface App {
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly labels?: Json;
  readonly env?: { readonly [name: string]: string };
  /** Merged into the container. */
  readonly container?: Json;
  /** Merged into the pod's spec. */
  readonly pod?: Json;
  /** Merged into the Deployment's spec. */
  readonly spec?: Json;
}

const PORTS = [{ name: "http", containerPort: 8080 }];
const READINESS = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 };

/** The pod template of an app. */
export function template(app: App): Json {
  return {
    metadata: { labels: app.labels ?? { app: app.name ?? "web" } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "web",
          image: app.image ?? images.web,
          env: Object.entries(app.env ?? {}).map(([name, value]) => ({ name, value })),
          ports: PORTS,
          readinessProbe: READINESS,
          ...app.container,
        },
      ],
      ...app.pod,
    },
  };
}

export function deployment(app: App = {}): Json {
  const labels = app.labels ?? { app: app.name ?? "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: app.name ?? "web" },
    spec: { replicas: app.replicas ?? 1, selector: { matchLabels: labels }, template: template(app), ...app.spec },
  };
}

/** A Service `web` on port 80; `spec` is merged into its spec. */
export function service(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", ...metadata },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}
