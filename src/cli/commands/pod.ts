import type { Io } from "../io.ts";
import type { JudgeOptions } from "../options.ts";
import { judge } from "../run.ts";
import { podSelection } from "../target.ts";

/** `netcheck pod [NAME | TYPE/NAME] [-l SELECTOR]`. */
export async function podCommand(
  target: string | undefined,
  selector: string | undefined,
  options: JudgeOptions,
  io: Io,
): Promise<number> {
  const selection = podSelection(target, selector);
  return judge(options, (namespace) => ({ kind: "pod", namespace, selection }), io);
}
