/** The printed role allows every question that the plan asks, in worlds that make it ask most. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadAll } from "js-yaml";
import { rbacCommand } from "../../src/cli/commands/rbac.ts";
import type { Io } from "../../src/cli/io.ts";
import { gather } from "../../src/collect/gather.ts";
import type { Query } from "../../src/model/resources.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { crowd } from "../support/crowd.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, node, notReady, pod, service, slice } from "../support/objects.ts";
import { deployment, ownedBy } from "../support/workloads.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

async function printed(args: Readonly<Record<string, unknown>>): Promise<readonly Manifest[]> {
  let text = "";
  const io = {
    out: (more: string) => {
      text += more;
    },
  } as unknown as Io;
  assert.equal(await rbacCommand.run(args, io), 0);
  return loadAll(text) as unknown as readonly Manifest[];
}

function allows(roles: readonly Manifest[], query: Query): boolean {
  const [group, resource, verb] =
    query.type === "log" ? ["", "pods/log", "get"] : [query.resource.group, query.resource.plural, query.type];
  return roles.some(({ rules }) =>
    rules.some(
      (rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
    ),
  );
}

async function asked(): Promise<readonly Query[]> {
  const unready = pod({
    metadata: { name: "web-1", ...ownedBy("web") },
    status: {
      conditions: notReady(),
      containerStatuses: [
        {
          name: "web",
          ready: false,
          restartCount: 7,
          image: "",
          imageID: "",
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: ago(30) } },
        },
      ],
    },
  });
  const ingress = {
    kind: "Ingress",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      ingressClassName: "nginx",
      tls: [{ secretName: "tls" }],
      defaultBackend: { service: { name: "web", port: { number: 80 } } },
    },
  };
  const nginx = {
    kind: "IngressClass",
    metadata: { name: "nginx", namespace: "" },
    spec: { controller: "k8s.io/ingress-nginx" },
  };
  const world = [
    ...crowd({ services: 20, pods: 40, namespaces: 1, nodes: 2 }),
    deployment(),
    unready,
    node(),
    slice(),
    service({ spec: { type: "LoadBalancer" } }),
    service({ metadata: { name: "lost" }, spec: { selector: { app: "nothing" } } }),
    ingress,
    nginx,
  ];
  const requests: readonly TargetRequest[] = [
    { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } },
    { kind: "svc", namespace: "shop", selection: { by: "name", name: "lost" } },
    { kind: "svc", namespace: "", selection: { by: "all" } },
    { kind: "pod", namespace: "shop", selection: { by: "name", name: "web-1" } },
    { kind: "pod", namespace: "shop", selection: { by: "workload", workload: "deployments", name: "web" } },
    { kind: "pod", namespace: "", selection: { by: "all" } },
    { kind: "ingress", namespace: "shop", selection: { by: "name", name: "web" } },
    { kind: "ingress", namespace: "", selection: { by: "all" } },
  ];
  const queries: Query[] = [];
  for (const request of requests) {
    const source = memorySource(world);
    await gather(source, request);
    queries.push(...source.asked);
  }
  return queries;
}

describe("netcheck rbac", () => {
  const isSecret = (query: Query): boolean => query.type !== "log" && query.resource.plural === "secrets";

  it("allows every question of the plan but Secrets, which are granted by name", async () => {
    const roles = await printed({});
    const queries = await asked();
    assert.ok(queries.some(isSecret), "Secrets");
    assert.ok(
      queries.some(({ type }) => type === "log"),
      "logs",
    );
    const refused = queries.filter((query) => !isSecret(query) && !allows(roles, query));
    assert.deepEqual(
      refused.map((query) => (query.type === "log" ? "log" : query.resource.plural)),
      [],
    );
    assert.ok(!JSON.stringify(roles).includes("secrets"));
  });

  it("only reads, unless probes are asked for", async () => {
    const verbs = (await printed({})).flatMap(({ rules }) => rules.flatMap((rule) => rule.verbs));
    assert.deepEqual([...new Set(verbs)].toSorted(), ["get", "list"]);
    const probing = (await printed({ probe: true, namespace: "shop" })).at(-1);
    assert.deepEqual(
      [probing?.kind, probing?.metadata.name, probing?.metadata.namespace],
      ["Role", "netcheck-probe", "shop"],
    );
  });

  it("splits by namespace: a Role holds no kind without one, the ClusterRole none with one", async () => {
    const [inside, outside] = await printed({ namespace: "shop" });
    assert.deepEqual([inside?.kind, outside?.kind], ["Role", "ClusterRole"]);
    const all = (role: Manifest | undefined): readonly string[] => role?.rules.flatMap((rule) => rule.resources) ?? [];
    assert.ok(all(inside).includes("pods") && !all(inside).includes("nodes"));
    assert.ok(all(outside).includes("nodes") && !all(outside).includes("pods"));
  });
});
