import { deployment, service } from "./manifests.ts";
import type { Scenario } from "./scenario.ts";

/** Three runs that take more memory than the limit, then a good one: the counter is in a volume that outlives the container. */
const OOM_THREE_TIMES =
  'n=$(cat /count/n 2>/dev/null || echo 0); echo $((n+1)) >/count/n; [ "$n" -ge 3 ] || export ALLOCATE_MB=400; exec /web';

export const BROKEN: readonly Scenario[] = [
  {
    id: "1",
    title: "the image tag has a typo",
    objects: [deployment({ image: "netcheck.test/web:no-such-tag" }), service()],
    command: ["svc", "web"],
    first: ["pod/container-image-pull"],
    consequences: ["svc/no-ready-endpoints"],
    never: ["svc/selector-matches-nothing", "svc/target-port-*", "net/*"],
    exit: 1,
  },
  {
    id: "2",
    title: "the app exits with 1 again and again",
    objects: [deployment({ env: { CRASH_AFTER: "500ms" } }), service()],
    command: ["svc", "web"],
    first: ["pod/container-crash-loop"],
    consequences: ["svc/no-ready-endpoints"],
    never: ["svc/selector-matches-nothing", "svc/target-port-*", "pod/container-image-pull"],
    exit: 1,
  },
  {
    id: "3",
    title: "killed for memory three times, now running and ready",
    objects: [
      deployment({
        container: {
          command: ["/bin/sh", "-c", OOM_THREE_TIMES],
          resources: { limits: { memory: "64Mi" } },
          volumeMounts: [{ name: "count", mountPath: "/count" }],
        },
        pod: { volumes: [{ name: "count", emptyDir: {} }] },
      }),
      service(),
    ],
    command: ["svc", "web"],
    first: ["pod/container-oom-killed warning", "pod/container-restarting warning"],
    never: ["svc/no-ready-endpoints"],
    exit: 0,
    seconds: 180,
  },
  {
    id: "4",
    title: "the readiness probe asks for a path that answers 404",
    objects: [
      deployment({ container: { readinessProbe: { httpGet: { path: "/status/404", port: 8080 }, periodSeconds: 1 } } }),
      service(),
    ],
    command: ["svc", "web"],
    first: ["pod/readiness-probe-failing"],
    consequences: ["svc/no-ready-endpoints"],
    never: ["pod/port-not-listening", "pod/not-ready", "svc/target-port-*"],
    exit: 1,
    seconds: 90,
  },
  {
    id: "5",
    title: "the selector has a typo",
    objects: [deployment(), service({ selector: { app: "webb" } })],
    command: ["svc", "web"],
    first: ["svc/selector-matches-nothing"],
    never: ["workload/scaled-to-zero"],
    exit: 1,
  },
  {
    id: "6",
    title: "scaled to zero",
    objects: [deployment({ replicas: 0 }), service()],
    command: ["svc", "web"],
    first: ["workload/scaled-to-zero"],
    never: [],
    exit: 1,
  },
  {
    id: "7",
    title: "the pods are in another namespace",
    objects: [{ ...deployment(), metadata: { name: "web", namespace: "other" } }, service()],
    command: ["svc", "web"],
    first: ["svc/selector-matches-nothing"],
    never: ["workload/scaled-to-zero"],
    exit: 1,
  },
  {
    id: "8",
    title: "targetPort http, but the port is called web",
    objects: [
      deployment({ container: { ports: [{ name: "web", containerPort: 8080 }] } }),
      service({ ports: [{ port: 80, targetPort: "http" }] }),
    ],
    command: ["svc", "web"],
    first: ["svc/target-port-name-unresolved"],
    never: ["svc/target-port-undeclared", "svc/selector-*"],
    exit: 1,
  },
  {
    id: "9",
    title: "one port works, the second names a port that no pod has",
    objects: [
      deployment(),
      service({
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "metrics", port: 9090, targetPort: "metrics" },
        ],
      }),
    ],
    command: ["svc", "web"],
    first: ["svc/target-port-name-unresolved"],
    consequences: ["svc/port-has-no-endpoints"],
    never: ["svc/no-ready-endpoints"],
    exit: 1,
  },
];
