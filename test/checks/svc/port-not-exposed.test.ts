import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/svc/port-not-exposed.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "no such number",
      given: { services: [service()], scope: { port: "443" } },
      expect: ["svc/port-not-exposed error"],
    },
    {
      name: "no such name",
      given: { services: [service()], scope: { port: "http" } },
      expect: ["svc/port-not-exposed error"],
    },
    {
      name: "the targetPort was given",
      given: { services: [service()], scope: { port: "8080" } },
      expect: ["svc/port-not-exposed error"],
    },
  ],
  silent: [
    { name: "by number", given: { services: [service()], scope: { port: "80" } } },
    {
      name: "by name",
      given: { services: [service({ spec: { ports: [{ name: "http", port: 80 }] } })], scope: { port: "http" } },
    },
    { name: "nothing was asked", given: { services: [service()] }, status: "skipped" },
    {
      name: "ExternalName lists no ports",
      given: { services: [service({ spec: { type: "ExternalName", ports: [] } })], scope: { port: "80" } },
      status: "skipped",
    },
    {
      name: "headless without ports",
      given: { services: [service({ spec: { clusterIP: "None", ports: [] } })], scope: { port: "80" } },
      status: "skipped",
    },
    {
      name: "headless: clients dial the targetPort",
      given: { services: [service({ spec: { clusterIP: "None" } })], scope: { port: "8080" } },
    },
  ],
});

it("names the unnamed port when it adds a second one, as the API demands", () => {
  const { findings } = runCheck(check, { services: [service()], scope: { port: "443" } });
  assert.equal(
    findings[0]?.remedy[1],
    `kubectl -n shop patch service web --type=json -p '[{"op":"add","path":"/spec/ports/0/name","value":"port-80"},{"op":"add","path":"/spec/ports/-","value":{"name":"port-443","port":443,"targetPort":443}}]'`,
  );
});
