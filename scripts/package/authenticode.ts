/** Windows programs (Microsoft, "PE Format"): the publisher's signature, which no longer holds once something is injected. */

const CERTIFICATE_TABLE = 4;

/** The program without its Authenticode signature: the directory's entry and the checksum zeroed, the certificates at the end cut off. */
export function stripSignature(program: Buffer): Buffer {
  const directory = certificateDirectory(program);
  const at = program.readUInt32LE(directory);
  const size = program.readUInt32LE(directory + 4);
  if (size === 0) return program;
  if (at + size !== program.length) throw new Error("the certificate table does not end the file");
  const out = Buffer.from(program.subarray(0, at));
  out.writeUInt32LE(0, directory);
  out.writeUInt32LE(0, directory + 4);
  out.writeUInt32LE(0, optionalHeader(out) + 64);
  return out;
}

/** Whether a certificate table is announced. */
export function isSigned(program: Buffer): boolean {
  return program.readUInt32LE(certificateDirectory(program) + 4) !== 0;
}

function optionalHeader(program: Buffer): number {
  const pe = program.readUInt32LE(0x3c);
  if (program.toString("latin1", 0, 2) !== "MZ" || program.toString("latin1", pe, pe + 4) !== "PE\0\0")
    throw new Error("no Windows program");
  return pe + 24;
}

function certificateDirectory(program: Buffer): number {
  const optional = optionalHeader(program);
  if (program.readUInt16LE(optional) !== 0x20b) throw new Error("no 64-bit Windows program");
  return optional + 112 + CERTIFICATE_TABLE * 8;
}
