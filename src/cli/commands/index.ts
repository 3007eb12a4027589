import type { Command } from "../command.ts";
import { azureCommand } from "./azure.ts";
import { checksCommand } from "./checks.ts";
import { cleanupCommand } from "./cleanup.ts";
import { completionCommand } from "./completion.ts";
import { dumpCommand } from "./dump.ts";
import { explainCommand } from "./explain.ts";
import { ingressCommand } from "./ingress.ts";
import { podCommand } from "./pod.ts";
import { policyCommand } from "./policy.ts";
import { rbacCommand } from "./rbac.ts";
import { svcCommand } from "./svc.ts";
import { versionCommand } from "./version.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  podCommand,
  svcCommand,
  ingressCommand,
  policyCommand,
  azureCommand,
  dumpCommand,
  rbacCommand,
  explainCommand,
  checksCommand,
  cleanupCommand,
  completionCommand,
  versionCommand,
];
