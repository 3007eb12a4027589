/** The Gateway API's definitions, from the very module version that Traefik is built with. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goModules } from "./binaries.ts";
import { built, fingerprint } from "./cache.ts";
import { must } from "./proc.ts";

const kinds = ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "referencegrants", "backendtlspolicies"];

/** Path of one YAML file with the definitions of the standard channel. */
export async function gatewayDefinitions(): Promise<string> {
  const dir = join(import.meta.dirname, "go", goModules.traefik.module);
  const at = await built("gateway-api", fingerprint([kinds.join()], [join(dir, "go.sum")]), async (into) => {
    const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
    const module = JSON.parse(
      await must("go", ["mod", "download", "-json", "sigs.k8s.io/gateway-api"], { cwd: dir, env }),
    ) as {
      Dir: string;
    };
    const files = kinds.map((kind) =>
      join(module.Dir, "config/crd/standard", `gateway.networking.k8s.io_${kind}.yaml`),
    );
    writeFileSync(join(into, "definitions.yaml"), files.map((file) => readFileSync(file, "utf8")).join("\n---\n"));
  });
  return join(at, "definitions.yaml");
}
