import type { Ingress, IngressClass } from "../kube.ts";
import { type ControllerKind, kindByAnnotation, kindByController } from "./controllers.ts";

/** The deprecated annotation that named a class before `spec.ingressClassName`. */
export const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** How an Ingress says which controller should take it. */
export type ClassClaim =
  | {
      readonly by: "field";
      readonly name: string;
      /** The IngressClass object, or undefined when there is none of that name. */
      readonly object: IngressClass | undefined;
      /** The object's `spec.controller`; "" when it has none. */
      readonly controller: string;
      readonly kind: ControllerKind | undefined;
      /** The annotation is set as well; ingress-nginx then ignores it. */
      readonly annotation: string | undefined;
    }
  | {
      readonly by: "annotation";
      readonly name: string;
      readonly object: IngressClass | undefined;
      readonly kind: ControllerKind | undefined;
    }
  | { readonly by: "nothing" };

/**
 * What an Ingress claims, from its field first, then its annotation. With neither, only controllers that watch classless Ingresses take it; a default
 * class does not apply afterwards, since admission sets it on create only.
 * Sources: networking/v1 IngressSpec.ingressClassName; admission plugin DefaultIngressClass; ingress-nginx store GetIngressClass.
 */
export function classOf(ingress: Ingress, classes: readonly IngressClass[]): ClassClaim {
  const name = ingress.spec?.ingressClassName;
  const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION];
  const objectOf = (wanted: string): IngressClass | undefined => classes.find((item) => item.metadata.name === wanted);
  if (name !== undefined && name !== "") {
    const object = objectOf(name);
    const controller = object?.spec?.controller ?? "";
    return { by: "field", name, object, controller, kind: kindByController(controller), annotation };
  }
  if (annotation === undefined || annotation === "") return { by: "nothing" };
  const object = objectOf(annotation);
  const kind = kindByAnnotation(annotation) ?? kindByController(object?.spec?.controller ?? "");
  return { by: "annotation", name: annotation, object, kind };
}

/** Whether the class is the cluster's default: the annotation's value is exactly `true`. */
export function isDefaultClass(item: IngressClass): boolean {
  return item.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
}
