import { ASKED, type Resource } from "../model/resources.ts";
import { type CollectionName, isClusterCollection } from "../model/snapshot.ts";
import type { Role, Rule } from "../render/role.ts";

/** Kinds whose rights are not given away by default: whoever may read a Secret by name may read every Secret. */
const BY_HAND = new Set(["secrets"]);

const READ = ["get", "list"] as const;

/** Rules that let all of `kinds` be read: one for each API group, in the order of the groups' names. */
function rulesFor(kinds: readonly Resource[]): readonly Rule[] {
  const groups = new Map<string, Set<string>>();
  for (const { group, plural } of kinds) groups.set(group, (groups.get(group) ?? new Set()).add(plural));
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, plurals]) => ({ apiGroups: [group], resources: [...plurals].toSorted(), verbs: READ }));
}

/** The kinds that are read for `collections`, and those among them that are read in all namespaces. */
function kindsOf(collections: readonly CollectionName[]): {
  readonly all: readonly Resource[];
  readonly beyond: readonly string[];
} {
  const asked = collections.filter(isClusterCollection).map((name) => ASKED[name]);
  const reads = asked.filter((one) => !("action" in one) && !BY_HAND.has(one.resource.plural));
  const whole = reads.filter(({ subresource }) => subresource === undefined);
  return {
    all: whole.map(({ resource }) => resource),
    beyond: [
      ...new Set(
        whole
          .filter((one) => one.everywhere === true && one.resource.namespaced)
          .map(({ resource }) => resource.plural),
      ),
    ].toSorted(),
  };
}

const LOGS: Rule = { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] };

const SECRETS = [
  "TLS of Ingresses is judged when their Secrets may be read. Name them: a right without names is one to all Secrets.",
  "- apiGroups: ['']",
  "  resources: [secrets]",
  "  resourceNames: [shop-tls]",
  "  verbs: [get]",
] as const;

/**
 * The rights that the checks need: made of what they declare to read (`collections`), so that neither can change without the other. With a namespace
 * a Role for it and a ClusterRole for the kinds that have none; else one ClusterRole. `probe`: also what active probes do.
 */
export function rolesFor(
  collections: readonly CollectionName[],
  namespace: string | undefined,
  probe: boolean,
): readonly Role[] {
  const { all, beyond } = kindsOf(collections);
  const probing: readonly Role[] = probe ? [probeRole(namespace ?? "default")] : [];
  if (namespace === undefined) {
    const comment = [
      "What kubectl netcheck reads. Bind it with a ClusterRoleBinding, or with a RoleBinding in each namespace.",
    ];
    return [{ name: "netcheck-read", comment, rules: [...rulesFor(all), LOGS], left: SECRETS }, ...probing];
  }
  const inside = all.filter(({ namespaced }) => namespaced);
  const outside = all.filter(({ namespaced }) => !namespaced);
  return [
    {
      name: "netcheck-read",
      namespace,
      comment: [
        `What kubectl netcheck reads in namespace ${namespace}. Without the same rights elsewhere it says "unknown" where it would look further:`,
        `${beyond.join(", ")} of all namespaces.`,
      ],
      rules: [...rulesFor(inside), LOGS],
      left: SECRETS,
    },
    { name: "netcheck-read-cluster", comment: ["Kinds that are in no namespace."], rules: rulesFor(outside), left: [] },
    ...probing,
  ];
}

/** What a probe creates and takes away again. Source: pods/exec, portforward, proxy and ephemeralcontainers are subresources with verbs of their own. */
function probeRole(namespace: string): Role {
  return {
    name: "netcheck-probe",
    namespace,
    comment: ["Only for active probes, in the namespace where the probe pod runs."],
    rules: [
      { apiGroups: [""], resources: ["pods"], verbs: ["create", "get", "list", "watch", "delete"] },
      // Wrapped in a Job the test pod goes by itself, whatever becomes of us.
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "get", "list", "delete"] },
      { apiGroups: [""], resources: ["pods/exec", "pods/portforward"], verbs: ["create", "get"] },
      { apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["patch"] },
      { apiGroups: [""], resources: ["pods/log", "pods/proxy", "services/proxy"], verbs: ["get"] },
    ],
    left: [],
  };
}
