import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { Nsg } from "../model/nsg.ts";
import { decodeNsgs } from "../nsg/decode.ts";
import { type AzureCollections, allUnavailable } from "./discover.ts";

/** Reads one NSG from a file of az or ARM JSON. Throws UserError when the file cannot be read or holds none, or several. */
export async function readNsgFile(path: string): Promise<Nsg> {
  const decoded = decodeNsgs(await readJson(path));
  const hint = "az network nsg show -g RESOURCE_GROUP -n NSG -o json > FILE";
  if (decoded.state === "malformed") throw new UserError(`${path}: ${decoded.problem}`, [hint]);
  const [nsg, ...others] = decoded.nsgs;
  if (nsg === undefined || others.length > 0)
    throw new UserError(
      `${path} holds ${decoded.nsgs.length} network security groups (${decoded.nsgs.map(({ name }) => name).join(", ")}): give one`,
      [hint],
    );
  return nsg;
}

/** An id that no file has: what is attached there is not known. */
const NOT_GIVEN = "file:1:not given";

/** Parsed JSON of a file. Throws UserError. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot read ${path}: ${code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "")}`,
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UserError(`${path} is no JSON`, ["az … -o json > FILE"]);
  }
}

/**
 * The Azure part of a snapshot from `--nsg-file`: the subnet's NSG, then the network interfaces'. Everything else stays unknown, so the latter when it is not
 * given: AKS always attaches one, and a verdict without it would be half of one. Throws UserError.
 */
export async function fromNsgFiles(paths: readonly string[]): Promise<AzureCollections> {
  if (paths.length > 2)
    throw new UserError("--nsg-file takes two files at most: the subnet's NSG, then the network interfaces'");
  const read = await Promise.all(paths.map(readNsgFile));
  const nsgs = read.map((nsg, i): Nsg => ({ ...nsg, id: `file:${i}:${nsg.id.toLowerCase()}` }));
  const subnet = {
    id: "file:subnet",
    name: "of --nsg-file",
    vnet: "",
    prefixes: [],
    nsg: nsgs[0]?.id ?? null,
    routeTable: null,
  };
  return {
    ...allUnavailable("not-requested", "only NSG files were given"),
    azurePools: {
      state: "ok",
      items: [{ name: "nodes", nodes: [], nsg: nsgs[1]?.id ?? NOT_GIVEN, subnets: [subnet.id] }],
    },
    azureSubnets: { state: "ok", items: [subnet] },
    azureNsgs: {
      state: "ok",
      items: nsgs,
      ...(nsgs.length === 2
        ? {}
        : { gaps: ["the NSG of the network interfaces was not given; next: give --nsg-file a second time, with it"] }),
    },
  };
}
