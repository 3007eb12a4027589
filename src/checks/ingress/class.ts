import { defineCheck } from "../../model/check.ts";
import { eventsOf, eventTime } from "../../model/events.ts";
import type { Evidence } from "../../model/finding.ts";
import { CLASS_ANNOTATION, isDefaultClass } from "../../model/ingress/class.ts";
import {
  accepts,
  annotationClass,
  controllerClass,
  controllerName,
  type FoundController,
  isNginx,
} from "../../model/ingress/found.ts";
import { addressesOf, type Resolution } from "../../model/ingress/resolve.ts";
import { type Ingress, type IngressClass, refOf } from "../../model/kube.ts";
import { nearest } from "../../model/nearest.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { forEachIngress, INGRESS, listed, mergePatch, NGINX_ARGS, resolved, unreadable } from "./_shared.ts";

const HOUR = 60 * 60 * 1000;

/**
 * Does the Ingress say which controller should take it, and is there one that listens to that? Whether that controller runs is the question of
 * ingress/controller.
 */
export const check = defineCheck({
  id: "ingress/class",
  question: "Does the Ingress' class lead to a controller?",
  hop: "controller",
  appliesTo: ["ingress"],
  essential: true,
  needs: [],
  wants: ["ingressClasses", "controllerPods", "events", "nodes"],
  findings: {
    "ingress/class-not-found": {
      severity: "error",
      beforeRules: true,
      title: "The Ingress names a class that does not exist",
      explain:
        "spec.ingressClassName names an IngressClass, a cluster-scoped object, that is not there. ingress-nginx ignores such an Ingress. A warning where a controller has evidently taken it: " +
        "a few controllers compare the name only (Contour, old Traefik). Never reported for the annotation kubernetes.io/ingress.class, which needs no object.",
      docs: [`${INGRESS}#ingress-class`],
    },
    "ingress/class-missing": {
      severity: "error",
      beforeRules: true,
      title: "The Ingress has no class",
      explain:
        "Neither spec.ingressClassName nor the annotation kubernetes.io/ingress.class is set, and no controller that was found takes Ingresses without a class. A default class is written into an " +
        "Ingress only when it is created; one that is older stays without. Not a fault on GKE, nor with --watch-ingress-without-class; a warning where an address shows that some controller took it.",
      docs: [`${INGRESS}#default-ingress-class`, NGINX_ARGS],
    },
    "ingress/class-annotation-unmatched": {
      severity: "error",
      beforeRules: true,
      title: "No controller listens to the class annotation",
      explain:
        "The deprecated annotation kubernetes.io/ingress.class must equal the --ingress-class flag of a controller, byte for byte; no IngressClass object is involved. None of the controllers that were " +
        "found has that value. A warning where controllers run whose flags are not known to this tool.",
      docs: [`${INGRESS}#deprecated-annotation`, NGINX_ARGS],
    },
    "ingress/class-both-set": {
      severity: "warning",
      title: "Class and class annotation name different controllers",
      explain:
        "Both spec.ingressClassName and the deprecated annotation are set and lead to different controllers: ingress-nginx follows the field only, others may follow the annotation, and both may serve " +
        "the Ingress. An info where both lead to the same controller.",
      docs: [`${INGRESS}#deprecated-annotation`],
    },
  },
  run({ scope, now, wanted }, find) {
    const classes = itemsOr(wanted.ingressClasses);
    return forEachIngress(scope, (ingress) => {
      const resolution = resolved(ingress, wanted);
      const { claim, takers } = resolution;
      const { namespace, name } = ingress.metadata;
      const taken = addressesOf(ingress);
      const handled = eventsOf(itemsOr(wanted.events), ingress).some(
        (event) => now > 0 && now - eventTime(event) < HOUR && event.type !== "Warning",
      );
      const unread = unreadable("IngressClasses", wanted.ingressClasses);
      const unseen =
        unreadable("the controllers' pods", wanted.controllerPods) ??
        (wanted.controllerPods.state === "ok" ? undefined : "no controller was looked for");
      const address: readonly Evidence[] = taken.length === 0 ? [] : [{ k: "status address", v: taken.join(", ") }];
      const both = claim.by === "field" && claim.annotation !== undefined && claim.annotation !== "";
      if (claim.by === "field") {
        if (unread !== undefined)
          // An address is written by a controller that took the Ingress: what the class would have told.
          return taken.length > 0 || handled ? [] : { unknown: unread };
        if (claim.object === undefined) {
          const byName = resolution.found.filter((one) => accepts(one, ingress, classes) === undefined);
          const gke = claim.name.startsWith("gce") && onGke(itemsOr(wanted.nodes));
          if (gke) return [];
          return [
            find("ingress/class-not-found", {
              severity: (taken.length > 0 && handled) || byName.length > 0 ? "warning" : "error",
              object: refOf(ingress, "spec.ingressClassName"),
              summary: `Ingress ${name} names class ${claim.name}, and there is no such IngressClass`,
              evidence: [
                { k: "spec.ingressClassName", v: claim.name },
                { k: "IngressClasses", v: describeClasses(classes) },
                ...address,
                ...byName.map((one) => ({
                  k: `controller ${controllerName(one)}`,
                  v: "may take a class by its name alone",
                })),
              ],
              remedy: classRemedy(ingress, claim.name, classes, resolution.found),
            }),
          ];
        }
        if (!both) return [];
        const other =
          itemsOr(wanted.controllerPods).length === 0 ? undefined : annotationTaker(claim.annotation ?? "", resolution);
        const same = other === undefined || takers.length === 0 || takers.includes(other);
        return [
          find("ingress/class-both-set", {
            severity: same ? "info" : "warning",
            object: refOf(ingress, `metadata.annotations.${CLASS_ANNOTATION}`),
            summary: same
              ? `Ingress ${name} carries the deprecated class annotation beside ingressClassName; ingress-nginx follows the field`
              : `Ingress ${name} names class ${claim.name}, and its annotation names ${claim.annotation}, which another controller takes`,
            evidence: [
              { k: "spec.ingressClassName", v: `${claim.name} (${claim.controller})` },
              {
                k: CLASS_ANNOTATION,
                v: `${claim.annotation ?? ""}${other === undefined ? "" : ` (${controllerName(other)})`}`,
              },
            ],
            remedy: [kubectl(namespace, "annotate", "ingress", name, `${CLASS_ANNOTATION}-`)],
          }),
        ];
      }
      if (claim.by === "annotation") {
        if (takers.length > 0 || (claim.kind?.pods === undefined && claim.kind !== undefined)) return [];
        const nginx = resolution.found.filter(isNginx);
        if (nginx.length === 0) {
          // Nobody of that kind is there at all: ingress/controller says so.
          if (claim.kind !== undefined) return [];
          if (unseen !== undefined) return taken.length > 0 || handled ? [] : { unknown: unseen };
        }
        const foreign = resolution.found.filter((one) => accepts(one, ingress, classes) === undefined);
        return [
          find("ingress/class-annotation-unmatched", {
            severity:
              unseen !== undefined || foreign.length > 0 || taken.length > 0 || nginx.length === 0
                ? "warning"
                : "error",
            object: refOf(ingress, `metadata.annotations.${CLASS_ANNOTATION}`),
            summary: `the class annotation of Ingress ${name} is ${claim.name}, and no controller that was found listens to it`,
            evidence: [
              { k: CLASS_ANNOTATION, v: claim.name },
              ...nginx.map((one) => ({
                k: `controller ${controllerName(one)}`,
                v: `--ingress-class=${annotationClass(one)}`,
              })),
              ...foreign.map((one) => ({
                k: `controller ${controllerName(one)}`,
                v: `${one.kind.title}: not known what it listens to`,
              })),
              { k: "IngressClasses", v: unread ?? describeClasses(classes) },
              ...address,
            ],
            remedy: [
              "# use the field instead, and drop the annotation:",
              ...classRemedy(ingress, claim.name, classes, resolution.found),
              kubectl(namespace, "annotate", "ingress", name, `${CLASS_ANNOTATION}-`),
            ],
          }),
        ];
      }
      if (takers.length > 0 || onGke(itemsOr(wanted.nodes))) return [];
      const missing = unread ?? unseen;
      if (missing !== undefined && taken.length > 0) return [];
      if (unread !== undefined) return { unknown: unread };
      const pods = wanted.controllerPods;
      // A dump without pods is often a manifest: whether some controller takes such Ingresses is open, and nothing speaks against it.
      if (pods.state === "unavailable" && pods.reason === "not-in-dump")
        return { unknown: missing ?? "no controller is known" };
      const open = resolution.found.filter((one) => accepts(one, ingress, classes) === undefined);
      const later = laterDefault(classes);
      return [
        find("ingress/class-missing", {
          severity: taken.length > 0 || missing !== undefined || open.length > 0 ? "warning" : "error",
          object: refOf(ingress, "spec.ingressClassName"),
          summary:
            later === undefined
              ? `Ingress ${name} names no class, and no controller that was found takes Ingresses without one`
              : `Ingress ${name} names no class: the default class ${later.metadata.name} came too late, it is written into new Ingresses only`,
          evidence: [
            { k: "spec.ingressClassName", v: "not set" },
            { k: "IngressClasses", v: describeClasses(classes) },
            ...resolution.found.map((one) => ({
              k: `controller ${controllerName(one)}`,
              v: isNginx(one)
                ? "started without --watch-ingress-without-class"
                : open.includes(one)
                  ? `${one.kind.title}: not known whether it takes Ingresses without a class`
                  : `${one.kind.title} takes none without a class`,
            })),
            ...(later === undefined
              ? []
              : [
                  {
                    k: "default class",
                    v: `${later.metadata.name}: admission writes it into an Ingress when that is created, never afterwards`,
                  },
                ]),
            ...(missing === undefined ? [] : [{ k: "not verified", v: missing }]),
            ...address,
          ],
          remedy: [
            ...(later === undefined
              ? []
              : ["# set the class; or delete and re-create the Ingress, then the default class is applied"]),
            ...classRemedy(ingress, "", classes, resolution.found),
          ],
        }),
      ];
    });
  },
});

/** `nginx (k8s.io/ingress-nginx, default)`, or `none`. */
function describeClasses(classes: readonly IngressClass[]): string {
  const texts = classes
    .map(
      (one) =>
        `${one.metadata.name} (${one.spec?.controller ?? "no controller"}${isDefaultClass(one) ? ", default" : ""})`,
    )
    .toSorted();
  return texts.length === 0 ? "none" : listed(texts);
}

/** The class to name: one that is written alike, the default, or the only one whose controller runs. */
function classRemedy(
  ingress: Ingress,
  wanted: string,
  classes: readonly IngressClass[],
  found: readonly FoundController[],
): readonly string[] {
  const served = classes.filter((one) =>
    found.some((controller) =>
      isNginx(controller)
        ? controllerClass(controller) === one.spec?.controller
        : controller.kind.controllers.includes(one.spec?.controller ?? ""),
    ),
  );
  const names = (served.length > 0 ? served : classes).map((one) => one.metadata.name).toSorted();
  const chosen =
    nearest(
      wanted,
      classes.map((one) => one.metadata.name),
    )[0] ??
    classes.find(isDefaultClass)?.metadata.name ??
    (names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined) return [mergePatch(ingress, { spec: { ingressClassName: chosen } })];
  if (names.length === 0)
    return [
      "# no IngressClass exists: is an ingress controller installed? Each brings its class",
      "kubectl get ingressclasses",
    ];
  return [`# choose one of ${listed(names)}:`, mergePatch(ingress, { spec: { ingressClassName: names[0] } })];
}

function annotationTaker(value: string, { found }: Resolution): FoundController | undefined {
  return found.find((one) => (isNginx(one) ? annotationClass(one) === value : one.kind.annotations.includes(value)));
}

/** GKE's own controller takes Ingresses without a class, and those of class gce without an object. */
function onGke(nodes: readonly { readonly spec?: { readonly providerID?: string } }[]): boolean {
  return nodes.some((node) => (node.spec?.providerID ?? "").startsWith("gce://"));
}

/**
 * A default class, which the Ingress does not have: admission sets it on creation, so it became the default afterwards. When exactly is not recorded:
 * the class may be older, and only its annotation new.
 */
function laterDefault(classes: readonly IngressClass[]): IngressClass | undefined {
  return classes.find(isDefaultClass);
}
