import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import {
  atHop,
  DEBUG_SERVICE,
  endpointsBehind,
  evidenceOf,
  fromInside,
  hasFailed,
  isSelf,
  sameTarget,
} from "./_probe.ts";

const lost = (result: ProbeResult): boolean => hasFailed(result, "timeout-connect", "no-route");

/** The same targets from two nodes: what differs is the node's. */
export const check = defineCheck({
  id: "probe/across-nodes",
  question: "Is it the same from every node?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["probes"],
  findings: {
    "node/cross-node-broken": {
      severity: "error",
      title: "Pods are not reached from other nodes",
      explain:
        "A test pod on the endpoints' own node reaches at least two of them, one on another node reaches none: the network between the nodes is broken (overlay, routes, a security group between the nodes). " +
        "A network policy would not care about nodes.",
      docs: ["https://kubernetes.io/docs/concepts/cluster-administration/networking/"],
    },
    "node/clusterip-broken-here": {
      severity: "error",
      title: "A node's service proxy does not work",
      explain:
        "The cluster IP answers from one node and fails from another, from which the endpoints themselves answer: the service proxy (kube-proxy, Cilium) of that node is at fault. Not under internalTrafficPolicy Local, where nodes differ by design.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ probes, scope }, find) {
    const inside = fromInside(probes);
    const places = [...new Set(inside.flatMap(({ vantage }) => vantage.node ?? []))];
    if (places.length < 2) return { skipped: "it was tried from one node only" };
    return [...places.flatMap(crossNode), ...places.flatMap(brokenProxy)];

    function crossNode(here: string): readonly Finding[] {
      const own = atHop(inside, "pod").filter(
        (result) => result.vantage.node === here && result.target.node === here && !isSelf(result),
      );
      const reached = own.filter((result) => verdictOfProbe(result) === "ok");
      const pairs = reached.flatMap((near) =>
        inside
          .filter((far) => far.vantage.node !== here && sameTarget(far.target, near.target))
          .map((far) => ({ near, far })),
      );
      if (reached.length < 2 || pairs.length === 0 || !pairs.every(({ far }) => lost(far))) return [];
      const others = [...new Set(pairs.map(({ far }) => far.vantage.node))].join(", ");
      return [
        find("node/cross-node-broken", {
          object: { kind: "Node", namespace: "", name: here },
          summary: `pods on node ${here} answer there, but not to node ${others}: the way between the nodes is broken`,
          evidence: evidenceOf(pairs.slice(0, 3).flatMap(({ near, far }) => [near, far])),
          remedy: [
            kubectl("", "get", "nodes", "-o", "wide"),
            "# check the network plugin on both nodes, routes, and security groups between the nodes",
          ],
        }),
      ];
    }

    function brokenProxy(here: string): readonly Finding[] {
      if (scope.services.some((service) => service.spec?.internalTrafficPolicy === "Local")) return [];
      return atHop(inside, "cluster-ip")
        .filter(({ vantage }) => vantage.node === here)
        .filter((one) => verdictOfProbe(one) === "failed")
        .flatMap((one): readonly Finding[] => {
          const behind = endpointsBehind(one, inside);
          const elsewhere = inside.find(
            (other) =>
              other.vantage.node !== here && sameTarget(other.target, one.target) && verdictOfProbe(other) === "ok",
          );
          if (
            elsewhere === undefined ||
            behind.length === 0 ||
            behind.some((result) => verdictOfProbe(result) !== "ok")
          )
            return [];
          return [
            find("node/clusterip-broken-here", {
              object: { kind: "Node", namespace: "", name: here },
              summary: `the service proxy of node ${here} does not serve cluster IP ${one.target.host}, which works from node ${elsewhere.vantage.node}`,
              evidence: evidenceOf([one, elsewhere, ...behind]),
              remedy: [kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${here}`)],
            }),
          ];
        });
    }
  },
});
