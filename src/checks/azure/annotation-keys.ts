import { ANNOTATION_PREFIX } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import type { Service } from "../../model/kube.ts";
import { describePort } from "../../model/ports.ts";
import { KNOWN_ANNOTATIONS, KNOWN_PORT_PARAMETERS, nearest } from "./_known-annotations.ts";
import {
  annotationRef,
  forAzureServices,
  PROVIDER,
  removeAnnotation,
  setAnnotation,
  withoutLoadBalancer,
} from "./_shared.ts";

/** Annotations that Azure's provider passes over without a word, because their key is misspelt or names no port. */
export const check = defineCheck({
  id: "azure/annotation-keys",
  question: "Does Azure read every annotation that was set for it?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "azure/annotation-unknown": {
      severity: "warning",
      title: "An annotation that Azure does not know",
      explain:
        "The provider reads its annotations by their exact key and ignores the rest in silence, so that a misspelt one has no effect. Keys of other clouds are harmless here and only mentioned.",
      docs: [PROVIDER],
    },
    "azure/annotation-port-unknown": {
      severity: "warning",
      title: "An annotation for a port that the Service does not have",
      explain:
        "port_N_… annotations go by the Service's port number (not the targetPort, not the node port). One for another number has no effect.",
      docs: [PROVIDER],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) =>
      Object.keys(service.metadata.annotations ?? {})
        .filter((key) => key.startsWith(ANNOTATION_PREFIX))
        .sort()
        .flatMap((key): readonly Finding[] => {
          const name = key.slice(ANNOTATION_PREFIX.length);
          const port = /^port_([^_]*)_(.+)$/.exec(name);
          if (port === null) return KNOWN_ANNOTATIONS.has(name) ? [] : [unknownKey(service, key, name)];
          const [, number = "", parameter = ""] = port;
          if (!KNOWN_PORT_PARAMETERS.has(parameter)) return [unknownKey(service, key, name)];
          return hasPort(service, number) ? [] : [unknownPort(service, key, name, number)];
        }),
    );

    function unknownKey(service: Service, key: string, name: string): Finding {
      const value = service.metadata.annotations?.[key] ?? "";
      const evidence = [{ k: key, v: value }];
      const object = annotationRef(service, name);
      if (!/^(azure-|port_)/.test(name) && nearest(name, KNOWN_ANNOTATIONS) === undefined)
        return find("azure/annotation-unknown", {
          object,
          severity: "info",
          summary: `annotation ${key} is none of Azure's; it has no effect on this cluster`,
          evidence,
        });
      const near = nearKey(name);
      return find("azure/annotation-unknown", {
        object,
        // A newer provider may know a key that this list does not; one that nearly spells a known key is a slip.
        confidence: near === undefined ? "possible" : "likely",
        summary: `annotation ${key} has no effect: Azure knows no such key`,
        evidence:
          near === undefined ? evidence : [...evidence, { k: "nearest known key", v: `${ANNOTATION_PREFIX}${near}` }],
        remedy: [...(near === undefined ? [] : [setAnnotation(service, near, value)]), removeAnnotation(service, key)],
      });
    }

    function unknownPort(service: Service, key: string, name: string, number: string): Finding {
      return find("azure/annotation-port-unknown", {
        object: annotationRef(service, name),
        summary: `annotation ${key} is for port ${number}, which Service ${service.metadata.name} does not have`,
        evidence: [
          { k: key, v: service.metadata.annotations?.[key] ?? "" },
          { k: "ports of the Service", v: (service.spec?.ports ?? []).map(describePort).join(", ") || "none" },
        ],
        remedy: [
          "# set the annotation for one of the Service's own port numbers, and remove this one",
          removeAnnotation(service, key),
        ],
      });
    }
  },
});

function hasPort(service: Service, number: string): boolean {
  return (service.spec?.ports ?? []).some(({ port }) => String(port) === number);
}

function nearKey(name: string): string | undefined {
  const port = /^(port_\d+_)(.+)$/.exec(name);
  if (port === null) return nearest(name, KNOWN_ANNOTATIONS);
  const near = nearest(port[2] ?? "", KNOWN_PORT_PARAMETERS);
  return near === undefined ? undefined : `${port[1] ?? ""}${near}`;
}
