/**
 * X.509 certificates made while a test runs, so that no private key lies in the repository: just enough DER (ITU-T X.690) for
 * ECDSA P-256 certificates with a common name, organisations, alternative names and a validity of one's choosing.
 */
import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly name: string;
  /** Kubernetes groups, when the certificate is a client's. */
  readonly organisations?: readonly string[];
  /** DNS names and IPv4 addresses. */
  readonly hosts?: readonly string[];
  /** `YYYY-MM-DD`, before 2050. */
  readonly notBefore?: string;
  readonly notAfter?: string;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);

const ECDSA_SHA256 = sequence(oid("2a8648ce3d040302"));
const COMMON_NAME = "550403";
const ORGANISATION = "55040a";

function nameOf(request: CertificateRequest): Buffer {
  const organisations = (request.organisations ?? []).map((one) => set(sequence(oid(ORGANISATION), utf8(one))));
  return sequence(...organisations, set(sequence(oid(COMMON_NAME), utf8(request.name))));
}

function time(day: string): Buffer {
  return der(0x17, Buffer.from(`${day.slice(2).replaceAll("-", "")}000000Z`));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, der(0x04, value));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const entries = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  );
  return sequence(...entries);
}

let serial = 1;

/** A certificate signed by `issuer`, or by itself (a certificate authority) when there is none. */
export function certificate(request: CertificateRequest, issuer?: KeyPair): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const own = nameOf(request);
  const extensions = [
    extension("551d13", true, sequence(...(issuer === undefined ? [der(0x01, Buffer.from([0xff]))] : []))),
    ...(request.hosts === undefined ? [] : [extension("551d11", false, alternativeNames(request.hosts))]),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, serial++])),
    ECDSA_SHA256,
    issuer === undefined ? own : subjectOf(issuer.cert),
    sequence(time(request.notBefore ?? "2020-01-01"), time(request.notAfter ?? "2049-12-31")),
    own,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signed = sequence(body, ECDSA_SHA256, bits(sign("sha256", body, signer)));
  return {
    cert: new X509Certificate(signed).toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** The subject's DER, taken out of a certificate of ours: its sixth field. */
function subjectOf(pem: string): Buffer {
  const raw = new X509Certificate(pem).raw;
  let at = contentOf(raw, contentOf(raw, 0).start).start;
  for (let field = 0; field < 5; field++) at = contentOf(raw, at).end;
  return raw.subarray(at, contentOf(raw, at).end);
}

function contentOf(raw: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = raw[at + 1] ?? 0;
  const lengthBytes = first < 128 ? 0 : first & 127;
  const length = lengthBytes === 0 ? first : raw.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return { start, end: start + length };
}
