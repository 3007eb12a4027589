import { check } from "../../../src/checks/svc/nodeport-note.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "NodePort",
      given: { services: [service({ spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31080 }] } })] },
      expect: ["svc/nodeport-note info"],
    },
  ],
  silent: [
    { name: "ClusterIP", given: { services: [service()] } },
    {
      name: "a load balancer without node ports",
      given: { services: [service({ spec: { type: "LoadBalancer", ports: [{ port: 80 }] } })] },
    },
  ],
});
