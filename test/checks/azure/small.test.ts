/** Checks of Azure with few cases: admin rules, addresses for pods, ports of Windows nodes, probes of overlay pods. */
import { check as adminRules } from "../../../src/checks/azure/admin-rules.ts";
import { check as overlay } from "../../../src/checks/azure/overlay.ts";
import { check as podIps } from "../../../src/checks/azure/pod-ips.ts";
import { check as windowsPorts } from "../../../src/checks/azure/windows-ports.ts";
import type { AzureAdminRule } from "../../../src/model/azure-facts.ts";
import { refOf } from "../../../src/model/kube.ts";
import type { ProbeClass, ProbeResult } from "../../../src/model/probe-results.ts";
import { checkCases } from "../../support/checks.ts";
import { event, node, pod } from "../../support/objects.ts";
import { AZURE_NODE, lb, onAzure } from "./build.ts";

const rule = (access: string, direction = "Inbound"): AzureAdminRule => ({
  name: "block",
  access,
  direction,
  priority: 10,
  protocol: "Tcp",
  sources: ["Internet"],
  destinations: ["*"],
  ports: ["80"],
});

checkCases(adminRules, {
  fires: [
    {
      name: "a Deny before the NSGs",
      given: onAzure(lb(), { azureAdminRules: [rule("Deny")] }),
      expect: ["azure/security-admin-rules info"],
    },
    {
      name: "AlwaysAllow is final, too",
      given: onAzure(lb(), { azureAdminRules: [rule("AlwaysAllow")] }),
      expect: ["azure/security-admin-rules info"],
    },
  ],
  silent: [
    { name: "Allow hands over to the NSGs", given: onAzure(lb(), { azureAdminRules: [rule("Allow")] }) },
    { name: "outbound rules", given: onAzure(lb(), { azureAdminRules: [rule("Deny", "Outbound")] }) },
    {
      name: "not readable: left out",
      given: onAzure(lb(), { azureAdminRules: { state: "unavailable", reason: "not-requested", detail: "" } }),
      status: "skipped",
    },
  ],
});

const waiting = pod({ status: { phase: "Pending", podIP: "", podIPs: [] } });
const full = (message: string) => [event(waiting, { reason: "FailedCreatePodSandBox", message })];

checkCases(podIps, {
  fires: [
    {
      name: "the subnet is full",
      given: {
        pods: [waiting],
        nodes: [AZURE_NODE],
        events: full("Failed to create pod sandbox: … Failed to allocate pool: No available address pools"),
      },
      expect: ["azure/pod-ip-exhausted error"],
    },
    {
      name: "the node's range is full",
      given: {
        pods: [waiting],
        nodes: [AZURE_NODE],
        events: full("failed to allocate for range 0: no IP addresses available in range set: 10.244.0.1-10.244.0.254"),
      },
      expect: ["azure/pod-ip-exhausted error"],
    },
  ],
  silent: [
    {
      name: "the pod has got an address since",
      given: {
        pods: [pod()],
        nodes: [AZURE_NODE],
        events: [event(pod(), { reason: "FailedCreatePodSandBox", message: "No available addresses" })],
      },
      status: "skipped",
    },
    {
      name: "another failure of the sandbox",
      given: { pods: [waiting], nodes: [AZURE_NODE], events: full("cni plugin not initialized") },
    },
    {
      name: "another cloud",
      given: { pods: [waiting], nodes: [node()], events: full("No available addresses") },
      status: "skipped",
    },
  ],
});

const many = (count: number, policy = "Cluster") =>
  Array.from({ length: count }, (_, i) => {
    const one = lb({}, { externalTrafficPolicy: policy });
    return { ...one, metadata: { ...one.metadata, name: `web-${i}` } };
  });
const WINDOWS = {
  ...AZURE_NODE,
  metadata: { name: "win-1", namespace: "", labels: { "kubernetes.io/os": "windows" } },
};

checkCases(windowsPorts, {
  fires: [
    {
      name: "401 Services with policy Cluster",
      given: { services: many(401), nodes: [WINDOWS], scope: { services: [lb()] } },
      expect: ["azure/windows-etp-cluster-ports info"],
    },
  ],
  silent: [
    { name: "400 of them", given: { services: many(400), nodes: [WINDOWS] } },
    { name: "policy Local", given: { services: many(500, "Local"), nodes: [WINDOWS] } },
    { name: "no Windows node", given: { services: many(500), nodes: [AZURE_NODE] }, status: "skipped" },
  ],
});

const OVERLAY = {
  ...AZURE_NODE,
  metadata: { ...AZURE_NODE.metadata, labels: { "kubernetes.azure.com/podnetwork-type": "overlay" } },
};
const probe = (kind: ProbeResult["vantage"]["kind"], outcome: ProbeClass): ProbeResult => ({
  vantage: { kind, label: "this machine" },
  target: {
    hop: "pod",
    host: "10.244.0.7",
    port: 8080,
    scheme: "http",
    guessed: false,
    path: "/",
    object: refOf(pod()),
  },
  attempts: [{ class: outcome, total: 3000, evidence: "curl exit 28" }],
});

checkCases(overlay, {
  fires: [
    {
      name: "from the user's machine",
      given: { pods: [pod()], nodes: [OVERLAY], probes: [probe("local", "timeout-connect")] },
      expect: ["azure/overlay-not-routable info"],
    },
  ],
  silent: [
    { name: "it answered", given: { pods: [pod()], nodes: [OVERLAY], probes: [probe("local", "ok")] } },
    { name: "from a test pod", given: { pods: [pod()], nodes: [OVERLAY], probes: [probe("pod", "timeout-connect")] } },
    {
      name: "no overlay",
      given: { pods: [pod()], nodes: [AZURE_NODE], probes: [probe("local", "timeout-connect")] },
      status: "skipped",
    },
  ],
});
