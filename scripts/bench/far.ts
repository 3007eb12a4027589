/**
 * `node scripts/bench/far.ts KUBECONFIG OUT MS`: the API server of KUBECONFIG as from MS milliseconds away (there and back), on a port of loopback; OUT is the
 * kubeconfig for that. Prints `ready` and serves until it is ended. A process of its own: the bench waits for those that it measures.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { dump, load } from "js-yaml";

interface KubeconfigFile {
  readonly clusters: readonly { readonly cluster: { server: string; "tls-server-name"?: string } }[];
}

/** Passes on what comes, each piece as late as the way takes, and in its order, whichever timer fires first. */
function relay(from: Socket, to: Socket, late: () => number): void {
  const pieces: (Buffer | undefined)[] = [];
  const arrive = (): void => {
    const piece = pieces.shift();
    if (piece === undefined) to.end();
    else to.write(piece);
  };
  const leave = (piece: Buffer | undefined): void => {
    pieces.push(piece);
    setTimeout(arrive, late());
  };
  from.on("data", leave);
  from.on("end", () => leave(undefined));
  from.on("error", () => to.destroy());
}

const [kubeconfig = "", out = "", ms = "20"] = process.argv.slice(2);
const oneWay = Number(ms) / 2;
const config = load(readFileSync(kubeconfig, "utf8")) as KubeconfigFile;
const cluster = config.clusters[0]?.cluster;
if (cluster === undefined) throw new Error(`${kubeconfig}: no cluster`);
const target = new URL(cluster.server);

const server = createServer({ noDelay: true }, (near) => {
  const opened = performance.now();
  const far = connect({ host: target.hostname, port: Number(target.port || 443), noDelay: true });
  // The client's side of the connection stands at once; over a real way its first word would wait for the handshake, there and back.
  relay(near, far, () => oneWay + Math.max(0, opened + 2 * oneWay - performance.now()));
  relay(far, near, () => oneWay);
});
server.listen(0, "127.0.0.1", () => {
  cluster.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cluster["tls-server-name"] ??= target.hostname;
  writeFileSync(out, dump(config), { mode: 0o600 });
  process.stdout.write("ready\n");
});
