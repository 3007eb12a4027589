import type { CollectionName } from "../../model/snapshot.ts";
import type { Command, OptionTable } from "../command.ts";
import { EXIT } from "../exit.ts";
import { textOption } from "../options.ts";

/** Read for the targets themselves, whatever the checks read. */
const TARGETS: readonly CollectionName[] = [
  "pods",
  "services",
  "ingresses",
  "deployments",
  "replicaSets",
  "statefulSets",
  "daemonSets",
  "logs",
];

/** `netcheck rbac [-n NS] [--probe]`. */
export const rbacCommand: Command = {
  usage: "rbac",
  description: "Print the rights that netcheck needs, as a role for kubectl apply",
  get options(): OptionTable {
    return {
      namespace: { alias: "n", type: "string", requiresArg: true, description: "For one namespace in place of all" },
      probe: { type: "boolean", description: "Also what active probes need" },
    };
  },
  examples: [["$0 rbac -n shop | kubectl apply -f -", "a Role in shop, and a ClusterRole for nodes and the like"]],
  run: async (args, io) => {
    const { CHECKS } = await import("../../checks/index.ts");
    const { rolesFor } = await import("../roles.ts");
    const { renderRoles } = await import("../../render/role.ts");
    // The check of refusals itself reads nothing: it looks at what the others were refused.
    const reading = CHECKS.filter(({ id }) => id !== "rbac/forbidden");
    const collections = [...new Set([...TARGETS, ...reading.flatMap(({ needs, wants }) => [...needs, ...wants])])];
    io.out(renderRoles(rolesFor(collections, textOption(args, "namespace"), args["probe"] === true)));
    return EXIT.fine;
  },
};
