import type { LabelSelector, Labels } from "../model/kube.ts";
import { matchesSelector } from "../model/selectors.ts";

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

/** One requirement of a selector as a selector of its own, with its text in kubectl's words. */
interface Requirement {
  readonly key: string;
  readonly text: string;
  readonly selector: LabelSelector;
}

function describeExpression(expression: Expression): string {
  const key = expression.key ?? "";
  const values = (expression.values ?? []).join(",");
  switch (expression.operator) {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return `${key} ${expression.operator ?? "?"} (${values})`;
  }
}

/** The single requirements of a selector, labels first. They are ANDed. */
function requirements(selector: LabelSelector): readonly Requirement[] {
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
      key,
      text: `${key}=${value}`,
      selector: { matchLabels: { [key]: value } } as LabelSelector,
    })),
    ...(selector.matchExpressions ?? []).map((expression) => ({
      key: expression.key ?? "",
      text: describeExpression(expression),
      selector: { matchExpressions: [expression] },
    })),
  ];
}

/** The label keys that a selector asks about. */
export function selectorKeys(selector: LabelSelector): readonly string[] {
  return requirements(selector).map((requirement) => requirement.key);
}

/** A selector as kubectl prints it: `app=web,env notin (prod)`; `everything` for the empty one. */
export function describeSelector(selector: LabelSelector): string {
  const texts = requirements(selector).map((requirement) => requirement.text);
  return texts.length === 0 ? "everything" : texts.join(",");
}

/** Each requirement that `labels` does not meet: `label app: wants app=web, is "api"`. Empty when the selector matches. */
export function selectorDiff(selector: LabelSelector, labels: Labels): readonly string[] {
  return requirements(selector)
    .filter((requirement) => !matchesSelector(requirement.selector, labels))
    .map(({ key, text }) => {
      const found = Object.hasOwn(labels, key) ? `is "${labels[key]}"` : "is missing";
      return `label ${key}: wants ${text}, ${found}`;
    });
}
