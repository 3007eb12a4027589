import type { Io } from "../io.ts";
import type { JudgeOptions } from "../options.ts";
import { judge } from "../run.ts";
import { svcSelection } from "../target.ts";

/** `netcheck svc [NAME] [--port P]`. */
export async function svcCommand(
  name: string | undefined,
  port: string | undefined,
  options: JudgeOptions,
  io: Io,
): Promise<number> {
  const selection = svcSelection(name);
  return judge(
    options,
    (namespace) => ({ kind: "svc", namespace, selection, ...(port === undefined ? {} : { port }) }),
    io,
  );
}
