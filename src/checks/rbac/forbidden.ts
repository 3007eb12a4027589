import { defineCheck } from "../../model/check.ts";
import { ASKED, resourceName } from "../../model/resources.ts";
import { kubectl } from "../../model/shell.ts";
import type { ClusterCollectionName } from "../../model/snapshot.ts";

const NAMES = Object.keys(ASKED) as ClusterCollectionName[];

/**
 * What the API server refused. Which checks that leaves without an answer is known only when all have run: the report adds it, and drops a
 * refusal on which nothing hangs.
 */
export const check = defineCheck({
  id: "rbac/forbidden",
  question: "May you read everything that the checks need?",
  hop: "client",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: NAMES,
  findings: {
    "rbac/forbidden": {
      severity: "info",
      title: "You may not read something that a check needs",
      explain:
        "The API server refused a request (403). The checks that needed the answer are unknown, not passed, and nothing is concluded about the application from a refusal. " +
        "`kubectl netcheck rbac` prints the rights that all checks together need.",
      docs: ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/"],
    },
  },
  run({ scope, wanted }, find) {
    const refused = NAMES.flatMap((name) => {
      const gathered = wanted[name];
      return gathered.state === "unavailable" && gathered.reason === "forbidden"
        ? [{ asked: ASKED[name], detail: gathered.detail }]
        : [];
    });
    const once = new Map(refused.map((one) => [one.detail, one]));
    return [...once.values()].map(({ asked, detail }) => {
      const name = resourceName(asked.resource);
      const everywhere = asked.everywhere === true;
      const place = asked.resource.namespaced && !everywhere ? scope.namespace : "";
      return find("rbac/forbidden", {
        object: { kind: asked.resource.kind, namespace: place, name: "*" },
        summary: `you may not read ${name}${everywhere ? " of all namespaces" : place === "" ? "" : ` in namespace ${place}`}`,
        evidence: [{ k: "API server", v: detail }],
        remedy: [
          kubectl(place, "auth", "can-i", "list", name, ...(everywhere ? ["-A"] : [])),
          "# the rights that all checks together need, to be granted by whoever may:",
          "kubectl netcheck rbac",
        ],
      });
    });
  },
});
