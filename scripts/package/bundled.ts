/** Which packages went into the bundle, read off esbuild's account of its inputs: for the licence notices and the bill of materials. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** The text of its licence file; "" when it has none. */
  readonly text: string;
}

/** The packages of `inputs` (paths below the repository), by name. Throws for one without a licence, which must not be shipped. */
export function bundledPackages(inputs: readonly string[]): readonly BundledPackage[] {
  const folders = inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)]
    .map((folder) => {
      const about = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as {
        readonly name: string;
        readonly version: string;
        readonly license?: string;
      };
      if (about.license === undefined) throw new Error(`${about.name} names no licence`);
      return { name: about.name, version: about.version, licence: about.license, text: licenceText(folder) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function licenceText(folder: string): string {
  const path = join(ROOT, folder);
  const file = existsSync(path)
    ? readdirSync(path).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name))
    : undefined;
  return file === undefined ? "" : readFileSync(join(path, file), "utf8").trim();
}

/** What goes into THIRD-PARTY-NOTICES.txt: each package with its licence, then node with everything that node bundles. */
export function notices(packages: readonly BundledPackage[], nodeVersion: string, nodeLicence: string): string {
  const part = (title: string, text: string): string => `${"=".repeat(80)}\n${title}\n${"=".repeat(80)}\n\n${text}\n`;
  return [
    "kubectl-netcheck contains the following software.\n",
    ...packages.map(({ name, version, licence, text }) =>
      part(`${name} ${version} (${licence})`, text === "" ? `Licensed under ${licence}.` : text),
    ),
    part(`Node.js ${nodeVersion}`, nodeLicence.trim()),
  ].join("\n");
}

/** The bill of materials: CycloneDX 1.6 as JSON, without a time or a random serial number, so that two builds agree. */
export function billOfMaterials(
  own: { readonly version: string; readonly commit: string },
  packages: readonly BundledPackage[],
  bases: readonly { readonly name: string; readonly version: string; readonly integrity: string }[],
): string {
  const purl = (name: string, version: string): string => `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  const licences = (licence: string): object[] =>
    /\s/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }];
  const self = `pkg:npm/kubectl-netcheck@${own.version}`;
  const components = [
    ...packages.map(({ name, version, licence }) => ({
      type: "library",
      "bom-ref": purl(name, version),
      name,
      version,
      purl: purl(name, version),
      licenses: licences(licence),
    })),
    ...bases.map(({ name, version, integrity }) => ({
      type: "application",
      "bom-ref": purl(name, version),
      name,
      version,
      description: "Node.js, the base of the executable for one platform",
      purl: purl(name, version),
      licenses: licences("MIT"),
      hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") }],
    })),
  ];
  return `${JSON.stringify(
    {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        component: {
          type: "application",
          "bom-ref": self,
          name: "kubectl-netcheck",
          version: own.version,
          purl: self,
          licenses: licences("Apache-2.0"),
          properties: [{ name: "netcheck:commit", value: own.commit }],
        },
      },
      components,
      dependencies: [{ ref: self, dependsOn: components.map((one) => one["bom-ref"]) }],
    },
    null,
    2,
  )}\n`;
}
