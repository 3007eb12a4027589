/** The images of the test bed, as archives in the cache. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { goPrograms } from "./binaries.ts";
import { built, fingerprint } from "./cache.ts";
import { type DebianPrograms, debianPrograms } from "./debian.ts";
import { addIngressNginx } from "./images-ingress-nginx.ts";
import { images } from "./layout.ts";
import { Layer, writeImage } from "./oci.ts";
import { must } from "./proc.ts";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Folder of image archives, built on first use from the programs they hold. */
export async function imageArchives(log: (line: string) => void): Promise<string> {
  const [bed, coredns, netpol, ingressNginx, traefik, debian] = [
    await goPrograms("bed", log),
    await goPrograms("coredns", log),
    await goPrograms("netpol", log),
    await goPrograms("ingressNginx", log),
    await goPrograms("traefik", log),
    await debianPrograms(log),
  ];
  const sources = ["images.ts", "images-ingress-nginx.ts", "images", "oci.ts"].map((file) =>
    join(import.meta.dirname, file),
  );
  const key = fingerprint([bed, coredns, netpol, ingressNginx, traefik, debian.root, JSON.stringify(images)], sources);
  return built("images", key, async (into) => {
    log("making images (once)");
    const save = (name: keyof typeof images, layer: Layer, config: Parameters<typeof writeImage>[3]): void =>
      writeImage(join(into, `${name}.tar`), images[name], layer, config);

    save("pause", new Layer().copy(join(bed, "pause"), "pause"), { Entrypoint: ["/pause"], User: "65535:65535" });
    save("web", (await shellLayer(debian)).copy(join(bed, "web"), "web"), {
      Entrypoint: ["/web"],
      Env: [path],
      ExposedPorts: { "8080/tcp": {} },
    });
    save("webDistroless", new Layer().copy(join(bed, "web"), "web"), { Entrypoint: ["/web"], User: "65532:65532" });
    save("coredns", new Layer().copy(join(coredns, "coredns"), "coredns"), { Entrypoint: ["/coredns"] });
    save("netpol", await policyLayer(debian, netpol), { Entrypoint: ["/bin/kube-router-netpol"], Env: [path] });

    save("traefik", new Layer().folder("tmp", 0o1777).copy(join(traefik, "traefik"), "traefik"), {
      Entrypoint: ["/traefik"],
    });
    const nginx = await shellLayer(debian);
    await addIngressNginx(nginx, debian, ingressNginx, (from, to) => withLibraries(nginx, debian, from, to));
    save("ingressNginx", nginx, { Cmd: ["/nginx-ingress-controller"], Env: [path] });

    const probe = await shellLayer(debian);
    await withLibraries(probe, debian, join(debian.root, "usr/bin/curl"), "usr/bin/curl");
    probe.file("entrypoint.sh", '#!/bin/sh\ncase "$1" in -*|"") set -- curl "$@";; esac\nexec "$@"\n', 0o755);
    // The published image names its user instead of numbering it, which `runAsNonRoot` alone refuses; so does this one.
    save("probe", probe, { Entrypoint: ["/entrypoint.sh"], Cmd: ["curl"], User: "curl_user", Env: [path] });
  });
}

/** busybox with all its names, the usual folders and users. Its wget crashes when static: use curl. */
async function shellLayer(debian: DebianPrograms): Promise<Layer> {
  const layer = new Layer();
  for (const dir of ["proc", "sys", "dev", "etc", "root", "run", "var/run", "usr/sbin", "sbin"]) layer.folder(dir);
  layer.folder("tmp", 0o1777).folder("home/curl_user", 0o755, 100);
  const users = [
    "root:x:0:0::/root:/bin/sh",
    "curl_user:x:100:101::/home/curl_user:/bin/sh",
    "nobody:x:65534:65534::/:/bin/false",
  ];
  layer.file("etc/passwd", `${users.join("\n")}\n`);
  layer.file("etc/group", "root:x:0:\ncurl_group:x:101:\nwww-data:x:33:\nnogroup:x:65534:\n");
  layer.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  const busybox = ["bin/busybox", "usr/bin/busybox"].map((file) => join(debian.root, file)).find(existsSync);
  if (!busybox) throw new Error("busybox-static holds no busybox");
  layer.copy(busybox, "bin/busybox");
  for (const name of (await must(busybox, ["--list"])).split("\n")) {
    if (name !== "" && name !== "busybox") layer.link(`bin/${name}`, "/bin/busybox");
  }
  return layer;
}

/** kube-router's policy engine with the iptables and ipset that it calls. */
async function policyLayer(debian: DebianPrograms, netpol: string): Promise<Layer> {
  const layer = (await shellLayer(debian)).copy(join(netpol, "kube-router-netpol"), "bin/kube-router-netpol");
  // The legacy variant: kube-router saves and restores a whole table, kube-proxy writes its own (nft) one at the same time.
  const iptables = "usr/sbin/xtables-legacy-multi";
  await withLibraries(layer, debian, join(debian.root, iptables), iptables);
  await withLibraries(layer, debian, join(debian.root, "usr/sbin/ipset"), "usr/sbin/ipset");
  const modules = "usr/lib/x86_64-linux-gnu/xtables";
  for (const file of readdirSync(join(debian.root, modules))) {
    if (/^lib(xt|ipt)_/.test(file)) layer.copy(join(debian.root, modules, file), join(modules, file), 0o644);
  }
  for (const name of ["iptables", "iptables-save"]) layer.link(`usr/sbin/${name}`, "xtables-legacy-multi");
  // kube-router answers forbidden traffic with "port unreachable"; the engines of the managed clouds drop it silently, and
  // the difference is what a user sees (refused against time-out). Its one REJECT rule per pod is made a DROP here.
  const drop = "/rule to REJECT traffic destined for POD/s/-j REJECT.*/-j DROP/";
  const restore = `#!/bin/sh\nsed '${drop}' | /${iptables} iptables-restore "$@"\n`;
  return layer.file("usr/sbin/iptables-restore", restore, 0o755);
}

/** Adds a program with the libraries that the loader names for it, each under its own path. */
async function withLibraries(layer: Layer, debian: DebianPrograms, from: string, to: string): Promise<void> {
  const listing = await must("ldd", [from], { env: { ...process.env, LD_LIBRARY_PATH: debian.libraries } });
  layer.copy(from, to);
  for (const [, library = ""] of listing.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    layer.copy(library, library.startsWith(debian.root) ? library.slice(debian.root.length) : library);
  }
}
