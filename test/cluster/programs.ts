/** Everything that is built or fetched once, in the order that lets the longest work start first. */
import { goPrograms } from "./binaries.ts";
import type { Programs } from "./daemons.ts";
import { debianPrograms } from "./debian.ts";
import { gatewayDefinitions } from "./gateway.ts";
import { imageArchives } from "./images.ts";

/** Builds what is missing from the cache and says where everything is. */
export async function ensurePrograms(log: (line: string) => void): Promise<Programs> {
  const debian = await debianPrograms(log);
  return {
    kubernetes: await goPrograms("kubernetes", log),
    etcd: await goPrograms("etcd", log),
    containerd: await goPrograms("containerd", log),
    cni: await goPrograms("cni", log),
    coredns: await goPrograms("coredns", log),
    bed: await goPrograms("bed", log),
    debianBin: debian.bin,
    imageArchives: await imageArchives(log),
    gatewayDefinitions: await gatewayDefinitions(),
  };
}
