/** Builders of requests through a controller, and of what its log says of them. */
import type { MarkedLog } from "../../../src/model/ingress/markedlog.ts";
import type { Service } from "../../../src/model/kube.ts";
import type {
  ProbeAttempt,
  ProbeClass,
  ProbeHop,
  ProbeResult,
  Resolved,
  Vantage,
} from "../../../src/model/probe-results.ts";
import { LOCAL, result, target, vantage } from "../../probe/support.ts";
import { service } from "../../support/objects.ts";

export const HOST = "shop.example.com";
export const RUN = "0a1b2c3d";

export interface Sent {
  readonly hop: ProbeHop;
  readonly said?: readonly (number | ProbeClass)[];
  readonly from?: Vantage;
  readonly address?: string;
  readonly resolved?: Partial<Resolved>;
  /** Merged into every attempt. */
  readonly attempt?: Partial<ProbeAttempt>;
  readonly scheme?: "http" | "https";
  readonly expect?: string;
}

const ADDRESSES: Readonly<Partial<Record<ProbeHop, string>>> = {
  "controller-pod": "10.244.0.9",
  "controller-ip": "10.96.7.7",
  "controller-lb": "20.84.1.2",
  host: HOST,
};
const ORDER: readonly ProbeHop[] = ["controller-pod", "controller-ip", "controller-lb", "host"];

/** The marker of a request: its place and station. */
export function markerOf(hop: ProbeHop, from: "inside" | "here"): string {
  return `${RUN}${from === "inside" ? "0a" : "00"}0${ORDER.indexOf(hop)}`;
}

/** The app's URL at one station, answered 200 twice from this machine unless said otherwise. */
export function sent({
  hop,
  said = [200, 200],
  from = LOCAL,
  address,
  resolved,
  attempt,
  scheme = "http",
  expect,
}: Sent): ProbeResult {
  const made = result(
    target({
      hop,
      host: address ?? ADDRESSES[hop] ?? "",
      port: scheme === "https" ? 443 : 80,
      name: HOST,
      scheme,
      servicePort: scheme === "https" ? 443 : 80,
      guessed: false,
      route: "spec.rules[0].http.paths[0].backend",
      object: { kind: hop === "host" ? "Ingress" : "Service", namespace: "shop", name: "web" },
      ...(expect === undefined ? {} : { expect }),
    }),
    said,
    from,
  );
  const peer = hop === "host" ? (resolved?.addresses?.[0] ?? "20.84.1.2") : (address ?? ADDRESSES[hop] ?? "");
  const isName = hop === "host";
  const lost = said.every((one) => one === "dns" || one === "dns-timeout");
  return {
    ...made,
    attempts: made.attempts.map((one) => ({ ...one, ...(lost ? {} : { peer }), ...attempt })),
    ...(isName ? { resolved: { addresses: lost ? [] : ["20.84.1.2"], cnames: [], ...resolved } } : {}),
    ...(lost ? {} : { marker: markerOf(hop, from.kind === "local" ? "here" : "inside") }),
  };
}

/** The control: from inside, straight to a pod of the controller. */
export const CONTROL: ProbeResult = sent({ hop: "controller-pod", from: vantage() });

/** What the controller's log holds: two lines for each of these markers, or the given lines. */
export function marked(
  markers: readonly string[],
  given: Partial<MarkedLog> = {},
  answer = "200 461 0.001 200",
): MarkedLog {
  const [status = "200", length = "461", seconds = "0.001", upstream = "200"] = answer.split(" ");
  const line = (marker: string): string =>
    `10.244.1.7 - - [27/Nov/2026:21:48:38 +0000] "GET /?netcheck=${marker} HTTP/1.1" ${status} ${length} "-" "kubectl-netcheck/${marker}" 171 0.001 [shop-web-80] [] ${upstream === "-" ? "-" : "10.244.1.15:8080"} ${length} ${seconds} ${upstream} ${marker.padEnd(32, "0")}`;
  return {
    namespace: "ingress-nginx",
    pod: "ingress-nginx-controller-abc-1",
    container: "controller",
    lines: markers.flatMap((marker) => [line(marker), line(marker)]),
    ...given,
  };
}

/** The Service of the controller, at 20.84.1.2. */
export const ENTRY: Service = service({
  metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
  spec: { type: "LoadBalancer", selector: { "app.kubernetes.io/name": "ingress-nginx" } },
  status: { loadBalancer: { ingress: [{ ip: "20.84.1.2" }] } },
});
