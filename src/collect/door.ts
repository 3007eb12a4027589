import type { LogExcerpt } from "../model/logs.ts";
import { REDACTED, redact, redactLines, redactPair } from "../model/redact.ts";
import { isRecord } from "./decode.ts";
import type { AnyObject } from "./source.ts";
import { tlsFacts } from "./tls-secret.ts";

/**
 * What may be known of the cluster's objects. Every answer passes here before anything judges, prints or writes it, so that a live run and a run
 * on its dump see the same, and a credential that is not let in cannot get out: Secrets end here (`tlsFacts`), values of environment variables
 * too, and in annotations, arguments, messages and logs whatever looks like a credential. Passing twice is passing once.
 */
export function admitted(object: AnyObject): AnyObject {
  const known = withoutCredentials(object);
  switch (object.kind) {
    case "Secret":
      return tlsFacts(object) as unknown as AnyObject;
    case "ConfigMap":
      return inside(known, ["data"], (data) => mapped(data, (value, key) => redactPair(key, value)));
    case "Event":
      return inside(inside(known, ["message"], redactText), ["note"], redactText);
    case "Pod":
      return inside(inside(known, ["spec"], cleanPodSpec), ["status"], cleanStatus);
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
    case "DaemonSet":
    case "Job":
      return inside(known, ["spec", "template"], cleanTemplate);
    case "CronJob":
      return inside(known, ["spec", "jobTemplate", "spec", "template"], cleanTemplate);
    default:
      return known;
  }
}

/** The same for a log: private keys over several lines, and what looks like a credential in one. */
export function admittedLog(log: LogExcerpt): LogExcerpt {
  return { ...log, lines: redactLines(log.lines) };
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** By convention these hold the name of a Secret, as `name` or `namespace/name`, which is no secret. */
const NAMES_A_SECRET = /\/(auth|auth-tls|proxy-ssl|tls)-secret$/;
const OBJECT_NAME = /^([a-z0-9-]+\/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function redactText(value: unknown): unknown {
  return typeof value === "string" ? redact(value) : value;
}

/** Changes what lies at `path`, when something does. An unchanged object stays the same one. */
function inside<T>(object: T, path: readonly string[], change: (value: unknown) => unknown): T {
  const [key, ...rest] = path;
  if (key === undefined || !isRecord(object) || object[key] === undefined) return object;
  const before = object[key];
  const after = rest.length === 0 ? change(before) : inside(before, rest, change);
  return after === before ? object : { ...object, [key]: after };
}

function mapped(value: unknown, change: (text: string, key: string) => string): unknown {
  if (!isRecord(value)) return value;
  let same = true;
  const entries = Object.entries(value).map(([key, text]) => {
    const after = typeof text === "string" ? change(text, key) : text;
    same &&= after === text;
    return [key, after] as const;
  });
  return same ? value : Object.fromEntries(entries);
}

function each(value: unknown, change: (item: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return value;
  const after = value.map(change);
  return after.every((item, i) => item === value[i]) ? value : after;
}

function annotation(value: string, key: string): string {
  if (key.endsWith("-secret") && NAMES_A_SECRET.test(key) && OBJECT_NAME.test(value)) return value;
  return redactPair(key.slice(key.lastIndexOf("/") + 1), value);
}

function cleanAnnotations(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { [LAST_APPLIED]: applied, ...kept } = value;
  return mapped(applied === undefined ? value : kept, annotation);
}

function withoutCredentials<T>(object: T): T {
  return inside(object, ["metadata", "annotations"], cleanAnnotations);
}

function cleanTemplate(value: unknown): unknown {
  return inside(withoutCredentials(value), ["spec"], cleanPodSpec);
}

function cleanPodSpec(value: unknown): unknown {
  const containers = (list: unknown): unknown => each(list, cleanContainer);
  const lists = ["containers", "initContainers", "ephemeralContainers"];
  return lists.reduce((spec, key) => inside(spec, [key], containers), value);
}

function cleanContainer(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const words = JSON.stringify([value["command"], value["args"]]);
  let container: unknown = value;
  container = inside(container, ["env"], (list) => each(list, (item) => cleanVariable(item, words)));
  for (const key of ["command", "args"]) container = inside(container, [key], cleanWords);
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"])
    container = inside(container, [key], cleanHandler);
  for (const key of ["postStart", "preStop"]) container = inside(container, ["lifecycle", key], cleanHandler);
  return container;
}

/** The value of a variable is needed only where an argument is made of it, `--class=$(CLASS)`. */
function cleanVariable(value: unknown, words: string): unknown {
  if (!isRecord(value) || typeof value["value"] !== "string" || value["value"] === "") return value;
  const name = String(value["name"]);
  return inside(value, ["value"], () =>
    words.includes(`$(${name})`) ? redactPair(name, String(value["value"])) : REDACTED,
  );
}

/** `--token x` are two words. */
function cleanWords(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  let flag = "";
  return each(value, (word) => {
    const before = flag;
    flag = typeof word === "string" && /^--?[\w.-]+$/.test(word) ? word : "";
    if (typeof word !== "string") return word;
    if (before === "" || flag !== "") return redact(word);
    return redactPair(before.replace(/^-+/, ""), word);
  });
}

function cleanHandler(value: unknown): unknown {
  const headers = (list: unknown): unknown =>
    each(list, (header) =>
      isRecord(header) && header["name"] !== "Host" ? inside(header, ["value"], () => REDACTED) : header,
    );
  const path = (text: unknown): unknown => redactText(text);
  const http = inside(inside(value, ["httpGet", "httpHeaders"], headers), ["httpGet", "path"], path);
  return inside(http, ["exec", "command"], cleanWords);
}

/** Messages of the kubelet, and of the application: a termination message is what the container wrote last. */
function cleanStatus(value: unknown): unknown {
  const states = (status: unknown): unknown =>
    ["state", "lastState"].reduce(
      (one, key) =>
        inside(inside(one, [key, "terminated", "message"], redactText), [key, "waiting", "message"], redactText),
      status,
    );
  const lists = ["containerStatuses", "initContainerStatuses"];
  const cleaned = lists.reduce((status, key) => inside(status, [key], (list) => each(list, states)), value);
  return inside(cleaned, ["message"], redactText);
}
