/**
 * ingress-nginx assembled from its Go module, its own Lua code and template, and Debian's nginx with ngx_lua.
 *
 * Debian lacks a few lua-resty libraries (small stand-ins are in images/ingress-nginx) and nginx's stream Lua module, so
 * TCP and UDP services through the controller's ConfigMap are left out of the template.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { goModules } from "./binaries.ts";
import type { DebianPrograms } from "./debian.ts";
import type { Layer } from "./oci.ts";
import { must } from "./proc.ts";

const modules = [
  "ndk_http_module",
  "ngx_http_lua_module",
  "ngx_http_headers_more_filter_module",
  "ngx_http_set_misc_module",
];

/** Adds the controller, nginx, Lua and the template to a layer that has a shell. */
export async function addIngressNginx(
  layer: Layer,
  debian: DebianPrograms,
  programs: string,
  withLibraries: (from: string, to: string) => Promise<void>,
): Promise<Layer> {
  const from = (path: string): string => join(debian.root, path);
  layer.copy(join(programs, "nginx-ingress-controller"), "nginx-ingress-controller");
  await withLibraries(from("usr/sbin/nginx"), "usr/bin/nginx");
  for (const name of modules)
    await withLibraries(from(`usr/lib/nginx/modules/${name}.so`), `etc/nginx/modules/${name}.so`);
  const lua = "usr/lib/x86_64-linux-gnu/lua/5.1";
  await withLibraries(from(`${lua}/cjson.so`), `${lua}/cjson.so`);
  addTree(layer, from("usr/share/lua/5.1"), "usr/share/lua/5.1");
  layer.copy(from("etc/nginx/mime.types"), "etc/nginx/mime.types", 0o644);

  const dir = join(import.meta.dirname, "go", goModules.ingressNginx.module);
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const source = (await must("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/ingress-nginx"], { cwd: dir, env })).trim();
  const rootfs = join(source, "rootfs/etc/nginx");
  addTree(layer, join(rootfs, "lua"), "etc/nginx/lua");
  addTree(layer, join(import.meta.dirname, "images/ingress-nginx"), "etc/nginx/lua");
  layer.file("etc/nginx/template/nginx.tmpl", adapted(readFileSync(join(rootfs, "template/nginx.tmpl"), "utf8")));
  layer.file("etc/nginx/nginx.conf", readFileSync(join(rootfs, "nginx.conf")));
  for (const name of ["ssl", "auth", "geoip", "telemetry"]) layer.folder(`etc/ingress-controller/${name}`, 0o777);
  for (const path of ["tmp/nginx", "var/lib/nginx", "var/log/nginx"]) layer.folder(path, 0o777);
  return layer.link("var/log/nginx/access.log", "/dev/stdout").link("var/log/nginx/error.log", "/dev/stderr");
}

/** The controller's template for Debian's nginx 1.22. Throws when the template is not the one that this was written for. */
function adapted(template: string): string {
  const replace = (text: string, what: RegExp, by: string): string => {
    if (!what.test(text)) throw new Error(`ingress-nginx' template no longer holds ${what}`);
    return text.replace(what, by);
  };
  const load = modules.map((name) => `load_module /etc/nginx/modules/${name}.so;\n`).join("");
  let text = replace(template, /^daemon off;$/m, `${load}\ndaemon off;`);
  // `http2 on` came with nginx 1.25: clients get HTTP/1.1 here.
  text = replace(text, /^\s*http2 on;$/m, "");
  // The controller hands its (empty) list of TCP services to this port and retries until somebody takes it.
  const taker = "    server {\n        listen 127.0.0.1:{{ .StreamPort }};\n        access_log off;\n    }\n}\n";
  return replace(text, /^\}\s*^stream \{[\s\S]*?^\}$/m, taker);
}

function addTree(layer: Layer, from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(from, entry);
    if (statSync(path).isFile() && entry.endsWith(".lua")) layer.copy(path, join(to, relative(from, path)), 0o644);
  }
}
