import { basename } from "node:path";
import type { ExecEntry } from "./kubeconfig.ts";

/** What to do when the credentials that this plugin made are not accepted, or when it makes none. */
export function loginHints(exec: ExecEntry): readonly string[] {
  const name = basename(exec.command);
  if (!name.startsWith("kubelogin")) return [`log in again with the tool behind ${name}`];
  const login = exec.args[exec.args.findIndex((word) => word === "--login" || word === "-l") + 1];
  return login === "azurecli"
    ? ["log in again: az login (kubelogin uses its session)"]
    : [
        "forget the cached token and log in again: kubelogin remove-tokens",
        "or use the session of the Azure CLI: az login && kubelogin convert-kubeconfig -l azurecli",
      ];
}
