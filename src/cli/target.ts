import { labelMatcher } from "../collect/dump/match.ts";
import { UserError } from "../errors.ts";
import { type Selection, workloadNamed } from "../model/target.ts";
import { urlHint } from "./url-hint.ts";

/** A DNS-1123 subdomain: what the API accepts as the name of any object we judge. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const POD_WORDS = ["pod", "pods", "po"];
const INGRESS_WORDS = ["ingress", "ingresses", "ing"];
const SVC_WORDS = ["svc", "service", "services"];

function checkedName(name: string, argument: string): string {
  if (NAME.test(name) && name.length <= 253) return name;
  const lower = name.toLowerCase();
  throw new UserError(`"${argument}" is not a valid object name`, [
    ...(lower !== name && NAME.test(lower) ? [`Did you mean ${lower}?`] : []),
    "Names hold lower-case letters, digits, '-' and '.'; give NAME or TYPE/NAME.",
  ]);
}

/** Checked here, so that a typing error is told as one and no request is made. The API server still has the last word. */
function checkedSelector(selector: string): string {
  if ("matches" in labelMatcher(selector)) return selector;
  throw new UserError(`"${selector}" is not a label selector`, [
    "As in kubectl: -l app=web,tier!=cache or -l 'env in (dev, test),!legacy'",
  ]);
}

/**
 * `NAME`, `pod/NAME`, `deploy/NAME`, … or, without a name, `-l` or everything.
 * Throws UserError for a type that has no pods, or for a name together with a selector.
 */
export function podSelection(argument: string | undefined, selector: string | undefined): Selection {
  if (argument !== undefined && selector !== undefined) {
    throw new UserError("give a name or -l, not both");
  }
  if (selector !== undefined && selector.trim() !== "") return { by: "labels", selector: checkedSelector(selector) };
  if (argument === undefined) return { by: "all" };
  refuseUrl(argument);
  const [type, name, ...rest] = argument.split("/");
  if (name === undefined) return { by: "name", name: checkedName(argument, argument) };
  if (rest.length > 0 || type === undefined) throw new UserError(`"${argument}" is neither NAME nor TYPE/NAME`);
  if (POD_WORDS.includes(type.toLowerCase())) return { by: "name", name: checkedName(name, argument) };
  const workload = workloadNamed(type);
  if (workload !== undefined) return { by: "workload", workload, name: checkedName(name, argument) };
  const hint = SVC_WORDS.includes(type.toLowerCase()) ? [`For a Service: kubectl netcheck svc ${name}`] : [];
  throw new UserError(`"${type}" is no kind that netcheck pod knows`, [
    ...hint,
    "Known: pod, deployment, statefulset, daemonset, replicaset.",
  ]);
}

function refuseUrl(argument: string): void {
  const hint = urlHint(argument);
  if (hint !== undefined) throw new UserError(`"${argument}" is a URL, not the name of an object`, [hint]);
}

/** `NAME` or `TYPE/NAME` with one of `words` as type, or every object of the kind. Throws UserError for another type. */
function namedSelection(argument: string | undefined, words: readonly string[], kind: string): Selection {
  if (argument === undefined) return { by: "all" };
  refuseUrl(argument);
  const [type, name, ...rest] = argument.split("/");
  if (name === undefined) return { by: "name", name: checkedName(argument, argument) };
  if (rest.length > 0 || type === undefined || !words.includes(type.toLowerCase())) {
    throw new UserError(`"${argument}" does not name ${kind}`, [`Give NAME or ${words[0]}/NAME.`]);
  }
  return { by: "name", name: checkedName(name, argument) };
}

/** `NAME` or `svc/NAME`, or every Service. Throws UserError for another type. */
export function svcSelection(argument: string | undefined): Selection {
  return namedSelection(argument, SVC_WORDS, "a Service");
}

/** `NAME` or `ingress/NAME`, or every Ingress. Throws UserError for another type. */
export function ingressSelection(argument: string | undefined): Selection {
  return namedSelection(argument, INGRESS_WORDS, "an Ingress");
}
