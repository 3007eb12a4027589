import { check } from "../../../src/checks/pod/platform.ts";
import { checkCases } from "../../support/checks.ts";
import { node, pod } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "on the host network",
      given: { pods: [pod({ spec: { hostNetwork: true } })] },
      expect: ["pod/host-network info"],
    },
    {
      name: "Windows by its spec",
      given: { pods: [pod({ spec: { os: { name: "windows" } } })] },
      expect: ["pod/windows info"],
    },
    {
      name: "Windows by its node",
      given: { pods: [pod()], nodes: [node({ metadata: { labels: { "kubernetes.io/os": "windows" } } })] },
      expect: ["pod/windows info"],
    },
  ],
  silent: [
    { name: "an ordinary pod", given: { pods: [pod()], nodes: [node()] } },
    { name: "a finished pod", given: { pods: [pod({ spec: { hostNetwork: true }, status: { phase: "Succeeded" } })] } },
  ],
});
