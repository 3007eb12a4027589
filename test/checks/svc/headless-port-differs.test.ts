import { check } from "../../../src/checks/svc/headless-port-differs.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "80 to 8080",
      given: { services: [service({ spec: { clusterIP: "None" } })] },
      expect: ["svc/headless-port-differs warning"],
    },
    {
      name: "for peers that find each other",
      given: { services: [service({ spec: { clusterIP: "None", publishNotReadyAddresses: true } })] },
      expect: ["svc/headless-port-differs info"],
    },
  ],
  silent: [
    { name: "kube-proxy translates for a cluster IP", given: { services: [service()] } },
    {
      name: "both agree",
      given: { services: [service({ spec: { clusterIP: "None", ports: [{ port: 8080, targetPort: 8080 }] } })] },
    },
    {
      name: "targetPort absent means the same number",
      given: { services: [service({ spec: { clusterIP: "None", ports: [{ port: 8080 }] } })] },
    },
    {
      name: "a named targetPort",
      given: { services: [service({ spec: { clusterIP: "None", ports: [{ port: 80, targetPort: "http" }] } })] },
    },
  ],
});
