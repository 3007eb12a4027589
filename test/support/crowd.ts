/** A crowded cluster: many Services with their Deployments, pods and slices over many namespaces, some of them broken. */
import type { Deployment, EndpointSlice, KubeEvent, KubeNode, Pod, Service } from "../../src/model/kube.ts";
import { ago, event, node, notReady, pod, service, slice } from "./objects.ts";
import { deployment, ownedBy } from "./workloads.ts";

export interface CrowdSize {
  readonly services: number;
  readonly pods: number;
  readonly namespaces: number;
  readonly nodes: number;
}

export type Crowd = readonly (Service | Pod | EndpointSlice | Deployment | KubeNode | KubeEvent)[];

/** Every 20th Service selects nothing, every 10th has pods that are not ready; the others are healthy. */
export function crowd({ services, pods, namespaces, nodes }: CrowdSize): Crowd {
  const each = Math.max(1, Math.floor(pods / services));
  const machines = Array.from({ length: nodes }, (_, i) => node({ metadata: { name: `node-${i}`, namespace: "" } }));
  const apps = Array.from({ length: services }, (_, i): Crowd => {
    const name = `app-${i}`;
    const namespace = `team-${i % namespaces}`;
    const lost = i % 20 === 7;
    const unready = i % 10 === 3;
    const labels = { app: name, tier: "web", "app.kubernetes.io/part-of": "shop" };
    const members = Array.from({ length: each }, (_, j): Pod => {
      const { ownerReferences } = ownedBy(name);
      const ip = `10.${Math.floor(i / 250)}.${i % 250}.${j + 1}`;
      return pod({
        metadata: {
          name: `${name}-abc-${j}`,
          namespace,
          uid: `uid-${name}-${j}`,
          labels: { ...labels, "pod-template-hash": "abc" },
          ownerReferences,
        },
        spec: { nodeName: `node-${(i + j) % nodes}` },
        status: { podIP: ip, podIPs: [{ ip }], ...(unready ? { conditions: notReady() } : {}) },
      });
    });
    const maker = deployment({ name, namespace, replicas: each, labels });
    const own = service({
      metadata: { name, namespace, uid: `uid-svc-${name}`, creationTimestamp: ago(3600 + i) },
      spec: { selector: { app: lost ? `${name}-x` : name } },
    });
    const endpoints = members.map((member) => ({
      addresses: [member.status?.podIP ?? ""],
      conditions: { ready: !unready, serving: !unready, terminating: false },
      ...(member.spec?.nodeName === undefined ? {} : { nodeName: member.spec.nodeName }),
      targetRef: { kind: "Pod", namespace, name: member.metadata.name, uid: member.metadata.uid ?? "" },
    }));
    const listed = slice({
      metadata: { name: `${name}-s`, namespace, labels: { "kubernetes.io/service-name": name } },
      endpoints: lost ? [] : endpoints,
    });
    const said = unready
      ? members.map((member) =>
          event(member, { reason: "Unhealthy", message: "Readiness probe failed: HTTP probe failed" }),
        )
      : [];
    return [own, maker, listed, ...members, ...said];
  });
  return [...machines, ...apps.flat()];
}
