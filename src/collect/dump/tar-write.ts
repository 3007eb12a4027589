const BLOCK = 512;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

/**
 * A ustar archive of text files, readable by every tar. Names are at most 100 bytes. `mtime` in ms since the epoch; nothing of this machine (user,
 * group) is in it, so that the same files give the same bytes.
 */
export function tarOf(files: readonly { readonly name: string; readonly text: string }[], mtime: number): Buffer {
  const blocks = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text, "utf8");
    const header = Buffer.alloc(BLOCK);
    header.write(name, 0, 100, "utf8");
    header.write(octal(0o600, 8), 100);
    header.write(octal(0, 8), 108);
    header.write(octal(0, 8), 116);
    header.write(octal(body.length, 12), 124);
    header.write(octal(Math.max(0, Math.floor(mtime / 1000)), 12), 136);
    header.write(" ".repeat(8), 148);
    header.write("0", 156);
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
    return [header, body, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
