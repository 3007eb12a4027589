import { check } from "../../../src/checks/pod/container-create.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, ended, manifest, pendingPod, unready, waiting } from "../../support/containers.ts";
import { event, pod } from "../../support/objects.ts";

const HOOKED = {
  spec: {
    containers: [{ name: "web", image: "web:1", lifecycle: { postStart: { exec: { command: ["/warm-up"] } } } }],
  },
};

checkCases(check, {
  fires: [
    {
      name: "a Secret that does not exist",
      given: { pods: [pendingPod([waiting("CreateContainerConfigError", 'secret "db" not found')])] },
      expect: ["pod/container-config-error error"],
    },
    {
      name: "a command that is not in the image",
      given: {
        pods: [brokenPod(waiting("RunContainerError", 'exec: "/srv": stat /srv: no such file or directory'))],
      },
      expect: ["pod/container-create-error error"],
    },
    {
      name: "the same between two tries, when the container waits in back-off",
      given: {
        pods: [
          brokenPod(backOff(3, ended(128, { reason: "StartError", message: "executable file not found in $PATH" }))),
        ],
      },
      expect: ["pod/container-create-error error"],
    },
    {
      name: "a postStart hook that fails",
      given: { pods: [brokenPod(waiting("PostStartHookError", "Exec lifecycle hook failed"), HOOKED)] },
      expect: ["pod/container-post-start-hook error"],
    },
    {
      name: "the hook's failure stands only in an event",
      given: {
        pods: [brokenPod(backOff(2), HOOKED)],
        events: [event(pod(), { reason: "FailedPostStartHook", message: "exit 1" })],
      },
      expect: ["pod/container-post-start-hook error"],
    },
  ],
  silent: [
    { name: "running", given: { pods: [pod()] } },
    { name: "an ordinary crash loop", given: { pods: [brokenPod(backOff(3))] } },
    {
      name: "the hook worked the next time",
      given: {
        pods: [brokenPod(unready(30, { restartCount: 1 }), HOOKED)],
        events: [event(pod(), { reason: "FailedPostStartHook", seconds: 90 })],
      },
    },
    {
      name: "exec format error is another question",
      given: { pods: [brokenPod(waiting("RunContainerError", "exec /app: exec format error"))] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
