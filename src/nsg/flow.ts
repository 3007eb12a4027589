import { type Address, type Cidr, isPrivate } from "../model/cidr.ts";
import type { Direction, Route } from "../model/nsg.ts";

/** The opening packet of a connection. NSGs are stateful: the answers need no rule of their own. */
export interface Flow {
  readonly direction: Direction;
  /** As in a Service: TCP, UDP, SCTP; or ICMP. Case does not matter. */
  readonly protocol: string;
  readonly from: Address;
  readonly to: Address;
  /** Undefined for protocols without ports. */
  readonly port?: number;
  /** Undefined: the client picks an ephemeral one, as nearly all do. */
  readonly sourcePort?: number;
}

/** What is known about the surroundings. Everything is optional; what is missing makes answers unknown, not wrong. */
export interface NetworkContext {
  /** Address spaces of the virtual network and of its peers. */
  readonly vnet?: readonly Cidr[];
  /** Pod CIDRs of an overlay network: not part of the VNet's address space, though default rules let them through. */
  readonly overlay?: readonly Cidr[];
  /** Routes of the subnet's route table. */
  readonly routes?: readonly Route[];
  /** Prefixes by lower-case service tag. */
  readonly serviceTags?: ReadonlyMap<string, readonly Cidr[]>;
  /** Addresses by lower-case resource id of an application security group; an id that is not here is unknown. */
  readonly groupMembers?: ReadonlyMap<string, readonly Cidr[]>;
  /** Whether the load balancer's frontend is public. By default: whether the flow's destination is a public address. */
  readonly publicFrontend?: boolean;
}

/** The address that Azure's load balancers probe from, and that answers DHCP, DNS and the VM agent on every host. */
export const PROBE_SOURCE: Address = { family: 4, value: 0xa83f8110n };
/** Where IPv6 health probes come from. */
export const PROBE_SOURCE_V6: Address = { family: 6, value: 0xfe80_0000_0000_0000_0000_1234_5678_9abcn };

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

/** Whether the address is one that load balancer health probes come from. */
export function isProbeSource(address: Address): boolean {
  return sameAddress(address, PROBE_SOURCE) || sameAddress(address, PROBE_SOURCE_V6);
}

/** Reachable by the public internet, as far as the number tells. */
export function isPublic(address: Address): boolean {
  return !isPrivate(address) && !isProbeSource(address);
}
