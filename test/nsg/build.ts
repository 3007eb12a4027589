/** Short ways to write NSGs, flows and surroundings in tests. */
import assert from "node:assert/strict";
import { type Cidr, parseCidr } from "../../src/model/cidr.ts";
import type { Nsg, NsgRule } from "../../src/model/nsg.ts";
import { DEFAULT_RULES } from "../../src/nsg/decode.ts";
import type { Flow } from "../../src/nsg/flow.ts";
import { type FlowRequest, parseFlow } from "../../src/nsg/flows.ts";

type Words = string | readonly string[];
const words = (value: Words): readonly string[] => (typeof value === "string" ? [value] : value);

export interface RuleInput {
  readonly name?: string;
  readonly direction?: "Inbound" | "Outbound";
  readonly protocol?: string;
  readonly from?: Words;
  readonly fromGroups?: readonly string[];
  readonly sourcePorts?: Words;
  readonly to?: Words;
  readonly toGroups?: readonly string[];
  readonly ports?: Words;
}

/** A custom rule; whatever is not said matches everything. */
export function rule(priority: number, access: "Allow" | "Deny", given: RuleInput = {}): NsgRule {
  return {
    name: given.name ?? `${access.toLowerCase()}-${priority}`,
    priority,
    direction: given.direction ?? "Inbound",
    access,
    protocol: given.protocol ?? "*",
    source: {
      prefixes: words(given.from ?? "*"),
      groups: given.fromGroups ?? [],
      ports: words(given.sourcePorts ?? "*"),
    },
    destination: { prefixes: words(given.to ?? "*"), groups: given.toGroups ?? [], ports: words(given.ports ?? "*") },
    isDefault: false,
  };
}

/** An NSG with these custom rules and Azure's own. */
export function nsg(name: string, ...rules: readonly NsgRule[]): Nsg {
  return {
    id: `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/${name}`,
    name,
    resourceGroup: "rg",
    rules: [...rules, ...DEFAULT_RULES],
    subnets: [],
    networkInterfaces: [],
  };
}

export function flow(request: FlowRequest): Flow {
  const parsed = parseFlow(request);
  assert.ok(!("problem" in parsed), "problem" in parsed ? parsed.problem : "");
  return parsed;
}

export function cidrs(...texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text);
    assert.ok(cidr, text);
    return cidr;
  });
}
