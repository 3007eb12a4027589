/**
 * The marker: how a request of ours is found again in a log. The same twelve hexadecimal digits stand in three places, since no log format holds all
 * of them: User-Agent, X-Request-ID and the query.
 */

/** Eight digits of the run, two of the place that sends, two of the target. */
export function markerOf(run: string, place: number, target: number): string {
  const two = (number: number): string => number.toString(16).padStart(2, "0");
  return `${run}${two(place)}${two(target)}`;
}

/** What a User-Agent says after the product's name: a marker, or a run alone. */
export function userAgentOf(marker: string): string {
  return `kubectl-netcheck/${marker}`;
}

/** 32 lower-case hexadecimal digits, as ingress-nginx makes them itself. */
export function requestIdOf(marker: string): string {
  return marker.padEnd(32, "0");
}

/** The path with `netcheck=MARKER` as the last part of its query. */
export function markedPath(path: string, marker: string): string {
  const [whole = "/"] = path.split("#");
  return `${whole}${whole.includes("?") ? "&" : "?"}netcheck=${marker}`;
}

const MARKED = /^netcheck=[0-9a-f]{8,12}$/;

/** The text with the value of every query parameter hidden, except the marker's: a log holds what other people sent. */
export function withoutQueryValues(text: string): string {
  return text.replace(/([?&])([^=\s&"'?]+)=([^&\s"']*)/g, (all, mark: string, name: string, value: string) =>
    value === "" || MARKED.test(`${name}=${value}`) ? all : `${mark}${name}=[redacted]`,
  );
}
