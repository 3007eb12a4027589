/** Strips Linux programs (System V ABI, "Object Files"): our own, so that a package is the same whichever binutils the machine has. */

const HEADER = 64;
const SECTION = 64;
const NOT_STORED = 8; // SHT_NOBITS

interface Section {
  readonly name: string;
  readonly type: number;
  readonly inMemory: boolean;
  readonly offset: number;
  readonly size: number;
  /** Its entry in the section header table. */
  readonly entry: Buffer;
}

/**
 * The program without what is never loaded into memory (symbols, debug information): about a seventh of node. Everything that is loaded keeps
 * its place. Throws when the bytes are no little-endian 64-bit ELF, or when something to drop lies amid what must stay.
 */
export function stripElf(program: Buffer): Buffer {
  const sections = sectionsOf(program);
  const names = sections.at(program.readUInt16LE(62));
  if (names === undefined) throw new Error("the ELF file names no section for its section names");
  const keep = sections.filter((one, i) => i === 0 || one.inMemory || one === names);
  const end = Math.max(
    ...keep.filter((one) => one.inMemory && one.type !== NOT_STORED).map((one) => one.offset + one.size),
    ...segmentsEnds(program),
  );
  if (sections.some((one) => !keep.includes(one) && one.offset < end && one.type !== NOT_STORED))
    throw new Error("the ELF file has sections to drop amid those that stay");
  const place = new Map(keep.map((one, i) => [sections.indexOf(one), i]));
  const nameBytes = program.subarray(names.offset, names.offset + names.size);
  const table = align(end + nameBytes.length, 8);
  const out = Buffer.alloc(table + keep.length * SECTION);
  program.copy(out, 0, 0, end);
  nameBytes.copy(out, end);
  keep.forEach((one, i) => {
    const entry = Buffer.from(one.entry);
    // sh_link names another section by its number, and so does sh_info where the flags say so (SHF_INFO_LINK) or the type implies it.
    entry.writeUInt32LE(place.get(entry.readUInt32LE(40)) ?? 0, 40);
    if ((entry.readUInt32LE(8) & 0x40) !== 0) entry.writeUInt32LE(place.get(entry.readUInt32LE(44)) ?? 0, 44);
    if (one === names) entry.writeBigUInt64LE(BigInt(end), 24);
    entry.copy(out, table + i * SECTION);
  });
  out.writeBigUInt64LE(BigInt(table), 40);
  out.writeUInt16LE(keep.length, 60);
  out.writeUInt16LE(keep.indexOf(names), 62);
  return out;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function sectionsOf(program: Buffer): readonly Section[] {
  if (program.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") throw new Error("no little-endian 64-bit ELF file");
  if (program.readUInt16LE(52) !== HEADER || program.readUInt16LE(58) !== SECTION)
    throw new Error("an ELF file with headers of unknown sizes");
  const table = Number(program.readBigUInt64LE(40));
  const entries = Array.from({ length: program.readUInt16LE(60) }, (_, i) =>
    program.subarray(table + i * SECTION, table + (i + 1) * SECTION),
  );
  const sections = entries.map((entry) => ({
    nameAt: entry.readUInt32LE(0),
    type: entry.readUInt32LE(4),
    inMemory: (entry.readUInt32LE(8) & 2) !== 0,
    offset: Number(entry.readBigUInt64LE(24)),
    size: Number(entry.readBigUInt64LE(32)),
    entry,
  }));
  const names = sections[program.readUInt16LE(62)]?.offset ?? 0;
  return sections.map(({ nameAt, ...rest }) => {
    const at = names + nameAt;
    return { ...rest, name: program.toString("latin1", at, program.indexOf(0, at)) };
  });
}

/** Where the stored part of each program header ends. */
function segmentsEnds(program: Buffer): readonly number[] {
  const at = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  return Array.from({ length: program.readUInt16LE(56) }, (_, i) => {
    const header = at + i * size;
    return Number(program.readBigUInt64LE(header + 8) + program.readBigUInt64LE(header + 32));
  });
}
