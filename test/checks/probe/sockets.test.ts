import { check } from "../../../src/checks/pod/sockets.ts";
import type { ListeningSocket, SocketTable } from "../../../src/model/probe-sockets.ts";
import { result, target } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { notReady, pod, service } from "../../support/objects.ts";

const listens = (...sockets: readonly (readonly [string, number])[]): readonly SocketTable[] => [
  {
    namespace: "shop",
    pod: "web-1",
    sockets: sockets.map(
      ([address, port]): ListeningSocket => ({
        protocol: "TCP",
        family: address.includes(":") ? 6 : 4,
        address,
        port,
      }),
    ),
  },
];

const world = { pods: [pod()], services: [service()], scope: { target: "svc" as const } };
const dual = pod({ status: { podIPs: [{ ip: "10.244.1.15" }, { ip: "fd00::15" }] } });
const meshed = pod({ spec: { containers: [{ name: "web" }, { name: "istio-proxy" }] } });

checkCases(check, {
  fires: [
    {
      name: "the app listens on another port",
      given: { ...world, sockets: listens(["0.0.0.0", 3000]) },
      expect: ["pod/port-not-listening error", "pod/listening-port-hint"],
    },
    {
      name: "nothing listens at all",
      given: { ...world, sockets: listens() },
      expect: ["pod/port-not-listening error"],
    },
    {
      name: "the app listens on 127.0.0.1",
      given: { ...world, sockets: listens(["127.0.0.1", 8080]) },
      expect: ["pod/listens-on-loopback error"],
    },
    {
      name: "on 127.0.0.1 behind a mesh proxy, which forwards there",
      given: { ...world, pods: [meshed], sockets: listens(["127.0.0.1", 8080]) },
      expect: ["pod/listens-on-loopback warning"],
    },
    {
      name: "on an IPv6 address only, and the pod has IPv4",
      given: { ...world, sockets: listens(["fd00::15", 8080]) },
      expect: ["pod/listens-other-family error"],
    },
    {
      name: "on 0.0.0.0 in a pod with both families",
      given: { ...world, pods: [dual], sockets: listens(["0.0.0.0", 8080]) },
      expect: ["pod/listens-other-family warning"],
    },
    {
      name: "another endpoint answers: the Service works in part",
      given: {
        ...world,
        sockets: listens(["127.0.0.1", 8080]),
        probes: [result(target({ object: { kind: "Pod", namespace: "shop", name: "web-2" } }))],
      },
      expect: ["pod/listens-on-loopback warning"],
    },
    {
      name: "a single pod, asked about a port",
      given: { pods: [pod()], sockets: listens(["0.0.0.0", 8080]), scope: { target: "pod", port: "9090" } },
      expect: ["pod/port-not-listening error", "pod/listening-port-hint"],
    },
  ],
  silent: [
    { name: "it listens on every address", given: { ...world, sockets: listens(["0.0.0.0", 8080]) } },
    { name: "it listens on ::, which takes IPv4 too", given: { ...world, sockets: listens(["::", 8080]) } },
    { name: "it listens on the pod's own address", given: { ...world, sockets: listens(["10.244.1.15", 8080]) } },
    {
      name: "on loopback, and on the wildcard too",
      given: { ...world, sockets: listens(["127.0.0.1", 8080], ["0.0.0.0", 8080]) },
    },
    {
      name: "it has just started",
      given: {
        ...world,
        pods: [pod({ status: { conditions: notReady(5), startTime: "2026-11-22T11:59:55Z" } })].map((one) => ({
          ...one,
          status: {
            ...one.status,
            conditions: notReady(5).map((condition) => ({ ...condition, lastTransitionTime: "2026-11-22T11:59:55Z" })),
          },
        })),
        sockets: listens(),
      },
      status: "skipped",
    },
    {
      name: "no Service sends to the pod",
      given: { pods: [pod()], sockets: listens(), scope: { target: "pod" } },
      status: "skipped",
    },
  ],
});
