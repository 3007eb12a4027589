/** Counts packets of the cluster's ranges that pass the interfaces of a network namespace; listens only. */
import { spawn } from "node:child_process";
import { clusterRanges } from "../../cluster/layout.ts";

export interface PacketCount {
  /** All IPv4 packets but loopback's. */
  readonly seen: number;
  /** Those from or to a range of the cluster. */
  readonly hits: number;
  readonly first?: string;
}

/**
 * Listens until the returned function is called, which gives the count.
 * @param argv how the `bed` program is started: its path, behind `nsenter …` for another namespace than our own
 */
export async function sniff(argv: readonly [string, ...string[]]): Promise<() => Promise<PacketCount>> {
  const [program, ...args] = argv;
  // It ends with its stdin, and so also when we are killed.
  const child = spawn(program, [...args, "sniff", ...clusterRanges], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => reject(new Error("The packet counter did not start.")));
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      resolve();
    });
  });
  return async () => {
    child.stdin.end();
    await exited;
    return JSON.parse(text.slice(text.indexOf("{"))) as PacketCount;
  };
}
