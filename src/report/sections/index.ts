import type { Section } from "../../model/report.ts";
import type { SectionInput } from "./context.ts";
import { ingressSections } from "./ingress.ts";
import { podSections } from "./pods.ts";
import { probeSections, socketSections } from "./probes.ts";
import { serviceSections } from "./service.ts";

/** The tables of the answer as data, in the order in which they are printed: what was asked for first, what stands behind it after. */
export function sectionsOf(input: SectionInput): readonly Section[] {
  return [
    ...ingressSections(input),
    ...serviceSections(input),
    ...podSections(input),
    ...socketSections(input),
    ...probeSections(input),
  ];
}
