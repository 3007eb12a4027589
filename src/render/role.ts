import { toYaml } from "./yaml.ts";

/** Access to kinds of one API group. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** One Role, or ClusterRole when it has no namespace, with what a reader should know of it. */
export interface Role {
  readonly name: string;
  readonly namespace?: string;
  readonly comment: readonly string[];
  readonly rules: readonly Rule[];
  /** Rules that are not given by default, as comments. */
  readonly left: readonly string[];
}

/** Roles as YAML that `kubectl apply` takes, with their comments. */
export function renderRoles(roles: readonly Role[]): string {
  return roles
    .map(({ name, namespace, comment, rules, left }) => {
      const manifest = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: namespace === undefined ? "ClusterRole" : "Role",
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        rules,
      };
      const lines = (texts: readonly string[]): string => texts.map((text) => `# ${text}\n`).join("");
      return `${lines(comment)}${toYaml(manifest)}${lines(left)}`;
    })
    .join("---\n");
}
