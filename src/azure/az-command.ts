/** How the user's az is started, on each platform. Pure: what there is on the disk is asked through `exists`. */
import { posix, win32 } from "node:path";

export interface AzCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Windows only: the arguments are one command line already, to be passed on as it stands. */
  readonly verbatim: boolean;
}

export interface Surroundings {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
}

/**
 * The program and arguments that run az with `args`, which hold nothing but letters, digits and `_ . / : ( ) -`. Undefined when az is not on the PATH.
 *
 * On Windows az is a batch file, which only cmd.exe can run: `/d` keeps it from running other programs first, `/s` and the outer quotes make it take the
 * rest as it is. It is named by its full path, since cmd.exe looks into the current folder before the PATH, and that folder may be anybody's.
 */
export function azCommand(
  program: string | undefined,
  args: readonly string[],
  { platform, env, exists }: Surroundings,
): AzCommand | undefined {
  if (platform !== "win32") {
    const file = program ?? onPath("az", env["PATH"], posix, ":", exists);
    return file === undefined ? undefined : { file, args, verbatim: false };
  }
  // Names of variables know no case there.
  const value = (name: string): string | undefined =>
    Object.entries(env).find(([key]) => key.toLowerCase() === name)?.[1];
  const file = program ?? onPath("az.cmd", value("path"), win32, ";", exists);
  if (file === undefined) return undefined;
  const line = [file, ...args].map((word) => `"${word}"`).join(" ");
  return { file: value("comspec") ?? "cmd.exe", args: ["/d", "/s", "/c", `"${line}"`], verbatim: true };
}

/** The file in the folders of a PATH. Relative folders are passed over: they mean another place wherever one stands. */
function onPath(
  name: string,
  path: string | undefined,
  { join, isAbsolute }: Pick<typeof posix, "join" | "isAbsolute">,
  separator: string,
  exists: (path: string) => boolean,
): string | undefined {
  const folders = (path ?? "").split(separator).map((folder) => folder.replace(/^"(.*)"$/, "$1"));
  return folders
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(exists);
}
