/** Which proxies stand in front of what is judged, pieced together from the objects themselves and from the tries of this machine. Pure. */
import type { Scope } from "./check.ts";
import { type FrontProxy, frontProxies, type SeenInFront } from "./front-proxy.ts";
import { classOf } from "./ingress/class.ts";
import type { Ingress, IngressClass, ObjectRef, Service } from "./kube.ts";
import { refOf } from "./kube.ts";
import type { ProbeHop, ProbeResult } from "./probe-results.ts";

/** A proxy and the object in front of which it stands. */
export interface InFront {
  readonly object: ObjectRef;
  readonly proxy: FrontProxy;
}

type Named = NonNullable<SeenInFront["names"]>;

const TARGET = "external-dns.alpha.kubernetes.io/target";
const PROXIED = "external-dns.alpha.kubernetes.io/cloudflare-proxied";

/** Names dialled by this machine: what answers at an address is the address itself, not what stands before it. */
const BY_NAME: ReadonlySet<ProbeHop> = new Set(["host", "load-balancer"]);
const BY_ADDRESS: ReadonlySet<ProbeHop> = new Set(["controller-lb", "load-balancer"]);

/**
 * The proxies in front of the judged Service or Ingress, from the client inwards. Empty proves nothing: a proxy may have an address record and hide its
 * headers. An Application Gateway that is the Ingress' own controller stands behind its Ingress' address, not before it.
 */
export function inFront(
  scope: Scope,
  probes: readonly ProbeResult[],
  classes: readonly IngressClass[],
): readonly InFront[] {
  const objects: readonly (Service | Ingress)[] = scope.target === "ingress" ? scope.ingresses : scope.services;
  return objects.flatMap((object) => {
    const local = probes.filter(
      ({ vantage, target }) => vantage.kind === "local" && isAbout(target.object, object, scope),
    );
    const named = local.filter(({ target, resolved }) => BY_NAME.has(target.hop) && resolved !== undefined);
    const direct = local.filter(({ target, resolved }) => BY_ADDRESS.has(target.hop) && resolved === undefined);
    const found = frontProxies({
      names: namesOf(object, scope),
      cnames: [...new Set(named.flatMap(({ resolved }) => resolved?.cnames ?? []))],
      headers: headersInFront(named, direct),
    });
    return found
      .filter(({ kind }) => kind !== "application-gateway" || !isGatewaysOwn(object, classes))
      .map((proxy) => ({ object: refOf(object), proxy }));
  });
}

/** Whether requests pass through it as far as can be told, so that it is a station of the way. */
export function isStation({ proxy }: InFront): boolean {
  return proxy.carries;
}

/** Of an Ingress the tries by its host; the address of its controller is tried on behalf of the controller's Service. */
function isAbout({ kind, name, namespace }: ObjectRef, object: Service | Ingress, { target }: Scope): boolean {
  if (target === "ingress") return true;
  return kind === object.kind && name === object.metadata.name && namespace === object.metadata.namespace;
}

function headersOf(results: readonly ProbeResult[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...results.flatMap(({ attempts }) => attempts.map(({ headers }) => headers ?? {})));
}

/**
 * Headers of answers to the name that were set in front of the load balancer: one that also comes with answers of its address was set at it or behind
 * it. `Via` is anybody's: without an answer to compare with it says nothing.
 */
function headersInFront(
  named: readonly ProbeResult[],
  direct: readonly ProbeResult[],
): Readonly<Record<string, string>> {
  const behind = headersOf(direct);
  const compared = direct.some(({ attempts }) => attempts.some(({ status }) => status !== undefined));
  return Object.fromEntries(
    Object.entries(headersOf(named)).filter(([name]) => !Object.hasOwn(behind, name) && (compared || name !== "via")),
  );
}

function namesOf(object: Service | Ingress, scope: Scope): Named {
  const annotations = object.metadata.annotations ?? {};
  const listed = (text: string | undefined): readonly string[] => (text ?? "").split(",").map((one) => one.trim());
  const hosts =
    object.kind === "Ingress" ? ((object as Ingress).spec?.rules ?? []).flatMap(({ host }) => host ?? []) : [];
  const asked = hosts.filter((host) => scope.host === undefined || host === scope.host);
  return [
    ...asked.map((name) => ({ name, where: "host of the rule" })),
    ...listed(annotations[TARGET]).map((name) => ({ name, where: `annotation ${TARGET}` })),
    // external-dns then makes a record that Cloudflare answers itself.
    ...(annotations[PROXIED] === "true"
      ? [{ name: "cdn.cloudflare.net", where: `annotation ${PROXIED}: proxied by` }]
      : []),
    ...(object.status?.loadBalancer?.ingress ?? []).flatMap(({ hostname }) =>
      hostname === undefined || hostname === "" ? [] : [{ name: hostname, where: "status.loadBalancer.ingress" }],
    ),
  ];
}

function isGatewaysOwn(object: Service | Ingress, classes: readonly IngressClass[]): boolean {
  if (object.kind !== "Ingress") return false;
  const claim = classOf(object as Ingress, classes);
  return claim.by !== "nothing" && (claim.kind?.id === "agic" || claim.kind?.id === "agc");
}
