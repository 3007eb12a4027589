import { decodeRouteTable } from "../../azure/decode.ts";
import { readJson, readNsgFile } from "../../azure/nsg-files.ts";
import { UserError } from "../../errors.ts";
import { type Cidr, parseCidr } from "../../model/cidr.ts";
import type { NetworkContext } from "../../nsg/flow.ts";
import { answerOf, evaluateFlows, type FlowAnswer, type FlowLine, parseFlow } from "../../nsg/flows.ts";
import { describePath, evaluatePath, type NsgPath, type PathVerdict } from "../../nsg/path.ts";
import { decodeServiceTags } from "../../nsg/service-tags.ts";
import { EXIT } from "../exit.ts";

export interface NsgOptions {
  /** One or two files: the subnet's NSG, then the network interface's. */
  readonly nsgFiles: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly port?: string | undefined;
  readonly sourcePort?: string | undefined;
  readonly protocol?: string | undefined;
  readonly direction?: string | undefined;
  /** Prefixes of the virtual network and its peers; comma lists are taken apart. */
  readonly vnet: readonly string[];
  /** Pod CIDRs of an overlay. */
  readonly overlay: readonly string[];
  readonly serviceTags?: string | undefined;
  readonly routeTable?: string | undefined;
  /** A file of JSON lines, each a flow. */
  readonly flows?: string | undefined;
  readonly json: boolean;
}

export interface Printed {
  readonly stdout: string;
  readonly exitCode: number;
}

/**
 * `netcheck azure nsg`: judges one flow, or each of a file, by recorded NSGs. Exit code 0 when all are allowed, 1 when one is denied, 3 when
 * one is unknown, 2 when a line is no flow. Throws UserError for unusable files and options. `readText` reads the flows file.
 */
export async function nsgCommand(options: NsgOptions, readText: (path: string) => Promise<string>): Promise<Printed> {
  const [subnetFile, nicFile, ...more] = options.nsgFiles;
  if (subnetFile === undefined)
    throw new UserError("--nsg-file FILE is missing", [
      "az network nsg show -g RESOURCE_GROUP -n NSG -o json > nsg.json",
    ]);
  if (more.length > 0)
    throw new UserError("--nsg-file is given at most twice: the subnet's NSG, then the network interface's");
  const path: NsgPath = {
    subnet: await readNsgFile(subnetFile),
    ...(nicFile === undefined ? {} : { nic: await readNsgFile(nicFile) }),
  };
  const context = await contextOf(options);
  return options.flows === undefined
    ? oneFlow(options, path, context)
    : manyFlows(await readText(options.flows), path, context, options.json);
}

async function contextOf(options: NsgOptions): Promise<NetworkContext> {
  const { serviceTags, routeTable } = options;
  return {
    vnet: cidrsOf("--vnet", options.vnet),
    overlay: cidrsOf("--overlay", options.overlay),
    ...(serviceTags === undefined ? {} : { serviceTags: decodeServiceTags(await readJson(serviceTags)) }),
    ...(routeTable === undefined ? {} : { routes: decodeRouteTable(await readJson(routeTable)).routes }),
  };
}

function cidrsOf(option: string, values: readonly string[]): readonly Cidr[] {
  const texts = values.flatMap((value) => value.split(/[\s,]+/)).filter((text) => text !== "");
  return texts.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new UserError(`${option} ${text} is no CIDR`, [`${option} 10.224.0.0/12`]);
    return cidr;
  });
}

function oneFlow(options: NsgOptions, path: NsgPath, context: NetworkContext): Printed {
  const flow = parseFlow(options);
  if ("problem" in flow)
    throw new UserError(`--${flow.problem}`, [
      "--from 203.0.113.7 --to 20.62.1.9 --port 80 --protocol TCP [--direction Inbound]",
    ]);
  const verdict = evaluatePath(path, flow, context);
  const answer = answerOf(verdict);
  const exitCode = exitOf([answer]);
  if (options.json) return { stdout: `${JSON.stringify(answer, null, 2)}\n`, exitCode };
  return { stdout: inWords(verdict), exitCode };
}

function manyFlows(text: string, path: NsgPath, context: NetworkContext, json: boolean): Printed {
  const lines = evaluateFlows(text, path, context);
  if (lines.length === 0) throw new UserError("--flows holds no flow", [FLOW_LINE]);
  const verdicts = lines.flatMap((line) => ("said" in line ? [answerOf(line.said)] : []));
  const exitCode = verdicts.length < lines.length ? EXIT.failed : exitOf(verdicts);
  return { stdout: lines.map((line) => (json ? inJson(line) : lineInWords(line))).join(""), exitCode };
}

const FLOW_LINE = 'one a line: {"from": "203.0.113.7", "to": "20.62.1.9", "port": 80, "protocol": "TCP"}';

function inJson(line: FlowLine): string {
  const said = "said" in line ? { line: line.line, ...answerOf(line.said) } : line;
  return `${JSON.stringify(said)}\n`;
}

function lineInWords(line: FlowLine): string {
  if ("problem" in line) return `line ${line.line}: ${line.problem}\n`;
  const { from, to, port, protocol, direction } = line.request;
  const words = [
    direction ?? "Inbound",
    protocol ?? "TCP",
    from,
    "→",
    to,
    ...(port === undefined ? [] : [`port ${port}`]),
  ];
  return `${words.map(String).join(" ")}\n  ${inWords(line.said).trimEnd().replaceAll("\n", "\n  ")}\n`;
}

function inWords(verdict: PathVerdict): string {
  const { reason } = answerOf(verdict);
  return `${verdict.verdict.toUpperCase()}  ${describePath(verdict)}\n${reason === undefined ? "" : `${reason}\n`}`;
}

function exitOf(answers: readonly FlowAnswer[]): number {
  if (answers.some(({ verdict }) => verdict === "Deny")) return EXIT.broken;
  return answers.some(({ verdict }) => verdict === "Unknown") ? EXIT.unknown : EXIT.fine;
}
