import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/pod/image-pull.ts";
import type { ContainerStatus } from "../../../src/model/kube.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { backOff, brokenPod, ended, log, manifest, pendingPod, unready, waiting } from "../../support/containers.ts";
import { event, node, pod } from "../../support/objects.ts";

const NOT_FOUND = 'Back-off pulling image "nginx:1.99": ErrImagePull: docker.io/library/nginx:1.99: not found';

checkCases(check, {
  fires: [
    {
      name: "a tag that does not exist",
      given: { pods: [pendingPod([waiting("ImagePullBackOff", NOT_FOUND)])] },
      expect: ["pod/container-image-pull error"],
    },
    {
      name: "between two tries",
      given: { pods: [pendingPod([waiting("ErrImagePull", NOT_FOUND)])] },
      expect: ["pod/container-image-pull error"],
    },
    {
      name: "the image of an init container",
      given: {
        pods: [
          pendingPod([waiting("PodInitializing")], {
            spec: { initContainers: [{ name: "migrate", image: "m:1" }] },
            status: { initContainerStatuses: [{ ...waiting("InvalidImageName"), name: "migrate" }] },
          }),
        ],
      },
      expect: ["pod/container-image-pull error"],
    },
    {
      name: "an arm64 image on an amd64 node: the runtime's only log line",
      given: {
        pods: [brokenPod(backOff(4, ended(255)))],
        logs: [log(["exec /app: exec format error"])],
        nodes: [node({ metadata: { labels: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" } } })],
      },
      expect: ["pod/image-arch-mismatch error"],
    },
    {
      name: "the registry has no variant for the platform",
      given: { pods: [pendingPod([waiting("ErrImagePull", "no match for platform in manifest: not found")])] },
      expect: ["pod/image-arch-mismatch error"],
    },
  ],
  silent: [
    { name: "running", given: { pods: [pod()] } },
    { name: "still being pulled", given: { pods: [pendingPod([waiting("ContainerCreating")])] } },
    {
      name: "the app itself logs an exec format error of a child, among other lines",
      given: {
        pods: [brokenPod(backOff(4))],
        logs: [log(["starting", "running plugin", "fork: exec format error", "giving up"])],
      },
    },
    {
      name: "a container that runs has been executed",
      given: { pods: [brokenPod(unready())], logs: [log(["exec /plugin: exec format error"], false)] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});

it("names the cause and the Azure commands for a registry that denies access", () => {
  const denied: ContainerStatus = waiting("ImagePullBackOff", 'Back-off pulling image "shop.azurecr.io/web:1"');
  const one = pendingPod([denied], { spec: { containers: [{ name: "web", image: "shop.azurecr.io/web:1" }] } });
  const message = 'Failed to pull image "shop.azurecr.io/web:1": failed to authorize: 401 Unauthorized';
  const { findings } = runCheck(check, { pods: [one], events: [event(one, { reason: "Failed", message })] });
  assert.match(findings[0]?.summary ?? "", /shop\.azurecr\.io denies access/);
  assert.ok(findings[0]?.remedy.some((line) => line.endsWith("--attach-acr shop")));
  assert.ok(findings[0]?.remedy.some((line) => line.startsWith("az aks check-acr ")));
});
