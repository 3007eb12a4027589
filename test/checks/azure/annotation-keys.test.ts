import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KNOWN_ANNOTATIONS, nearest } from "../../../src/checks/azure/_known-annotations.ts";
import { check } from "../../../src/checks/azure/annotation-keys.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const UNKNOWN = "azure/annotation-unknown";
const PORT = "azure/annotation-port-unknown";
const typo = lb({ "azure-load-balancer-interal": "true" });

checkCases(check, {
  fires: [
    { name: "a letter is missing", given: onAzure(typo), expect: [`${UNKNOWN} warning`] },
    {
      name: "a key that resembles none",
      given: onAzure(lb({ "azure-make-it-work": "please" })),
      expect: [`${UNKNOWN} warning`],
    },
    {
      name: "a known key in other letters: keys are exact",
      given: onAzure(lb({ "Azure-Load-Balancer-Internal": "true" })),
      expect: [`${UNKNOWN} warning`],
    },
    {
      name: "a key of another cloud is only mentioned",
      given: onAzure(lb({ "aws-load-balancer-type": "nlb" })),
      expect: [`${UNKNOWN} info`],
    },
    {
      name: "an unknown parameter of a port",
      given: onAzure(lb({ "port_80_health-probe_prot": "http", port_80_x: "1" })),
      expect: [UNKNOWN, UNKNOWN],
    },
    {
      name: "a port that the Service does not have",
      given: onAzure(lb({ "port_8080_health-probe_protocol": "http" })),
      expect: [`${PORT} warning`],
    },
    {
      name: "a port by name, which is not how it works",
      given: onAzure(lb({ port_http_no_lb_rule: "true" })),
      expect: [PORT],
    },
    {
      name: "a Service without ports",
      given: onAzure(lb({ port_80_no_lb_rule: "true" }, { ports: [] })),
      expect: [PORT],
    },
  ],
  silent: [
    ...elsewhere(typo),
    { name: "known keys", given: onAzure(lb(Object.fromEntries([...KNOWN_ANNOTATIONS].map((key) => [key, "x"])))) },
    {
      name: "known keys of its port",
      given: onAzure(lb({ "port_80_health-probe_request-path": "/healthz", port_80_no_probe_rule: "true" })),
    },
    {
      name: "annotations of others",
      given: onAzure({ ...lb(), metadata: { ...lb().metadata, annotations: { "meta.helm.sh/release-name": "web" } } }),
    },
    { name: "no annotations at all", given: onAzure({ ...lb(), metadata: { name: "web", namespace: "shop" } }) },
  ],
});

describe("the nearest known key", () => {
  it("within three edits", () => {
    assert.equal(nearest("azure-load-balancer-interal", KNOWN_ANNOTATIONS), "azure-load-balancer-internal");
    assert.equal(nearest("azure-pip-nam", KNOWN_ANNOTATIONS), "azure-pip-name");
    assert.equal(nearest("azure-nothing-like-it", KNOWN_ANNOTATIONS), undefined);
  });
  it("is offered as the command, with the value that was given", () => {
    const [finding] = runCheck(check, onAzure(typo)).findings;
    assert.equal(
      finding?.remedy[0],
      "kubectl -n shop annotate service web --overwrite service.beta.kubernetes.io/azure-load-balancer-internal=true",
    );
    const [port] = runCheck(check, onAzure(lb({ "port_80_health-probe_protocl": "http" }))).findings;
    assert.match(port?.remedy[0] ?? "", /port_80_health-probe_protocol=http$/);
  });
});
