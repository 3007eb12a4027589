import { check } from "../../../src/checks/ingress/redirect.ts";
import { vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { ingress } from "./_objects.ts";
import { sent } from "./_through.ts";

const WORLD = { ingresses: [ingress()] };
const to = (location: string, status = 308, scheme: "http" | "https" = "http") =>
  sent({ hop: "host", scheme, said: [status, status], attempt: { headers: { location } } });

checkCases(check, {
  fires: [
    {
      name: "https sends to the same https",
      given: { ...WORLD, probes: [to("https://shop.example.com/?netcheck=0a1b2c3d0003", 308, "https")] },
      expect: ["ingress/ssl-redirect-loop error"],
    },
    {
      name: "plain HTTP sends to itself, relatively",
      given: { ...WORLD, probes: [to("/", 301)] },
      expect: ["ingress/ssl-redirect-loop error"],
    },
    {
      name: "plain HTTP is sent on to https",
      given: { ...WORLD, probes: [to("https://shop.example.com/?netcheck=0a1b2c3d0003")] },
      expect: ["ingress/ssl-redirect info"],
    },
  ],
  silent: [
    { name: "an answer", given: { ...WORLD, probes: [sent({ hop: "host" })] } },
    { name: "to a login page", given: { ...WORLD, probes: [to("https://login.example.com/", 302)] } },
    { name: "302 to itself: a cookie comes with it", given: { ...WORLD, probes: [to("/", 302)] } },
    { name: "to a slash at the end", given: { ...WORLD, probes: [to("https://shop.example.com/app/", 301, "https")] } },
    { name: "a header that is no URL", given: { ...WORLD, probes: [to("https://[", 308)] } },
    {
      name: "from inside: where it sends is not kept",
      given: { ...WORLD, probes: [sent({ hop: "host", from: vantage(), said: [308, 308] })] },
      status: "skipped",
    },
  ],
});
