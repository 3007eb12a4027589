import { check } from "../../../src/checks/ingress/default-classes.ts";
import { checkCases } from "../../support/checks.ts";
import { ingress, ingressClass } from "./_objects.ts";

checkCases(check, {
  fires: [
    {
      name: "two",
      given: {
        ingresses: [ingress()],
        ingressClasses: [ingressClass({ isDefault: true }), ingressClass({ name: "b", isDefault: true })],
      },
      expect: ["ingress/multiple-default-classes warning"],
    },
  ],
  silent: [
    {
      name: "one",
      given: {
        ingresses: [ingress()],
        ingressClasses: [ingressClass({ isDefault: true }), ingressClass({ name: "b" })],
      },
    },
    { name: "none", given: { ingresses: [ingress()], ingressClasses: [ingressClass()] } },
  ],
});
