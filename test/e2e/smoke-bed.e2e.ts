/** Facts about the bed itself: its isolation, its outside client, and what it leaves alone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { net } from "../cluster/layout.ts";
import { must } from "../cluster/proc.ts";
import { runningState } from "../cluster/state.ts";
import { apply, eventually, exec, kubectl, kubectlJson, outside, withNamespace } from "./support/cluster.ts";
import { probePod, service, webDeployment } from "./support/objects.ts";
import { sniff } from "./support/sniff.ts";
import { target } from "./support/target.ts";

if (!target.bed)
  throw new Error("These tests are about the test bed; they cannot run on a cluster of somebody else's.");
const { layout, programs } = target.bed;

const addressOf = async (namespace: string): Promise<string | undefined> => {
  type Service = { status: { loadBalancer: { ingress?: { ip: string }[] } } };
  const { status } = await kubectlJson<Service>(["-n", namespace, "get", "service", "web"]);
  return status.loadBalancer.ingress?.[0]?.ip;
};

describe("the bed", () => {
  it("has no default route in any of its namespaces", async () => {
    const { router, outside: laptop, nodes } = runningState(layout);
    for (const pid of [router, laptop, ...nodes.map((node) => node.pid)]) {
      for (const family of ["-4", "-6"]) {
        const routes = await must("nsenter", ["-t", String(pid), "-n", "ip", family, "route", "show", "default"]);
        assert.equal(routes, "", `namespace of process ${pid}`);
      }
    }
  });

  it("keeps its links and network namespaces out of the machine's own", async () => {
    const links = await must("ip", ["-brief", "link"]);
    for (const name of ["nodes", "laptops", "node1", "laptop"])
      assert.doesNotMatch(links, new RegExp(`^${name}[@ ]`, "m"));
    const routes = await must("ip", ["-4", "route", "show", "table", "all"]);
    for (const range of [net.nodes, net.laptops, net.loadBalancers, net.pods, net.services]) {
      assert.ok(!routes.includes(range), range);
    }
  });

  it("counts packets of its ranges where there are some, so that none on the machine's interfaces means none", async () => {
    const inRouter = ["nsenter", "-t", String(runningState(layout).router), "-n"] as const;
    const count = await sniff([...inRouter, join(programs.bed, "bed")]);
    await outside(["dig", "+short", "+tries=1", "+time=1", `@${net.routerOnLaptops}`, "any.netcheck.test"]);
    const { hits, first } = await count();
    assert.ok(hits > 0);
    assert.match(first ?? "", /^10\./);
  });

  it("answers no name but those of its own zone, outside and in pods", () =>
    withNamespace(async (namespace) => {
      const dig = async (name: string): Promise<string> =>
        (await outside(["dig", "+noall", "+comments", "+answer", name])).stdout;
      assert.match(await dig("any.netcheck.test"), /^any\.netcheck\.test\.\s+5\s+IN\s+A\s+10\.215\.0\.\d+$/m);
      assert.match(await dig("debian.org"), /status: NXDOMAIN/);
      await apply(namespace, [probePod("probe")]);
      await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod/probe", "--timeout=60s"]);
      assert.match(
        (await exec(namespace, "probe", ["nslookup", "any.netcheck.test."])).stdout,
        /Address: 10\.215\.0\.\d+/,
      );
      assert.match((await exec(namespace, "probe", ["nslookup", "debian.org."])).stdout, /can't find debian\.org/);
    }));

  it("has no way from the outside client to pods and ClusterIPs", async () => {
    const { code } = await outside(["curl", "-sS", "-m", "2", `http://${net.apiService}:443/`]);
    assert.equal(code, 7, "no route");
  });

  it("keeps the client's address under externalTrafficPolicy Local", () =>
    withNamespace(async (namespace) => {
      const local = service("web", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
      await apply(namespace, [webDeployment("web"), local]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      const ip = await eventually(() => addressOf(namespace));
      const answer = await eventually(async () => {
        const { code, stdout } = await outside(["curl", "-sS", "-m", "3", `http://${ip}/`]);
        return code === 0 && stdout;
      });
      assert.match(answer, new RegExp(`^from=${net.laptop}:`, "m"));
    }));

  it("drops traffic to a LoadBalancer without ready endpoints under Local", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [service("web", { type: "LoadBalancer", externalTrafficPolicy: "Local" })]);
      const ip = await eventually(() => addressOf(namespace));
      await eventually(async () => (await outside(["curl", "-sS", "-m", "2", `http://${ip}/`])).code !== 0);
    }));

  it("publishes a service under the host name of its annotation", () =>
    withNamespace(async (namespace) => {
      const host = `${namespace}.netcheck.test`;
      await apply(namespace, [service("web", { type: "LoadBalancer" }, { "netcheck.test/hostname": host })]);
      const ip = await eventually(() => addressOf(namespace));
      await eventually(async () => (await outside(["dig", "+short", host])).stdout.trim() === ip);
    }));

  it("leaves services of a foreign class, and those told so, without an address", () =>
    withNamespace(async (namespace) => {
      const foreign = { ...service("web", { type: "LoadBalancer", loadBalancerClass: "example.com/other" }) };
      const quiet = service("quiet", { type: "LoadBalancer" }, { "netcheck.test/no-address": "true" });
      // The one that gets an address comes last: once it has it, the controller has seen the others.
      await apply(namespace, [foreign, quiet, service("last", { type: "LoadBalancer" })]);
      const list = (): Promise<string> =>
        kubectl([
          "-n",
          namespace,
          "get",
          "services",
          "-o",
          "jsonpath={range .items[*]}{.metadata.name}={.status.loadBalancer.ingress[0].ip};{end}",
        ]);
      await eventually(async () => /last=10\.215\.0\.\d+/.test(await list()));
      assert.match(await list(), /quiet=;/);
      assert.match(await list(), /web=;/);
    }));

  it("answers an HTTPRoute through the Gateway of its second controller", () =>
    withNamespace(async (namespace) => {
      const host = `${namespace}.gateway.netcheck.test`;
      const gateway = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: { name: "front" },
        spec: { gatewayClassName: "traefik", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
      };
      const route = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "web" },
        spec: {
          parentRefs: [{ name: "front" }],
          hostnames: [host],
          rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
        },
      };
      await apply(namespace, [webDeployment("web"), service("web"), gateway, route]);
      await kubectl(["-n", namespace, "wait", "--for=condition=Programmed", "gateway/front", "--timeout=60s"]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      const answer = await eventually(async () => {
        const { stdout } = await outside(["curl", "-sS", "-m", "3", `http://${host}/`]);
        return stdout.includes("pod=web-") && stdout;
      });
      assert.match(answer, new RegExp(`^host=${host}$`, "m"));
    }));
});
