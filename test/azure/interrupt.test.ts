/** Ctrl-C while az is at work: the program ends at once with 130, and az and its children with it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { lb } from "../checks/azure/build.ts";
import { bench } from "../support/kube.ts";
import { ago, node, pod, slice } from "../support/objects.ts";
import { PROVIDER_ID, standIn } from "./stand-in.ts";

const { api } = bench();

/** Whether the process still runs; a zombie does not. */
function running(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("Ctrl-C while az is asked", () => {
  it("ends the program with 130 and leaves no az behind", async () => {
    const NODE = node({ spec: { providerID: PROVIDER_ID } });
    const server = await api({ objects: [lb(), pod(), slice(), NODE], now: ago(0) });
    const az = standIn({ script: 'sleep 600 & echo $! >> "$0.pids"; wait' });
    const argv = ["src/main.ts", "svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath];
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, PATH: `${dirname(az.program)}:/usr/bin:/bin` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const pids = (): readonly number[] => {
      try {
        return readFileSync(`${az.program}.pids`, "utf8").split("\n").filter(Boolean).map(Number);
      } catch {
        return [];
      }
    };
    while (pids().length < 2) await new Promise((go) => setTimeout(go, 20));
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.equal(printed, "");
    while (pids().some(running)) await new Promise((go) => setTimeout(go, 20));
  });
});
