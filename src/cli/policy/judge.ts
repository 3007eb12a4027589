import { UserError } from "../../errors.ts";
import type { FlowAnswer, FlowBrief, FlowReport, PolicyEngine, Verdict } from "../../model/flow-report.ts";
import { type FlowLine, judgeLines, parseFlowLine, type Unread } from "../../policy/batch.ts";
import type { EndpointRef } from "../../policy/endpoints.ts";
import { explainFlow } from "../../policy/flow.ts";
import { worstVerdict } from "../../policy/match.ts";
import { readText } from "../azure/read-text.ts";
import { warn } from "../complain.ts";
import { EXIT } from "../exit.ts";
import { type Io, styleOf } from "../io.ts";
import { open } from "../open.ts";
import type { JudgeOptions } from "../options.ts";
import { Ends, refOfText } from "./ends.ts";
import { type FlowWorld, readWorld } from "./read.ts";

export interface PolicyOptions {
  readonly judging: JudgeOptions;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly port: string | undefined;
  readonly protocol: string;
  /** A file of JSON lines, `-` for standard input. */
  readonly flows: string | undefined;
  readonly engine: PolicyEngine | undefined;
}

const EXITS: Readonly<Record<Verdict, number>> = { allow: EXIT.fine, deny: EXIT.broken, unknown: EXIT.unknown };

/**
 * Judges one flow, or every line of a file. Exit code 0 when all are allowed, 1 when one is denied, 3 when one is unknown and none denied, 2
 * when a line is no flow or names what does not exist. Throws UserError.
 */
export async function policyCommand(options: PolicyOptions, io: Io): Promise<number> {
  const { flows, from, to } = options;
  if (flows !== undefined) {
    if (from !== undefined || to !== undefined) throw new UserError("give --flows or --from and --to, not both");
    if (flows === "-" && options.judging.files.includes("-")) {
      throw new UserError("standard input can hold the flows or the dump, not both");
    }
    const lines = (await readText(flows, io)).split("\n");
    return within(options, io, (opened) => manyFlows(lines, opened, options, io));
  }
  if (from === undefined || to === undefined) {
    throw new UserError("name both ends of the flow with --from and --to", [
      "kubectl netcheck policy --from shop/client-7d4b --to shop/svc/web --port 80",
      "An end is POD, NS/POD, TYPE/NAME, NS/TYPE/NAME or an IP address.",
    ]);
  }
  return within(options, io, (opened) => oneFlow({ from, to }, opened, options, io));
}

type Opened = Awaited<ReturnType<typeof open>>;

async function within(options: PolicyOptions, io: Io, use: (opened: Opened) => Promise<number>): Promise<number> {
  const opened = await open(options.judging, io);
  try {
    warn(io, opened.issues);
    return await use(opened);
  } finally {
    opened.close();
  }
}

async function manyFlows(texts: readonly string[], opened: Opened, options: PolicyOptions, io: Io): Promise<number> {
  const lines = texts.map(parseFlowLine).filter((line): line is FlowLine => typeof line !== "string");
  const named = new Set(lines.flatMap(({ from, to }) => [from, to]));
  const refs = [...named].map((text) => refOfText(text, opened.namespace));
  const known = refs.filter((ref): ref is EndpointRef => typeof ref !== "string");
  const read = await readWorld(opened.source, known, options.engine);
  const answers = judgeLines(read.world, texts, new Ends(read, opened.namespace));
  const { escapeQuoted } = await import("../../render/sanitise.ts");
  io.out(answers.map((answer) => `${escapeQuoted(answer, "json")}\n`).join(""));
  const verdicts = answers.map((answer) => (JSON.parse(answer) as { readonly verdict?: Verdict }).verdict);
  if (verdicts.includes(undefined)) return EXIT.failed;
  return EXITS[worstVerdict(verdicts.flatMap((verdict) => verdict ?? []))];
}

async function oneFlow(
  { from, to }: { readonly from: string; readonly to: string },
  opened: Opened,
  options: PolicyOptions,
  io: Io,
): Promise<number> {
  const refs = [from, to].map((text) => refOfText(text, opened.namespace));
  const wrong = refs.find((ref): ref is string => typeof ref === "string");
  if (wrong !== undefined) throw new UserError(wrong);
  const read = await readWorld(opened.source, refs as readonly EndpointRef[], options.engine);
  const answer = answerOf({ from, to }, read, opened, options);
  await print(answer, options, io);
  return EXITS[answer.verdict];
}

function answerOf(
  { from, to }: { readonly from: string; readonly to: string },
  read: FlowWorld,
  opened: Opened,
  options: PolicyOptions,
): FlowAnswer {
  const { protocol, port } = options;
  const ends = new Ends(read, opened.namespace);
  const sources = ends.sources(from);
  const targets = ends.targets(to, port, protocol);
  for (const found of [sources, targets]) if (typeof found === "string") throw new UserError(found);
  const around = {
    source: opened.source.source.from,
    engineEvidence: read.engineEvidence,
    unread: read.unread,
  } as const;
  const open = [sources, targets].find((found): found is Unread => typeof found === "object" && "unread" in found);
  if (open !== undefined || !Array.isArray(sources) || !Array.isArray(targets)) {
    const flow = { from, to, protocol, port: Number(port) || 0 };
    return {
      apiVersion: "netcheck/v1",
      kind: "FlowReport",
      ...unanswered(flow, open?.unread ?? "", read),
      others: [],
      ...around,
    };
  }
  const reports = sources.flatMap((source) =>
    targets.map((target) => explainFlow(read.world, { from: source, to: target.end, protocol, port: target.port })),
  );
  const verdict = worstVerdict(reports.map((report) => report.verdict));
  const worst = reports.find((report) => report.verdict === verdict);
  if (worst === undefined) throw new UserError(`${from} leads to no pod: name a pod or an address`);
  const order: readonly Verdict[] = ["deny", "unknown", "allow"];
  const others = order.flatMap((each) => reports.filter((report) => report !== worst && report.verdict === each));
  return {
    apiVersion: "netcheck/v1",
    kind: "FlowReport",
    ...withUnread(worst, read),
    others: others.map(brief),
    ...around,
  };
}

/** An open verdict names what was refused, unless its reason does so already; all of it stands under `unread`. */
function withUnread(report: FlowReport, { unread }: FlowWorld): FlowReport {
  const [first] = unread;
  const told = unread.some((detail) => report.reason.includes(detail));
  if (report.verdict !== "unknown" || first === undefined || told) return report;
  return { ...report, reason: `${report.reason}; could not be read: ${first}` };
}

function brief({ from, to, port, protocol, verdict, reason }: FlowReport): FlowBrief {
  return { from, to, port, protocol, verdict, reason };
}

function unanswered(
  flow: Pick<FlowReport, "from" | "to" | "port" | "protocol">,
  why: string,
  { world }: FlowWorld,
): FlowReport {
  return {
    ...flow,
    verdict: "unknown",
    policy: null,
    rule: null,
    reason: `an end of the flow could not be read: ${why}`,
    confidence: "possible",
    engine: world.engine,
    onPaper: "unknown",
    families: [],
    notEvaluated: [],
    suggestions: [],
  };
}

async function print(answer: FlowAnswer, options: PolicyOptions, io: Io): Promise<void> {
  const { output, color } = options.judging;
  if (output === "json") io.out((await import("../../render/json.ts")).toJson(answer));
  else if (output === "yaml") io.out((await import("../../render/yaml.ts")).toYaml(answer));
  else {
    const { renderFlow } = await import("../../render/flow.ts");
    io.out(renderFlow(answer, { ...styleOf(io, color), wide: output === "wide" }));
  }
}
