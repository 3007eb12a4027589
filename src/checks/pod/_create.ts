import type { Container, Pod } from "../../model/kube.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { lastWords } from "./_setup.ts";

interface Advice {
  readonly cause: string;
  readonly remedy: readonly string[];
}

/** The cause in a CreateContainerConfigError message, and what to do. Source: kubelet_pods.go makeEnvironmentVariables, security_context.go. */
export function configAdvice(message: string, pod: Pod): Advice {
  const { namespace, name } = pod.metadata;
  const missing = /(secret|configmap) "([^"]+)" not found/i.exec(message);
  if (missing?.[1] !== undefined && missing[2] !== undefined) {
    const kind = missing[1].toLowerCase();
    const what = kind === "secret" ? "Secret" : "ConfigMap";
    return {
      cause: `${what} ${missing[2]} does not exist in namespace ${namespace}`,
      remedy: [
        kubectl(namespace, "get", kind),
        `# create ${what} ${missing[2]}, or mend the reference in env, envFrom`,
        ...(kind === "secret"
          ? [`${kubectl(namespace, "create", "secret", "generic", missing[2])} --from-literal=<KEY>=<VALUE>`]
          : [`${kubectl(namespace, "create", "configmap", missing[2])} --from-literal=<KEY>=<VALUE>`]),
      ],
    };
  }
  const key = /couldn't find key (\S+) in (secret|configmap) (?:[^/\s]+\/)?(\S+)/i.exec(message);
  if (key?.[1] !== undefined && key[2] !== undefined && key[3] !== undefined) {
    const what = key[2].toLowerCase() === "secret" ? "Secret" : "ConfigMap";
    return {
      cause: `${what} ${key[3]} has no key ${key[1]}`,
      remedy: [
        kubectl(namespace, "describe", key[2].toLowerCase(), key[3]),
        `# add the key ${key[1]}, or mend the key in env[].valueFrom`,
      ],
    };
  }
  if (/runAsNonRoot/i.test(message)) {
    return {
      cause: /non-numeric/i.test(message)
        ? "runAsNonRoot is set, but the image names its user by a word, which cannot be verified"
        : "runAsNonRoot is set, but the image runs as root",
      remedy: [
        "# set a numeric user that the image can run as, e.g. securityContext.runAsUser: 1000",
        kubectl(
          namespace,
          "get",
          "pod",
          name,
          "-o",
          "jsonpath={.spec.securityContext} {.spec.containers[*].securityContext}",
        ),
      ],
    };
  }
  return {
    cause: redact(lastWords(message)) || "the kubelet gives no reason",
    remedy: [kubectl(namespace, "describe", "pod", name), kubectl(namespace, "get", "secret,cm")],
  };
}

/** The cause in a runtime's message about a container that never started, and what to do. */
export function createAdvice(message: string, container: Container): Advice {
  const command = container.command?.[0];
  const inImage = command === undefined ? "the image's entrypoint" : `command ${command}`;
  if (/executable file not found|no such file or directory/i.test(message) && !/mount/i.test(message)) {
    return {
      cause: `${inImage} does not exist in the image`,
      remedy: ["# mend command in the workload (it replaces the image's ENTRYPOINT), or the image"],
    };
  }
  if (/permission denied/i.test(message)) {
    return {
      cause: `${inImage} may not be executed`,
      remedy: ["# make the file executable in the image (chmod +x), or run as a user that may"],
    };
  }
  if (/mount|not a directory|read-only file system/i.test(message)) {
    return {
      cause: `a mount cannot be made: ${redact(lastWords(message))}`,
      remedy: ["# mend volumeMounts: mountPath and subPath must fit what the volume holds"],
    };
  }
  return {
    cause: redact(lastWords(message)) || "the runtime gives no reason",
    remedy: ["# command, args, mounts and security context of the container"],
  };
}
