import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { allNamespacesOption, kubeFlags, kubeOptions } from "../kube-flags.ts";

/** `netcheck cleanup`: takes away test pods that a killed run left behind. They also go by themselves after two minutes. */
export const cleanupCommand: Command = {
  usage: "cleanup",
  description: "Delete test pods that an interrupted --probe left behind",
  options: { ...kubeOptions, ...allNamespacesOption },
  run: async (args, io) => {
    const { connect } = await import("../../kube/connect.ts");
    const { cleanUp } = await import("../probe-cleanup.ts");
    const connection = await connect(kubeFlags(args), { signal: io.signal, around: { env: io.env } });
    try {
      const namespace = args["all-namespaces"] === true ? "" : connection.namespace;
      return (await cleanUp(connection, namespace, io)) ? EXIT.fine : EXIT.failed;
    } finally {
      connection.close();
    }
  },
};
