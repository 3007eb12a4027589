/** Builders of the workloads that make pods: say only what matters to the case. */
import type { Deployment, Labels } from "../../src/model/kube.ts";
import { ago } from "./objects.ts";

/** A Deployment `web` whose template carries app=web, fully rolled out with `replicas` pods, an hour old. */
export function deployment(
  given: {
    name?: string;
    namespace?: string;
    replicas?: number;
    labels?: Labels;
    age?: number;
    status?: Deployment["status"];
  } = {},
): Deployment {
  const name = given.name ?? "web";
  const replicas = given.replicas ?? 1;
  const labels = given.labels ?? { app: "web" };
  return {
    kind: "Deployment",
    metadata: {
      name,
      namespace: given.namespace ?? "shop",
      uid: `uid-deploy-${name}`,
      generation: 1,
      creationTimestamp: ago(given.age ?? 3600),
    },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels } } },
    status: given.status ?? {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
      readyReplicas: replicas,
    },
  };
}

/** Metadata that makes a pod one of Deployment `name`, of the revision `hash`. */
export function ownedBy(name: string, hash = "abc") {
  return {
    labels: { app: "web", "pod-template-hash": hash },
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: `${name}-${hash}`,
        uid: `uid-rs-${name}-${hash}`,
        controller: true,
      },
    ],
  };
}

/** An owner reference to a Job. */
export const BY_JOB = [{ apiVersion: "batch/v1", kind: "Job", name: "migrate", uid: "uid-job", controller: true }];
