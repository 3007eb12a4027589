import { sh } from "../model/shell.ts";

/** For someone who gives the address of the app: an Ingress is asked by host and path. Undefined when `text` is no URL. */
export function urlHint(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname } = new URL(text);
  return `for a URL: kubectl netcheck ingress --host ${sh(hostname)} --path ${sh(pathname)}`;
}
