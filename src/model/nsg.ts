/** Network security groups as plain data. Decoding and judging them is the room `nsg/`; these are the facts that travel. */

export type Direction = "Inbound" | "Outbound";
export type Access = "Allow" | "Deny";

/** One side of a rule. The elements of both lists are alternatives; a side with neither says nothing that can be matched. */
export interface NsgSide {
  /** `*`, an address, a CIDR or a service tag, as written. */
  readonly prefixes: readonly string[];
  /** Resource ids of application security groups. */
  readonly groups: readonly string[];
  /** `*`, `80` or `8000-8100`. */
  readonly ports: readonly string[];
}

export interface NsgRule {
  readonly name: string;
  /** 100–4096 for custom rules, 65000 and above for the default ones. The lowest number that matches decides. */
  readonly priority: number;
  readonly direction: Direction;
  readonly access: Access;
  /** Lower case: `tcp`, `udp`, `icmp`, `esp`, `ah`, or `*`. */
  readonly protocol: string;
  readonly source: NsgSide;
  readonly destination: NsgSide;
  /** One of Azure's own rules, which nobody can remove. */
  readonly isDefault: boolean;
}

export interface Nsg {
  /** The ARM resource id, or "" when the file holds none. */
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly rules: readonly NsgRule[];
  /** Ids of the subnets it is attached to. */
  readonly subnets: readonly string[];
  /** Ids of the network interfaces it is attached to. */
  readonly networkInterfaces: readonly string[];
}

/** A user-defined route of a subnet's route table. */
export interface Route {
  readonly name: string;
  /** A CIDR, or a service tag. */
  readonly prefix: string;
  /** `VirtualAppliance`, `VirtualNetworkGateway`, `VnetLocal`, `Internet` or `None`. */
  readonly nextHopType: string;
  readonly nextHopIp?: string;
}
