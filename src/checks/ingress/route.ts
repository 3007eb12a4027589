import { defineCheck } from "../../model/check.ts";
import { askedOf } from "../../model/ingress/asked.ts";
import { isSame, readingOf } from "../../model/ingress/resolve.ts";
import { type Route, routesOf } from "../../model/ingress/routes.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  backendText,
  forEachIngress,
  INGRESS,
  jsonPatch,
  listed,
  NGINX,
  netcheck,
  peers,
  resolved,
  routeText,
  unreadable,
} from "./_shared.ts";

/** `--host` and `--path`: which rule takes such a request, and what answers when none does. */
export const check = defineCheck({
  id: "ingress/route",
  question: "Which rule takes the request that was asked about?",
  hop: "ingress",
  appliesTo: ["ingress"],
  essential: true,
  needs: [],
  wants: ["allIngresses", "ingressClasses", "controllerPods"],
  notFor: (scope) =>
    scope.host === undefined && scope.path === undefined ? "no --host or --path was given" : undefined,
  findings: {
    "ingress/no-rule-for-host": {
      severity: "error",
      title: "No rule takes this host",
      explain:
        "No rule names the host exactly, by a wildcard that covers one label, or no host at all, and there is no default backend: the controller itself answers, usually with 404. " +
        "Another Ingress may own the host; it is named then.",
      docs: [`${INGRESS}#hostname-wildcards`],
    },
    "ingress/no-rule-for-path": {
      severity: "error",
      title: "A rule has the host, but none of its paths takes this one",
      explain:
        "Prefix compares whole elements (/foo takes /foo/x, not /foobar), Exact compares everything, the final slash too, and case counts: the controller itself answers, usually with 404. " +
        "Unknown instead where a path's meaning is up to the controller.",
      docs: [`${INGRESS}#path-types`],
    },
    "ingress/route-taken-elsewhere": {
      severity: "error",
      title: "Another Ingress takes this request",
      explain:
        "A rule of another Ingress of the same controller fits the request better (more specific host, longer path) or is older, so the requests never use the Ingress that was asked about.",
      docs: [`${INGRESS}#multiple-matches`, `${NGINX}how-it-works/`],
    },
    "ingress/route-found": {
      severity: "info",
      title: "The rule that takes the request",
      explain: "Which rule wins for the host and path that were asked about, and why.",
      docs: [`${INGRESS}#multiple-matches`],
    },
    "ingress/wildcard-host-depth": {
      severity: "info",
      title: "A wildcard host covers one label only",
      explain:
        "*.example.com takes a.example.com, neither a.b.example.com nor example.com. (In the Gateway API it covers several.)",
      docs: [`${INGRESS}#hostname-wildcards`],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { name } = ingress.metadata;
      const others = peers(ingress, itemsOr(wanted.allIngresses), wanted);
      const asked = askedOf(ingress, others, scope, readingOf(resolved(ingress, wanted))) ?? [];
      const blind = unreadable("the Ingresses of other namespaces", wanted.allIngresses);
      const open = asked.filter(({ path, answer }) => path !== undefined && answer.kind === "unknown");
      const findings = asked.flatMap(({ host, path, answer }) => {
        const request = `http://${host === "" ? "(any host)" : host}${path ?? "/"}`;
        const notes = blind === undefined ? [] : [{ k: "not verified", v: blind }];
        if (answer.kind === "unknown") return [];
        if (answer.kind === "route") {
          if (
            path === undefined &&
            !isSame(answer.route.ingress, ingress) &&
            routesOf(ingress).some((route) => route.host === answer.route.host)
          )
            return [];
          if (isSame(answer.route.ingress, ingress))
            return path === undefined
              ? []
              : [
                  find("ingress/route-found", {
                    object: refOf(ingress, answer.route.at),
                    summary: `${request} goes to ${backendText(answer.route)}: ${answer.why}`,
                    evidence: [
                      { k: routeText(answer.route), v: `${answer.route.pathType} → ${backendText(answer.route)}` },
                      ...notes,
                    ],
                  }),
                ];
          // The same route in an older Ingress is told by ingress/duplicate-route.
          const { route } = answer;
          if (
            path !== undefined &&
            routesOf(ingress).some(
              (one) => one.host === route.host && one.path === route.path && one.pathType === route.pathType,
            )
          )
            return [];
          const winner = answer.route.ingress.metadata;
          return [
            find("ingress/route-taken-elsewhere", {
              object: refOf(ingress),
              summary: `${request} goes to Ingress ${winner.namespace}/${winner.name}, not to ${name}: ${answer.why}`,
              evidence: [
                {
                  k: `Ingress ${winner.namespace}/${winner.name}`,
                  v: `${routeText(answer.route)} → ${backendText(answer.route)}`,
                },
                { k: `rules of ${name}`, v: listed(routesOf(ingress).map(routeText)) },
              ],
              remedy: [netcheck(winner.namespace, "ingress", winner.name)],
            }),
          ];
        }
        if (answer.why === "no-path" && path === undefined) return [];
        const noPath = answer.why === "no-path";
        const hint = noPath ? pathHint(path ?? "/", answer.candidates) : hostHint(host, ingress);
        const wildcard = noPath ? undefined : deepWildcard(host, ingress);
        return [
          find(noPath ? "ingress/no-rule-for-path" : "ingress/no-rule-for-host", {
            object: refOf(ingress, "spec.rules"),
            summary: noPath
              ? `no path of host ${host === "" ? "*" : host} takes ${path}: the controller answers itself, usually 404`
              : `no rule of Ingress ${name} takes host ${host}: the controller answers itself, usually 404`,
            evidence: [
              noPath
                ? {
                    k: "paths of the host",
                    v: listed(
                      answer.candidates.map((route) => `${route.path} (${route.pathType})`),
                      10,
                    ),
                  }
                : {
                    k: "hosts",
                    v: listed([...new Set(routesOf(ingress).map((route) => route.host || "*"))], 10) || "none",
                  },
              ...hint.map((v) => ({ k: "hint", v })),
              ...notes,
            ],
            remedy: noPath ? addPath(ingress, answer.candidates, path ?? "/") : addHost(ingress, host),
          }),
          ...(wildcard === undefined
            ? []
            : [
                find("ingress/wildcard-host-depth", {
                  object: refOf(ingress, "spec.rules"),
                  summary: `${wildcard} covers one label only, not ${host}`,
                  evidence: [{ k: "host of the rule", v: wildcard }],
                }),
              ]),
        ];
      });
      if (findings.length === 0 && open.length > 0) {
        const first = open[0]?.answer;
        return { unknown: first?.kind === "unknown" ? first.why : "a path cannot be evaluated here" };
      }
      return findings;
    });
  },
});

function pathHint(path: string, candidates: readonly Route[]): readonly string[] {
  const bare = path.replace(/\/+$/, "");
  return candidates.flatMap((route) => {
    const own = route.path ?? "/";
    if (route.pathType === "Exact" && own.replace(/\/+$/, "") === bare)
      return [`${own} is Exact: the final slash counts`];
    if (own.toLowerCase() === path.toLowerCase()) return [`${own} differs in case only`];
    if (route.pathType === "Exact" && path.startsWith(`${own.replace(/\/+$/, "")}/`))
      return [`${own} is Exact; as Prefix it would take ${path}`];
    if (route.pathType === "Prefix" && own !== "/" && path.startsWith(own))
      return [`Prefix ${own} compares whole elements`];
    return [];
  });
}

function hostHint(host: string, ingress: Ingress): readonly string[] {
  const hosts = [...new Set(routesOf(ingress).map((route) => route.host))].filter((one) => one !== "");
  return hosts.flatMap((own) => {
    if (own.startsWith("*.") && own.slice(2) === host.toLowerCase())
      return [`${own} does not cover the bare domain ${host}`];
    if (own.replace(/^www\./, "") === host.toLowerCase().replace(/^www\./, "")) return [`${own} differs in www. only`];
    return [];
  });
}

/** A wildcard of the Ingress that would cover the host if it covered several labels. */
function deepWildcard(host: string, ingress: Ingress): string | undefined {
  return routesOf(ingress)
    .map((route) => route.host)
    .find((own) => own.startsWith("*.") && host.toLowerCase().endsWith(own.slice(1).toLowerCase()));
}

function addPath(ingress: Ingress, candidates: readonly Route[], path: string): readonly string[] {
  const rule = candidates.find((route) => isSame(route.ingress, ingress))?.at;
  const index = /rules\[(\d+)\]/.exec(rule ?? "")?.[1];
  const model = candidates[0];
  if (index === undefined || model === undefined) return ["# add a path to the rule of this host"];
  const backend = {
    service: {
      name: model.backend.service,
      port: typeof model.backend.port === "number" ? { number: model.backend.port } : { name: model.backend.port },
    },
  };
  return [
    `# if ${backendText(model)} should take it:`,
    jsonPatch(ingress, [
      { op: "add", path: `/spec/rules/${index}/http/paths/-`, value: { path, pathType: "Prefix", backend } },
    ]),
  ];
}

function addHost(ingress: Ingress, host: string): readonly string[] {
  const rule = (ingress.spec?.rules ?? [])[0];
  if (rule === undefined) return ["# add a rule with this host"];
  return [
    "# if the first rule is meant for this host too:",
    jsonPatch(ingress, [{ op: "add", path: "/spec/rules/-", value: { ...rule, host } }]),
  ];
}
