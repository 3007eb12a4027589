/** Facts about the network: services across nodes, policies that drop, addresses and hosts that the outside reaches. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apply, curlFrom, eventually, kubectl, kubectlJson, outside, withNamespace } from "./support/cluster.ts";
import { ingress, probePod, service, webDeployment } from "./support/objects.ts";

interface Service {
  spec: { ports: { nodePort: number }[] };
  status: { loadBalancer: { ingress?: { ip: string }[] } };
}

interface Nodes {
  items: { metadata: { name: string }; status: { addresses: { type: string; address: string }[] } }[];
}

const rolledOut = (namespace: string): Promise<string> =>
  kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
const get = (namespace: string): Promise<Service> => kubectlJson(["-n", namespace, "get", "service", "web"]);

/** A web Deployment and a probe pod, both ready. */
async function webAndProbe(namespace: string, ...more: object[]): Promise<void> {
  await apply(namespace, [webDeployment("web"), probePod("probe"), ...more]);
  await rolledOut(namespace);
  await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod/probe", "--timeout=60s"]);
}

describe("network", { concurrency: true }, () => {
  it("serves a ClusterIP and a NodePort on every node, wherever the pod runs", () =>
    withNamespace(async (namespace) => {
      await webAndProbe(namespace, service("web", { type: "NodePort" }));
      const port = (await get(namespace)).spec.ports[0]?.nodePort;
      const nodes = await kubectlJson<Nodes>(["get", "nodes"]);
      assert.ok(nodes.items.length >= 2);
      const addresses = nodes.items.flatMap(
        ({ status }) => status.addresses.find(({ type }) => type === "InternalIP") ?? [],
      );
      for (const url of ["http://web/", ...addresses.map(({ address }) => `http://${address}:${port}/`)]) {
        const answer = await eventually(async () => {
          const { code, stdout } = await curlFrom(namespace, "probe", url);
          return code === 0 && stdout;
        });
        assert.match(answer, /^pod=web-/m, url);
      }
    }));

  it("drops what a default-deny policy forbids, and passes what an allow matches", () =>
    withNamespace(async (namespace) => {
      await webAndProbe(namespace, service("web"));
      const policy = (name: string, spec: object): object => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name },
        spec: { policyTypes: ["Ingress"], ...spec },
      });
      const code = async (): Promise<number> => (await curlFrom(namespace, "probe", "http://web/")).code;
      await eventually(async () => (await code()) === 0);
      await apply(namespace, [policy("deny", { podSelector: {} })]);
      await eventually(async () => (await code()) === 28, { what: "a time-out by the policy" });
      const from = [{ podSelector: { matchLabels: { app: "probe" } } }];
      await apply(namespace, [policy("allow", { podSelector: { matchLabels: { app: "web" } }, ingress: [{ from }] })]);
      await eventually(async () => (await code()) === 0, { what: "an answer by the allow rule" });
      await apply(namespace, [probePod("stranger")]);
      await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod/stranger", "--timeout=60s"]);
      await eventually(async () => (await curlFrom(namespace, "stranger", "http://web/")).code === 28);
    }));

  it("gives a LoadBalancer an address that the outside client reaches", () =>
    withNamespace(async (namespace) => {
      await webAndProbe(namespace, service("web", { type: "LoadBalancer" }));
      const ip = await eventually(async () => (await get(namespace)).status.loadBalancer.ingress?.[0]?.ip);
      const answer = await eventually(async () => {
        const { code, stdout } = await outside(["curl", "-sS", "-m", "3", `http://${ip}/`]);
        return code === 0 && stdout;
      });
      assert.match(answer, /^pod=web-/m);
    }));

  it("answers an ingress host through the controller, which logs the request", () =>
    withNamespace(async (namespace) => {
      const host = `${namespace}.netcheck.test`;
      await webAndProbe(namespace, service("web"), ingress("web", host, "web"));
      const controller = await controllerAddress();
      const resolve = ["--resolve", `${host}:80:${controller}`];
      const answer = await eventually(async () => {
        const { stdout } = await outside(["curl", "-sS", "-m", "3", ...resolve, `http://${host}/from-outside`]);
        return stdout.includes("pod=web-") && stdout;
      });
      assert.match(answer, new RegExp(`^host=${host}$`, "m"));
      const log = await eventually(async () => {
        const text = await kubectl([
          "-n",
          "ingress-nginx",
          "logs",
          "-l",
          "app.kubernetes.io/component=controller",
          "--tail=200",
        ]);
        return text.split("\n").find((line) => line.includes(`[${namespace}-web-80]`) && line.includes('" 200 '));
      });
      assert.match(log, /"GET \/from-outside HTTP\/1\.1" 200/); // the first ones may be 503: no endpoint known yet
    }));
});

/** Address of the ingress controller's service. */
async function controllerAddress(): Promise<string> {
  const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
  return kubectl(["-n", "ingress-nginx", "get", "service", "ingress-nginx-controller", "-o", path]);
}
