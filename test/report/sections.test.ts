/** The tables as data: what they show, and which cells they mark. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ran, Scope } from "../../src/model/check.ts";
import type { Pod, Service } from "../../src/model/kube.ts";
import type { Section } from "../../src/model/report.ts";
import { buildReport } from "../../src/report/build.ts";
import { duration } from "../../src/report/sections/cells.ts";
import { podStatus, readyCount, restarts } from "../../src/report/sections/podstatus.ts";
import { event, NOW, node, pod, service } from "../support/objects.ts";
import { crashing, found, podRef, SVC_TARGET, said, scopeOf, sliceFor, snapshotOf, webPods } from "./samples.ts";

type Lists = Parameters<typeof snapshotOf>[0];

interface World {
  readonly lists: Lists;
  readonly scope: Partial<Scope>;
  readonly ran?: readonly Ran[];
}

function sectionsOf({ lists, scope, ran }: World): readonly Section[] {
  return buildReport({ snapshot: snapshotOf(lists), scope: scopeOf(scope), target: SVC_TARGET, ran: ran ?? [] })
    .sections;
}

function stepOf(step: string, world: World): Section {
  const found = sectionsOf(world).find((one) => one.step === step);
  assert.ok(found, `no section ${step}`);
  return found;
}

/** A row as text; marked cells end in their mark. */
const rowsOf = (section: Section): readonly string[] =>
  section.rows.map((row) => row.map(({ text, mark }) => (mark === undefined ? text : `${text}[${mark}]`)).join(" | "));

/** A Service over pods, everything listed in slices. */
function world(given: { service?: Service; pods?: readonly Pod[]; lists?: Lists; ran?: readonly Ran[] } = {}): World {
  const pods = given.pods ?? webPods(["web-1", "web-2"]);
  const services = [given.service ?? service()];
  return {
    lists: { pods, services, endpointSlices: [sliceFor(pods)], ...given.lists },
    scope: { pods, services, group: true },
    ran: given.ran ?? [],
  };
}

const withPorts = (ports: NonNullable<Service["spec"]>["ports"]): Service =>
  service({ spec: { ...service().spec, ...(ports && { ports }) } });

describe("S2: selector against labels", () => {
  const wanted = service({ spec: { ...service().spec, selector: { app: "web", tier: "front" } } });
  const labelled = (name: string, labels: Record<string, string>, namespace = "shop"): Pod =>
    pod({ metadata: { name, namespace, labels } });

  it("prints matches first, then near misses, `!=` and `--` in the cells that differ", () => {
    const pods = [
      labelled("web-3", { app: "web" }),
      labelled("web-1", { app: "web", tier: "front" }),
      labelled("web-2", { app: "web", tier: "back" }),
      labelled("api-1", { app: "api", tier: "back" }),
    ];
    const section = stepOf("S2", {
      lists: { pods, services: [wanted], endpointSlices: [] },
      scope: { pods: pods.slice(1, 2), services: [wanted] },
    });
    assert.deepEqual(rowsOf(section), [
      "web-1 | YES[ok] | web | front | Running | yes | -",
      "web-2 | 1/2[dim] | web | back !=front[dim] | Running | yes | -",
      "web-3 | 1/2[dim] | web | -- (missing)[dim] | Running | yes | -",
    ]);
    assert.match(section.title, /SELECTOR {2}app=web,tier=front · 1 pod matches/);
  });

  it("when nothing matches every pod is a candidate, its differences are bad, and other namespaces are named", () => {
    const pods = [labelled("api-1", { app: "api", tier: "back" })];
    const away = { kind: "Pod", metadata: labelled("web-1", { app: "web", tier: "front" }, "stage").metadata };
    const section = stepOf("S2", {
      lists: { pods, services: [wanted], endpointSlices: [], podLabels: [away] },
      scope: { services: [wanted] },
    });
    assert.deepEqual(rowsOf(section), [
      "api-1 | 0/2[bad] | api !=web[bad] | back !=front[bad] | Running | yes | -",
      "stage/web-1[dim] | other namespace[dim] | web | front | - | - | -",
    ]);
  });

  it("an empty label value is visible", () => {
    const pods = [labelled("web-1", { app: "", tier: "front" })];
    const section = stepOf("S2", {
      lists: { pods, services: [wanted], endpointSlices: [] },
      scope: { services: [wanted] },
    });
    assert.match(rowsOf(section)[0] ?? "", /"" !=web/);
  });
});

describe("S3: ports", () => {
  it("an unresolved name is bad and shows what is declared", () => {
    const section = stepOf("S3", world({ service: withPorts([{ name: "http", port: 80, targetPort: "web" }]) }));
    assert.deepEqual(rowsOf(section), ['http | 80/TCP | web | -- no port "web" (declared: http=8080/TCP)[bad]']);
  });

  it("an integer that no pod declares is a warning, because declaring is optional", () => {
    const section = stepOf("S3", world({ service: withPorts([{ port: 80, targetPort: 3000 }]) }));
    assert.deepEqual(rowsOf(section), ["- | 80/TCP | 3000 | 3000 (declared: http=8080/TCP)[warn]"]);
  });

  it("and is fine where pods declare nothing", () => {
    const bare = webPods(["web-1"], () => ({ spec: { nodeName: "node-1", containers: [{ name: "web" }] } }));
    const section = stepOf("S3", world({ pods: bare, service: withPorts([{ port: 80, targetPort: 3000 }]) }));
    assert.deepEqual(rowsOf(section), ["- | 80/TCP | 3000 | 3000"]);
  });

  it("groups that resolve differently are told apart", () => {
    const other = pod({
      metadata: { name: "old-1" },
      spec: { nodeName: "node-1", containers: [{ name: "web", ports: [{ name: "http", containerPort: 9090 }] }] },
    });
    const section = stepOf(
      "S3",
      world({ pods: [...webPods(["web-1"]), other], service: withPorts([{ port: 80, targetPort: "http" }]) }),
    );
    assert.match(rowsOf(section)[0] ?? "", /Deployment\/web: 8080; Pod\/old-1: 9090/);
  });
});

describe("S4: expected against listed", () => {
  const [first, second] = webPods(["web-1", "web-2"]);
  assert.ok(first && second);
  const diffs = (given: World): readonly string[] =>
    stepOf("S4", given).rows.map(
      (row) => `${row[0]?.text} ${row.at(-1)?.text}${row.at(-1)?.mark === undefined ? "" : `[${row.at(-1)?.mark}]`}`,
    );

  it("listed as they should be is `=`", () => assert.deepEqual(diffs(world()), ["web-1 =", "web-2 ="]));

  it("a pod that is not listed is missing", () => {
    assert.deepEqual(diffs(world({ lists: { endpointSlices: [sliceFor([first])] } })), [
      "web-2 missing[bad]",
      "web-1 =",
    ]);
  });

  it("an address without a pod, or with another pod of the name, is stale", () => {
    const gone = sliceFor([{ ...first, metadata: { ...first.metadata, name: "web-0", uid: "gone" } }]);
    assert.deepEqual(diffs(world({ pods: [second], lists: { endpointSlices: [gone, sliceFor([second])] } })), [
      "web-0 stale: no such pod[bad]",
      "web-2 =",
    ]);
    const renewed = { ...first, metadata: { ...first.metadata, uid: "new" } };
    assert.deepEqual(diffs(world({ pods: [renewed], lists: { endpointSlices: [sliceFor([first])] } })), [
      "web-1 stale: another pod of that name[bad]",
    ]);
  });

  it("a port that the slice lacks, and a name that the pod lacks, are different things", () => {
    const ports = withPorts([{ name: "http", port: 80, targetPort: "http" }]);
    assert.deepEqual(
      diffs(world({ pods: [first], service: ports, lists: { endpointSlices: [{ ...sliceFor([first]), ports: [] }] } })),
      ["web-1 port http:8080 missing[bad]"],
    );
    const wrong = withPorts([{ name: "http", port: 80, targetPort: "web" }]);
    assert.deepEqual(
      diffs(world({ pods: [first], service: wrong, lists: { endpointSlices: [{ ...sliceFor([first]), ports: [] }] } })),
      ["web-1 port unresolved[bad]"],
    );
  });

  it("finished pods are no endpoints and say why", () => {
    const done = webPods(["job-1"], () => ({ status: { phase: "Succeeded" } }));
    const section = stepOf("S4", world({ pods: [first, ...done], lists: { endpointSlices: [sliceFor([first])] } }));
    assert.deepEqual(section.notes, ["job-1 is no endpoint: finished (phase Succeeded or Failed)"]);
    assert.match(section.title, /expected 1 · listed 1 · usable 1/);
  });

  it("compares nothing where pods were not read: no address is called stale", () => {
    const unread = { state: "unavailable", reason: "forbidden", detail: "no" } as const;
    const section = stepOf("S4", {
      lists: { pods: unread, services: [service()], endpointSlices: [sliceFor([first])] },
      scope: { services: [service()] },
    });
    assert.deepEqual(rowsOf(section), ["web-1 | 10.244.1.15 | 8080 | yes | yes | no | node-1 | -[dim] | ="]);
  });

  it("unread slices are `?`, never an empty list", () => {
    const section = stepOf(
      "S4",
      world({ lists: { endpointSlices: { state: "unavailable", reason: "forbidden", detail: "no rights" } } }),
    );
    assert.equal(section.status, "?");
    assert.deepEqual(section.notes, ["forbidden: no rights"]);
  });
});

describe("S5 and S6", () => {
  it("a Local policy shows which nodes serve", () => {
    const local = service({ spec: { ...service().spec, internalTrafficPolicy: "Local" } });
    const nodes = [node(), node({ metadata: { name: "node-2" } })];
    assert.deepEqual(rowsOf(stepOf("S5", world({ service: local, lists: { nodes } }))), [
      "node-1 | 2 | served",
      "node-2 | 0[dim] | dropped[warn]",
    ]);
    assert.ok(!sectionsOf(world()).some(({ step }) => step === "S5"));
  });

  it("a load balancer shows its address and who can reach it, or that it has none", () => {
    const ports = [{ port: 80, nodePort: 31048, targetPort: 8080 }];
    const balanced = (ingress: readonly { ip: string }[]): Service =>
      service({ spec: { ...service().spec, type: "LoadBalancer", ports }, status: { loadBalancer: { ingress } } });
    assert.deepEqual(rowsOf(stepOf("S6", world({ service: balanced([{ ip: "203.0.113.9" }, { ip: "10.1.2.3" }]) }))), [
      "load balancer | 203.0.113.9 | 80/TCP | internet",
      "load balancer | 10.1.2.3 | 80/TCP | private network",
      "node port | every node | 31048/TCP | whoever reaches the nodes",
    ]);
    assert.match(rowsOf(stepOf("S6", world({ service: balanced([]) })))[0] ?? "", /\(pending\)\[warn\]/);
    assert.ok(!sectionsOf(world()).some(({ step }) => step === "S6"));
  });

  it("an ExternalName has no selector, ports or endpoints to show", () => {
    const external = service({ spec: { type: "ExternalName", externalName: "db.example.org" } });
    assert.deepEqual(
      sectionsOf({ lists: { services: [external] }, scope: { services: [external] } }).map(({ step }) => step),
      ["S1", "S6"],
    );
  });
});

describe("P1–P4: pods", () => {
  const failing = webPods(["web-1", "web-2"], (name) => (name === "web-2" ? { status: crashing() } : {}));
  const crash = found("pod/container-crash-loop", { object: podRef("web-2", "status.containerStatuses[0]") });
  const given: World = {
    lists: {
      pods: failing,
      events: [
        event(failing[1] ?? pod(), {
          reason: "Unhealthy",
          message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
          seconds: 20,
          count: 12,
        }),
      ],
    },
    scope: { target: "pod", pods: failing },
    ran: [said({ id: "pod/container-crash-loop", hop: "container", findings: [crash] })],
  };

  it("pods with findings come first, with the finding that says most", () => {
    const section = stepOf("P1/P2", given);
    assert.equal(section.status, "FAIL");
    assert.deepEqual(
      section.rows.map((row) => `${row[0]?.text} ${row[3]?.text} ${row[4]?.text} ${row.at(-1)?.text}`),
      ["web-2 CrashLoopBackOff 14 (40s ago) pod/container-crash-loop", "web-1 Running 0 -"],
    );
  });

  it("the last answer of the readiness probe is shown with its count and age", () => {
    assert.match(rowsOf(stepOf("P3", given))[0] ?? "", /HTTP probe failed with statuscode: 503 ×12 \(20s ago\)\[bad\]/);
  });

  it("declared ports are set against what Services want", () => {
    const services = [service()];
    const section = stepOf("P4", {
      lists: { pods: failing, services },
      scope: { target: "pod", pods: failing, services },
    });
    assert.deepEqual(rowsOf(section), ["web | 8080/TCP | http | web 80/TCP→8080"]);
  });

  it("a step that suffers from another's fault is never worse than the verdict", () => {
    assert.equal(stepOf("P3", given).status, "FAIL");
    assert.equal(stepOf("P3", { ...given, ran: [] }).status, "OK");
  });
});

describe("the STATUS word of kubectl", () => {
  const init = (state: object): Pod =>
    pod({
      spec: { initContainers: [{ name: "migrate" }, { name: "warm" }], containers: [{ name: "web" }] },
      status: {
        phase: "Pending",
        initContainerStatuses: [{ name: "migrate", ready: false, restartCount: 0, image: "", imageID: "", state }],
      },
    });
  const cases: readonly (readonly [string, Pod])[] = [
    ["Running", pod()],
    ["Terminating", pod({ metadata: { deletionTimestamp: NOW } })],
    ["CrashLoopBackOff", pod({ status: crashing() })],
    ["Evicted", pod({ status: { phase: "Failed", reason: "Evicted", containerStatuses: [] } })],
    ["Init:0/2", init({ running: {} })],
    ["Init:CrashLoopBackOff", init({ waiting: { reason: "CrashLoopBackOff" } })],
    ["Init:Error", init({ terminated: { exitCode: 1, reason: "Error" } })],
    ["Pending", pod({ status: { phase: "Pending", containerStatuses: [] } })],
  ];
  for (const [word, one] of cases) it(word, () => assert.equal(podStatus(one), word));

  it("counts containers and restarts, sidecars included", () => {
    assert.equal(readyCount(pod()), "1/1");
    assert.equal(restarts(pod({ status: crashing(3) }), Date.parse(NOW)), "3 (40s ago)");
    const sidecar = pod({
      spec: { containers: [{ name: "web" }], initContainers: [{ name: "proxy", restartPolicy: "Always" }] },
    });
    assert.equal(readyCount(sidecar), "1/2");
  });
});

describe("ages", () => {
  const cases = [
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [3600, "60m"],
    [7200, "2h"],
    [64800, "18h"],
    [259200, "3d"],
    [-5, "0s"],
  ] as const;
  for (const [seconds, text] of cases) it(text, () => assert.equal(duration(seconds * 1000), text));
  it("is - where it is not known", () => assert.equal(duration(undefined), "-"));
});
