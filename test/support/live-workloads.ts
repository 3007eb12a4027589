/** Builders of workloads for tests: a healthy Deployment, StatefulSet or DaemonSet `web` unless said otherwise. */
import type { DaemonSet, Deployment, ObjectMeta } from "../../src/model/kube.ts";
import { ago } from "./objects.ts";

interface Given {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Deployment["spec"];
  readonly status?: Deployment["status"];
}

/** Deployment `web`, 3 of 3 available, an hour old. */
export function deployment(given: Given = {}): Deployment {
  const name = given.metadata?.name ?? "web";
  return {
    kind: "Deployment",
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-deploy-${name}`,
      generation: 2,
      creationTimestamp: ago(3600),
      ...given.metadata,
    },
    spec: { replicas: 3, template: { metadata: { labels: { app: "web" } } }, ...given.spec },
    status: { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3, ...given.status },
  };
}

/** DaemonSet `web` that wants and has that many pods. */
export function daemonSet(desired: number, available = desired): DaemonSet {
  return {
    kind: "DaemonSet",
    metadata: { name: "web", namespace: "shop", creationTimestamp: ago(3600) },
    spec: { selector: {}, template: { metadata: { labels: { app: "web" } } } },
    status: {
      desiredNumberScheduled: desired,
      currentNumberScheduled: desired,
      updatedNumberScheduled: desired,
      numberAvailable: available,
    },
  };
}
