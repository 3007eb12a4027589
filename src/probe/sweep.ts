import { type Api, type Json, jobsPath, listOf, parsed, podsPath, textOf, within } from "./api.ts";
import { refusalOf } from "./refusal.ts";
import { OURS, RUN_LABEL } from "./spec.ts";
import { remove } from "./testpod.ts";

/** Something of ours that is still there. */
export interface Leftover {
  readonly kind: "Job" | "Pod";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since it was created, by the server's clock. */
  readonly age: number;
}

/** Older than this, nobody is waiting for it any more: a test pod is stopped after a minute and a half. */
export const LEFT_BEHIND = 10 * 60 * 1000;

/** Our Jobs and pods in a namespace ("" for all). Throws an Error with the server's words when they may not be listed. */
export async function leftovers(api: Api, namespace: string): Promise<readonly Leftover[]> {
  const paths = [
    ["Job", namespace === "" ? "/apis/batch/v1/jobs" : jobsPath(namespace)],
    ["Pod", namespace === "" ? "/api/v1/pods" : podsPath(namespace)],
  ] as const;
  const found: Leftover[] = [];
  for (const [kind, path] of paths) {
    // The run's label too: another tool may call itself by our name, but does not number our runs.
    const answer = await api.request(path, { query: { labelSelector: `${OURS},${RUN_LABEL}` } });
    if (answer.status !== 200) throw new Error(refusalOf(answer.status, answer.text).message);
    found.push(...listOf(parsed(answer.text)["items"]).map((item) => leftoverOf(kind, item, api.serverDate())));
  }
  return found;
}

function leftoverOf(kind: Leftover["kind"], item: Json, now: string): Leftover {
  const metadata = within(item, "metadata");
  const created = Date.parse(textOf(metadata["creationTimestamp"]));
  return {
    kind,
    namespace: textOf(metadata["namespace"]),
    name: textOf(metadata["name"]),
    uid: textOf(metadata["uid"]),
    age: Number.isNaN(created) ? 0 : Date.parse(now) - created,
  };
}

/** Deletes it by UID; false when that failed. */
export async function removeLeftover(api: Api, one: Leftover): Promise<boolean> {
  const path = one.kind === "Job" ? jobsPath(one.namespace) : podsPath(one.namespace);
  return remove(api, { path: `${path}/${one.name}`, uid: one.uid });
}

/** Takes away what earlier runs left behind in the namespace, and names what would not go. What may not be listed is left alone. */
export async function sweep(api: Api, namespace: string): Promise<readonly Leftover[]> {
  let found: readonly Leftover[];
  try {
    found = await leftovers(api, namespace);
  } catch {
    return [];
  }
  const old = found.filter((one) => one.age > LEFT_BEHIND);
  const gone = await Promise.all(old.map((one) => removeLeftover(api, one)));
  return old.filter((_, i) => gone[i] !== true);
}
