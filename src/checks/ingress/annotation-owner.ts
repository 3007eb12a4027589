import { defineCheck } from "../../model/check.ts";
import { CONTROLLER_KINDS } from "../../model/ingress/controllers.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachIngress, listed, NGINX_ANNOTATIONS, NGINX_ARGS, resolved } from "./_shared.ts";

/** Settings for another controller are ignored without a word. */
export const check = defineCheck({
  id: "ingress/annotation-owner",
  question: "Are the annotations those of the controller that takes the Ingress?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/annotation-other-controller": {
      severity: "warning",
      title: "Annotations of another controller are ignored",
      explain:
        "The annotations' prefix belongs to another controller than the one that takes the Ingress, which ignores them silently. nginx.ingress.kubernetes.io/ is the community's ingress-nginx, nginx.org/ is F5's. " +
        "Not reported when the controller is not known, when it was started with --annotations-prefix, or when several controllers take the Ingress.",
      docs: [NGINX_ANNOTATIONS, NGINX_ARGS],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind, takers } = resolved(ingress, wanted);
      if (kind === undefined) return { skipped: "it is not known which controller takes the Ingress" };
      if (takers.some((one) => one.flags.has("annotations-prefix")))
        return { skipped: "the controller has an annotation prefix of its own" };
      const own = new Set([kind, ...takers.map((one) => one.kind)].flatMap((one) => one.annotationPrefix ?? []));
      const foreign = CONTROLLER_KINDS.filter(
        (one) => one.annotationPrefix !== undefined && !own.has(one.annotationPrefix),
      );
      // Traefik reads ingress-nginx's annotations in place of it (its kubernetesIngressNGINX provider).
      const reads = kind.id === "traefik" ? ["nginx.ingress.kubernetes.io/"] : [];
      const prefixes = [...new Set(foreign.flatMap((one) => one.annotationPrefix ?? []))].filter(
        (one) => !reads.includes(one),
      );
      const keys = Object.keys(ingress.metadata.annotations ?? {});
      return prefixes.flatMap((prefix) => {
        const ignored = keys.filter((key) => key.startsWith(prefix)).toSorted();
        if (ignored.length === 0) return [];
        const owner = CONTROLLER_KINDS.find((one) => one.annotationPrefix === prefix)?.title ?? prefix;
        return [
          find("ingress/annotation-other-controller", {
            object: refOf(ingress, "metadata.annotations"),
            summary: `${ignored.length === 1 ? "an annotation" : `${ignored.length} annotations`} for ${owner} ${ignored.length === 1 ? "is" : "are"} ignored: ${kind.title} takes this Ingress`,
            evidence: [{ k: "annotations", v: listed(ignored, 8) }],
            remedy: [
              `# use the annotations of ${kind.title} (${[...own].join(", ") || "it has none"}), and drop these:`,
              kubectl(
                ingress.metadata.namespace,
                "annotate",
                "ingress",
                ingress.metadata.name,
                ...ignored.map((key) => `${key}-`),
              ),
            ],
          }),
        ];
      });
    });
  },
});
