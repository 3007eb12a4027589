import { parseAddress } from "../../model/cidr.ts";
import type { Ingress } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import type { Cell, CellMark } from "../../model/report.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { coversHost } from "../../model/tls.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

const DAY = 24 * 60 * 60 * 1000;

/** I3: what each TLS host is served with, from the public part of its Secret, and what came over the wire where that was tried. */
export function tls(ingress: Ingress, input: SectionInput): Table {
  const table = fromSecrets(ingress, input);
  const wire = new Map(
    itemsOr(input.snapshot.collections.probes).flatMap(({ target, attempts }) => {
      const seen = attempts.find((attempt) => attempt.tls !== undefined)?.tls?.certificates[0];
      return seen === undefined || target.name === undefined ? [] : [[target.name.toLowerCase(), seen] as const];
    }),
  );
  if (wire.size === 0) return table;
  const rows = table.rows.map((row) => {
    const host = row[0]?.text ?? "";
    const served = wire.get(host.toLowerCase());
    if (served === undefined) return [...row, cell("-", "dim")];
    const name = /CN\s*=\s*([^,]+)/.exec(served.subject)?.[1] ?? served.dnsNames[0] ?? "?";
    return [...row, cell(name, coversHost(served, host) ? "ok" : "bad")];
  });
  return { ...table, columns: [...table.columns, whole("SERVED-ON-WIRE")], rows };
}

function fromSecrets(ingress: Ingress, { snapshot }: SectionInput): Table {
  const { tlsSecrets } = snapshot.collections;
  const now = Date.parse(snapshot.takenAt);
  const rules = [...new Set((ingress.spec?.rules ?? []).flatMap((rule) => rule.host ?? []))];
  const rows = (ingress.spec?.tls ?? []).flatMap((entry) => {
    const named = entry.hosts ?? [];
    const hosts = named.length > 0 ? named : rules.length > 0 ? rules : ["*"];
    const name = entry.secretName ?? "";
    const secret =
      tlsSecrets.state === "ok"
        ? tlsSecrets.items.find(
            (one) => one.metadata.name === name && one.metadata.namespace === ingress.metadata.namespace,
          )
        : undefined;
    const leaf = secret?.certificates[0];
    const nothing = cell("-", "dim");
    return hosts.map((host): readonly Cell[] => {
      if (name === "") return [cell(host), cell("(controller's default)"), nothing, nothing, nothing, nothing];
      const unread = tlsSecrets.state !== "ok" || (tlsSecrets.gaps ?? []).length > 0;
      if (secret === undefined)
        return [
          cell(host),
          cell(name),
          unread ? cell("not read", "dim") : cell("no such Secret", "bad"),
          nothing,
          nothing,
          nothing,
        ];
      const usable = secret.certificate === "ok" && secret.privateKey === "ok";
      const paired = secret.pair === "mismatch" || secret.pair === "wrong-order";
      const keys = usable
        ? paired
          ? cell(secret.pair === "mismatch" ? "key mismatch" : "wrong order", "bad")
          : cell("crt,key", "ok")
        : cell(secret.keys.join(",") || "none", "bad");
      if (leaf === undefined) return [cell(host), cell(name), keys, nothing, nothing, nothing];
      const covered = host === "*" || parseAddress(host) !== undefined || coversHost(leaf, host);
      const until = timeOf(leaf.notAfter);
      const left = until === undefined || now === 0 ? undefined : until - now;
      const mark: CellMark | undefined =
        left === undefined ? undefined : left <= 0 ? "bad" : left < 14 * DAY ? "warn" : undefined;
      return [
        cell(host),
        cell(name),
        keys,
        host === "*"
          ? nothing
          : covered
            ? cell("yes", "ok")
            : cell(`NO (${leaf.dnsNames.slice(0, 3).join(",") || "no DNS name"})`, "bad"),
        cell(leaf.notAfter.slice(0, 10), mark),
        cell(
          leaf.selfIssued
            ? "self-signed"
            : `${secret.certificates.length} certificate${secret.certificates.length === 1 ? "" : "s"}`,
        ),
      ];
    });
  });
  return { columns: ["HOST", "SECRET", "KEYS", "SAN-MATCH", "NOT-AFTER", "CHAIN"].map(whole), rows };
}
