import type { Query } from "../model/resources.ts";
import type { TargetRequest } from "../model/target.ts";
import { ingressQueries } from "./plan/ingress.ts";
import type { Known } from "./plan/known.ts";
import { podQueries } from "./plan/pod.ts";
import { policyQueries } from "./plan/policy.ts";
import { svcQueries } from "./plan/svc.ts";

/**
 * Every query that the target warrants, given what is known so far (`now` in ms, for what depends on age). Pure and growing: the runner asks
 * those it has not asked yet, and calls again until nothing new comes. Live cluster, dump and fake run the same plan, so they see the same.
 */
export function warranted(request: TargetRequest, known: Known, now: number): readonly Query[] {
  return [...own(request, known, now), ...policyQueries(request, known)];
}

function own(request: TargetRequest, known: Known, now: number): readonly Query[] {
  switch (request.kind) {
    case "pod":
      return podQueries(request, known, now);
    case "svc":
      return svcQueries(request, known, now);
    case "ingress":
      return ingressQueries(request, known, now);
  }
}
