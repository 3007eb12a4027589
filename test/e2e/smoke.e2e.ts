/** Facts about workloads that every test above relies on: what a cluster says of pods that run, and of pods that do not. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import {
  apply,
  curlFrom,
  eventually,
  exec,
  kubectl,
  kubectlJson,
  kubectlRun,
  withNamespace,
} from "./support/cluster.ts";
import { probePod, service, webDeployment, webPod } from "./support/objects.ts";
import { images, target } from "./support/target.ts";

interface Pod {
  spec: { nodeName?: string };
  status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string }[];
    containerStatuses?: {
      state: Record<string, { reason?: string }>;
      lastState: Record<string, { reason?: string }>;
    }[];
  };
}

const pod = (namespace: string, name: string): Promise<Pod> => kubectlJson(["-n", namespace, "get", "pod", name]);
const running = (namespace: string, ...names: string[]): Promise<string> =>
  kubectl(["-n", namespace, "wait", "--for=condition=Ready", "--timeout=60s", ...names.map((name) => `pod/${name}`)]);
/** Waits until the container's state, or its last one, has this reason. */
const saysOf = (namespace: string, name: string, reason: string): Promise<true> =>
  eventually(
    async () => {
      const container = (await pod(namespace, name)).status.containerStatuses?.[0];
      const states = [...Object.values(container?.state ?? {}), ...Object.values(container?.lastState ?? {})];
      return states.some((state) => state.reason === reason) && true;
    },
    { what: `${name}: ${reason}`, timeout: 90_000 },
  );

describe("workloads", { concurrency: true }, () => {
  it("runs a pod with an address, whose logs, shell, port and debug container can be had", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web")]);
      await running(namespace, "web");
      assert.match((await pod(namespace, "web")).status.podIP ?? "", /^\d+\.\d+\.\d+\.\d+$/);
      assert.match(await kubectl(["-n", namespace, "logs", "web"]), /listening on http:\/\/0\.0\.0\.0:8080/);
      assert.equal((await exec(namespace, "web", ["sh", "-c", "hostname"])).stdout, "web\n");
      assert.match(await throughPortForward(namespace, "web"), /^pod=web$/m);
      await kubectl([
        "-n",
        namespace,
        "debug",
        "web",
        "--image",
        images.probe,
        "--container=probe",
        "--",
        "sleep",
        "60",
      ]);
      const curl = ["curl", "-sS", "http://127.0.0.1:8080/"];
      const answer = await eventually(async () => {
        const { code, stdout } = await kubectlRun(["-n", namespace, "exec", "web", "-c", "probe", "--", ...curl]);
        return code === 0 && stdout;
      });
      assert.match(answer, /^pod=web$/m);
    }));

  it("tells an unready pod from a ready one", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web", { env: { READY: "false" } }), service("web")]);
      await eventually(async () => (await pod(namespace, "web")).status.phase === "Running");
      const events = await eventually(async () => {
        const text = await kubectl(["-n", namespace, "get", "events", "-o", "jsonpath={.items[*].message}"]);
        return text.includes("Readiness probe failed: HTTP probe failed with statuscode: 503") && text;
      });
      assert.match(events, /statuscode: 503/);
      const [endpoint] = await endpoints(namespace, "web");
      assert.equal(endpoint?.conditions.ready, false);
    }));

  it("keeps a terminating endpoint serving, not ready", () =>
    withNamespace(async (namespace) => {
      const web = webPod("web", { env: { TERM_DELAY: "20s" }, pod: { terminationGracePeriodSeconds: 25 } });
      await apply(namespace, [web, service("web")]);
      await running(namespace, "web");
      await eventually(async () => (await endpoints(namespace, "web"))[0]?.conditions.ready === true);
      await kubectl(["-n", namespace, "delete", "pod", "web", "--wait=false"]);
      const conditions = await eventually(async () => {
        const [endpoint] = await endpoints(namespace, "web");
        return endpoint?.conditions.terminating === true && endpoint.conditions;
      });
      assert.deepEqual(conditions, { ready: false, serving: true, terminating: true });
    }));

  it("shows CrashLoopBackOff", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web", { env: { CRASH_AFTER: "1ms", CRASH_MESSAGE: "no database" } })]);
      await saysOf(namespace, "web", "CrashLoopBackOff");
      assert.match(await kubectl(["-n", namespace, "logs", "web", "--previous"]), /no database/);
    }));

  it("shows ImagePullBackOff", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web", { container: { image: "nowhere.netcheck.test/none:1" } })]);
      await saysOf(namespace, "web", "ImagePullBackOff");
    }));

  it("shows OOMKilled", () =>
    withNamespace(async (namespace) => {
      const container = { resources: { limits: { memory: "24Mi" } } };
      await apply(namespace, [webPod("web", { env: { ALLOCATE_MB: "64" }, container })]);
      await saysOf(namespace, "web", "OOMKilled");
    }));

  it("leaves a pod that fits on no node Pending", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web", { container: { resources: { requests: { memory: "4Ti" } } } })]);
      const reason = await eventually(async () => {
        const { status } = await pod(namespace, "web");
        return status.conditions?.find(({ type }) => type === "PodScheduled")?.reason;
      });
      assert.equal(reason, "Unschedulable");
      assert.equal((await pod(namespace, "web")).status.phase, "Pending");
    }));

  it("refuses a privileged pod in a restricted namespace", () =>
    withNamespace(
      async (namespace) => {
        const privileged = probePod("root", {
          containers: [{ name: "c", image: images.probe, securityContext: { privileged: true } }],
        });
        const refused = await kubectlRun(["-n", namespace, "apply", "-f", "-"], JSON.stringify(privileged));
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /violates PodSecurity "restricted:latest": privileged/);
      },
      ["pod-security.kubernetes.io/enforce=restricted"],
    ));

  it("refuses what a service account has no role for", () =>
    withNamespace(async (namespace) => {
      const as = `--as=system:serviceaccount:${namespace}:default`;
      const { code, stderr } = await kubectlRun(["-n", namespace, "get", "pods", as]);
      assert.equal(code, 1);
      assert.match(stderr, /Forbidden/);
    }));

  it("rolls a Deployment out on more than one node and answers by name", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [
        webDeployment("web", { replicas: 2, pod: spread("web") }),
        service("web"),
        probePod("probe"),
      ]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      await running(namespace, "probe");
      const { items } = await kubectlJson<{ items: Pod[] }>(["-n", namespace, "get", "pods", "-l", "app=web"]);
      assert.equal(new Set(items.map(({ spec }) => spec.nodeName)).size, 2);
      for (const { status } of items) {
        assert.equal((await curlFrom(namespace, "probe", `http://${status.podIP}:8080/`)).code, 0);
      }
      for (const name of ["web", `web.${namespace}`, `web.${namespace}.svc.cluster.local`]) {
        assert.match((await curlFrom(namespace, "probe", `http://${name}/`)).stdout, /^pod=web-/m);
      }
      assert.equal((await curlFrom(namespace, "probe", `http://absent.${namespace}/`)).code, 6);
    }));
});

const spread = (app: string): object => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app } },
    },
  ],
});

interface Endpoint {
  conditions: { ready?: boolean; serving?: boolean; terminating?: boolean };
}

async function endpoints(namespace: string, name: string): Promise<Endpoint[]> {
  const select = ["-l", `kubernetes.io/service-name=${name}`];
  const { items } = await kubectlJson<{ items: { endpoints?: Endpoint[] | null }[] }>([
    ...["-n", namespace, "get", "endpointslices"],
    ...select,
  ]);
  return items.flatMap((slice) => slice.endpoints ?? []);
}

/** Body of GET / through `kubectl port-forward` to port 8080, which chooses the local port itself. */
async function throughPortForward(namespace: string, name: string): Promise<string> {
  const child = spawn(
    target.kubectl,
    ["--kubeconfig", target.kubeconfig, "-n", namespace, "port-forward", `pod/${name}`, ":8080", "--address=127.0.0.1"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.on("exit", () => reject(new Error("port-forward ended")));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(text)?.[1];
        if (found) resolve(found);
      });
    });
    return await (await fetch(`http://127.0.0.1:${port}/`)).text();
  } finally {
    child.kill();
  }
}
