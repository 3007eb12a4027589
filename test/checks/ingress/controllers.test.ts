import { check as address } from "../../../src/checks/ingress/address.ts";
import { check as port } from "../../../src/checks/ingress/controller-port.ts";
import { check as log } from "../../../src/checks/ingress/log.ts";
import { check as reload } from "../../../src/checks/ingress/reload.ts";
import type { Service } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event, NOW, service, slice } from "../../support/objects.ts";
import { ingress, ingressClass, nginxPod, tlsSecret } from "./_objects.ts";
import { markerOf, sent } from "./_through.ts";

const NGINX = { ingressClasses: [ingressClass()], controllerPods: [nginxPod()] };
const AGIC = { ingressClasses: [ingressClass({ controller: "azure/application-gateway" })], controllerPods: [] };
const exposing = (ports: NonNullable<Service["spec"]>["ports"], ip: string | undefined = "20.84.1.2") => [
  service({
    metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
    spec: { type: "LoadBalancer", selector: { "app.kubernetes.io/name": "ingress-nginx" }, ports: ports ?? [] },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  }),
];
const BOTH = [
  { name: "http", port: 80, targetPort: "http" },
  { name: "https", port: 443, targetPort: "https" },
];
const old = ingress({ address: null });

checkCases(address, {
  fires: [
    {
      name: "none, with ingress-nginx",
      given: { ...NGINX, controllerServices: exposing(BOTH), ingresses: [old] },
      expect: ["ingress/address-empty warning"],
    },
    { name: "none, with AGIC", given: { ...AGIC, ingresses: [old] }, expect: ["ingress/address-empty error"] },
    {
      name: "none, and the controller has none either",
      given: { ...NGINX, controllerServices: [], ingresses: [old] },
      expect: ["ingress/address-empty info"],
    },
    {
      name: "none, with an unknown controller",
      given: { ingressClasses: [ingressClass({ controller: "example.com/x" })], ingresses: [old] },
      expect: ["ingress/address-empty info"],
    },
    {
      name: "another one",
      given: { ...NGINX, controllerServices: exposing(BOTH, "20.84.9.9"), ingresses: [ingress()] },
      expect: ["ingress/address-stale warning"],
    },
  ],
  silent: [
    { name: "the controller's", given: { ...NGINX, controllerServices: exposing(BOTH), ingresses: [ingress()] } },
    {
      name: "a minute old",
      given: { ...NGINX, controllerServices: exposing(BOTH), ingresses: [ingress({ address: null, age: 60 })] },
    },
    { name: "a dump without a clock", given: { ...NGINX, ingresses: [old], takenAt: "1970-01-01T00:00:00Z" } },
    {
      name: "--update-status=false",
      given: { ...NGINX, controllerPods: [nginxPod(["--update-status=false"])], ingresses: [old] },
      status: "skipped",
    },
    {
      name: "--publish-status-address",
      given: {
        ...NGINX,
        controllerPods: [nginxPod(["--publish-status-address=1.2.3.4"])],
        controllerServices: exposing(BOTH, "20.84.9.9"),
        ingresses: [ingress()],
      },
    },
    {
      name: "bare metal: the Service has no address",
      given: { ...NGINX, controllerServices: exposing(BOTH, undefined), ingresses: [ingress()] },
    },
  ],
});

const secure = [ingress({ tls: [{ hosts: ["shop.example.com"] }] })];
checkCases(port, {
  fires: [
    {
      name: "TLS and no port for it",
      given: {
        ...NGINX,
        controllerServices: exposing([{ name: "http", port: 80, targetPort: "http" }]),
        ingresses: secure,
      },
      expect: ["ingress/controller-port-missing error"],
    },
    {
      name: "plain and HTTPS only",
      given: { ...NGINX, controllerServices: exposing([{ port: 443, targetPort: "https" }]), ingresses: [ingress()] },
      expect: ["ingress/controller-port-missing warning"],
    },
  ],
  silent: [
    { name: "both", given: { ...NGINX, controllerServices: exposing(BOTH), ingresses: secure } },
    {
      name: "custom numbers that lead to the listeners",
      given: { ...NGINX, controllerServices: exposing([{ port: 8443, targetPort: "https" }]), ingresses: secure },
    },
    {
      name: "ports that say nothing",
      given: { ...NGINX, controllerServices: exposing([{ port: 9000, targetPort: 9000 }]), ingresses: secure },
    },
    {
      name: "no Service: hostNetwork",
      given: { ...NGINX, controllerServices: [], ingresses: secure },
      status: "skipped",
    },
  ],
});

const reloaded = (type: string, seconds: number) => event(nginxPod(), { reason: "RELOAD", type, seconds });
checkCases(reload, {
  fires: [
    {
      name: "the newest failed",
      given: { ...NGINX, ingresses: [ingress()], controllerEvents: [reloaded("Normal", 300), reloaded("Warning", 60)] },
      expect: ["ingress/controller-reload-failing error"],
    },
  ],
  silent: [
    {
      name: "mended",
      given: { ...NGINX, ingresses: [ingress()], controllerEvents: [reloaded("Warning", 300), reloaded("Normal", 60)] },
    },
    { name: "long ago", given: { ...NGINX, ingresses: [ingress()], controllerEvents: [reloaded("Warning", 2000)] } },
    { name: "no controller", given: { ...AGIC, ingresses: [ingress()], controllerEvents: [] }, status: "skipped" },
  ],
});

const stamp = (seconds: number): string => ago(seconds).replace("T", " ").replace("Z", "").replaceAll("-", "/");
const klog = (seconds: number): string => ago(seconds).replace(/^\d+-(\d\d)-(\d\d)T(.*)Z$/, "$1$2 $3.000000");
const request = (upstream: string, host = "shop.example.com"): string =>
  `client: 10.0.0.9, server: ${host}, request: "GET / HTTP/1.1", upstream: "http://${upstream}/", host: "${host}"`;
const refused = (seconds: number, upstream = "10.244.1.15:8080", host?: string): string =>
  `${stamp(seconds)} [error] 31#31: *7 connect() failed (111: Connection refused) while connecting to upstream, ${request(upstream, host)}`;
const upstreamFault = (text: string): string =>
  `${stamp(30)} [error] 31#31: *7 ${text}, ${request("10.244.1.15:8080")}`;
const access = (seconds: number, status: number): string => {
  const at = new Date(Date.parse(NOW) - seconds * 1000);
  const day = `${String(at.getUTCDate()).padStart(2, "0")}/Nov/2026:${ago(seconds).slice(11, 19)} +0000`;
  return `10.0.0.9 - - [${day}] "GET / HTTP/1.1" ${status} 12 "-" "curl/8" 80 0.001 [shop-web-80] [] 10.244.1.15:8080 12 0.001 ${status} abc`;
};
const world = (...lines: readonly string[]) => ({
  ...NGINX,
  ingresses: [ingress({ tls: [{ hosts: ["shop.example.com"], secretName: "shop-tls" }] })],
  services: [service()],
  endpointSlices: [slice()],
  logs: [
    {
      namespace: "ingress-nginx",
      pod: "ingress-nginx-controller-abc-1",
      container: "controller",
      previous: false,
      lines,
    },
  ],
});

const startingUp = (line: string) => ({ ...world(line), endpointSlices: [slice({ endpoints: [] })] });

checkCases(log, {
  fires: [
    { name: "refused just now", given: world(refused(20)), expect: ["ingress/log-upstream-refused error"] },
    { name: "refused some minutes ago", given: world(refused(300)), expect: ["ingress/log-upstream-refused warning"] },
    {
      name: "refused after an answer",
      given: world(access(60, 200), refused(20)),
      expect: ["ingress/log-upstream-refused error"],
    },
    {
      name: "an answer of 502 takes nothing back",
      given: world(refused(20), access(10, 502)),
      expect: ["ingress/log-upstream-refused error"],
    },
    {
      name: "no answer to connecting",
      given: world(upstreamFault("upstream timed out (110: Operation timed out) while connecting to upstream")),
      expect: ["ingress/log-upstream-timeout error"],
    },
    {
      name: "slow",
      given: world(
        upstreamFault("upstream timed out (110: Operation timed out) while reading response header from upstream"),
      ),
      expect: ["ingress/log-upstream-slow warning"],
    },
    {
      name: "slow, and it was our own request that failed by it",
      given: {
        ...world(
          upstreamFault(
            "upstream timed out (110: Operation timed out) while reading response header from upstream",
          ).replace("GET / ", `GET /?netcheck=${markerOf("host", "here")} `),
        ),
        probes: [sent({ hop: "host", said: [504, 504] })],
      },
      expect: ["ingress/log-upstream-slow error"],
    },
    {
      name: "closed",
      given: world(upstreamFault("upstream prematurely closed connection while reading response header from upstream")),
      expect: ["ingress/log-upstream-closed warning"],
    },
    {
      name: "TLS to a plain port",
      given: world(
        upstreamFault(
          "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
        ),
      ),
      expect: ["ingress/log-upstream-tls error"],
    },
    {
      name: "big headers",
      given: world(upstreamFault("upstream sent too big header while reading response header from upstream")),
      expect: ["ingress/log-header-too-big warning"],
    },
    {
      name: "no HTTP",
      given: world(upstreamFault("upstream sent no valid HTTP/1.0 header while reading response header from upstream")),
      expect: ["ingress/log-upstream-protocol error"],
    },
    {
      name: "a large body",
      given: world(upstreamFault("client intended to send too large body: 2097152 bytes")),
      expect: ["ingress/log-body-too-large info"],
    },
    {
      name: "no endpoint",
      given: startingUp(
        `W${klog(30)}       7 controller.go:1112] Service "shop/web" does not have any active Endpoint.`,
      ),
      expect: ["ingress/log-no-endpoint warning"],
    },
    {
      name: "no Service",
      given: startingUp(
        `W${klog(30)}       7 controller.go:1075] Error obtaining Endpoints for Service "shop/web": no object matching key "shop/web" in local store`,
      ),
      expect: ["ingress/log-service-missing warning"],
    },
    {
      name: "the certificate",
      given: world(
        `W${klog(30)}       7 controller.go:1372] Error getting SSL certificate "shop/shop-tls": local SSL certificate shop/shop-tls was not found`,
      ),
      expect: ["ingress/log-cert-default warning"],
    },
    {
      name: "ignored",
      given: world(
        `I${klog(30)}       7 store.go:436] "Ignoring ingress because of error while validating ingress class" ingress="shop/web" error="no object matching key"`,
      ),
      expect: ["ingress/log-ignored error"],
    },
    {
      name: "a reload that failed",
      given: world(`E${klog(30)}       7 controller.go:205] Unexpected failure reloading the backend:`),
      expect: ["ingress/log-reload-failed error"],
    },
  ],
  silent: [
    { name: "nothing", given: world(access(10, 200)) },
    {
      name: "no endpoint while the app was starting: it has one now",
      given: world(`W${klog(30)} 7 x] Service "shop/web" does not have any active Endpoint.`),
    },
    {
      name: "the certificate came later",
      given: {
        ...world(`W${klog(30)} 7 x] Error getting SSL certificate "shop/shop-tls": not found`),
        tlsSecrets: [tlsSecret()],
      },
    },
    { name: "of another host", given: world(refused(20, "10.244.1.15:8080", "other.example.com")) },
    { name: "of an endpoint that is gone", given: world(refused(20, "10.244.1.99:8080")) },
    { name: "longer ago than ten minutes", given: world(refused(700)) },
    { name: "the endpoint has answered since", given: world(refused(60), access(10, 200)) },
    {
      name: "a reload that succeeded since",
      given: world(
        `E${klog(60)} 7 x] Unexpected failure reloading the backend:`,
        `I${klog(30)} 7 x] "Backend successfully reloaded"`,
      ),
    },
    {
      name: "another Service",
      given: world(`W${klog(30)} 7 x] Service "shop/web-2" does not have any active Endpoint.`),
    },
    { name: "the log was not read", given: { ...world(), logs: [] }, status: "skipped" },
    {
      name: "the log may not be read",
      given: {
        ...world(),
        logs: [
          {
            namespace: "ingress-nginx",
            pod: "ingress-nginx-controller-abc-1",
            container: "controller",
            previous: false,
            lines: [],
            unreadable: "forbidden",
          },
        ],
      },
      status: "unknown",
    },
    {
      name: "a dump without a clock",
      given: { ...world(refused(20)), takenAt: "1970-01-01T00:00:00Z" },
      status: "skipped",
    },
    { name: "another controller", given: { ...AGIC, ingresses: [ingress()] }, status: "skipped" },
  ],
});
