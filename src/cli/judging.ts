/** Everything that only judging needs, in one module: `run.ts` loads it while the cluster's first answers are under way. */
import { runChecks } from "../checks/engine.ts";
import { CHECKS } from "../checks/index.ts";
import type { Report } from "../model/report.ts";
import { DEFAULT_SETTINGS } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { buildReport } from "../report/build.ts";
import { judgedOf } from "./scopes.ts";
import { viaController } from "./via-controller.ts";
import { withinAsked } from "./within-asked.ts";

/** Judges everything that the request names. Pure. */
export function reportsOf(request: TargetRequest, snapshot: Snapshot): readonly Report[] {
  return judgedOf(request, snapshot).map((judged) => {
    const own = runChecks(CHECKS, judged.snapshot, judged.scope, DEFAULT_SETTINGS);
    const ran = [...withinAsked(own, judged.scope), ...viaController(CHECKS, judged, DEFAULT_SETTINGS)];
    return buildReport({ snapshot: judged.snapshot, scope: judged.scope, target: judged.target, ran });
  });
}
