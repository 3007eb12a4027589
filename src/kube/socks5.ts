import type { Socket } from "node:net";
import { ProxyError } from "./errors.ts";

const REPLIES: Readonly<Record<number, string>> = {
  1: "failed",
  2: "does not allow the connection",
  3: "cannot reach the server's network",
  4: "cannot reach the server",
  5: "was refused by the server",
  7: "does not support CONNECT",
};

/** Reads exactly the asked bytes from a socket and leaves the rest unread. */
class Reader {
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  async take(size: number): Promise<Buffer> {
    for (;;) {
      const chunk: unknown = this.socket.read(size);
      if (Buffer.isBuffer(chunk) && chunk.length === size) return chunk;
      if (this.socket.readableEnded || this.socket.destroyed) throw new ProxyError("closed the connection");
      await new Promise<void>((resolve, reject) => {
        const done = (): void => {
          this.socket.off("readable", done).off("end", done).off("close", done).off("error", reject);
          resolve();
        };
        this.socket.once("readable", done).once("end", done).once("close", done).once("error", reject);
      });
    }
  }
}

/**
 * Asks the SOCKS5 proxy at the other end of `socket` for a connection to host and port (RFC 1928; user and password: RFC 1929).
 * The proxy resolves the name. Throws ProxyError when it refuses.
 */
export async function socksConnect(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const reader = new Reader(socket);
  const user = Buffer.from(decodeURIComponent(proxy.username));
  const password = Buffer.from(decodeURIComponent(proxy.password));
  socket.write(Buffer.from(user.length > 0 ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await reader.take(2);
  if (version !== 5) throw new ProxyError("does not speak SOCKS5");
  if (method === 2) {
    socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
    const [, status] = await reader.take(2);
    if (status !== 0) throw new ProxyError("refuses our user name or password");
  } else if (method !== 0) throw new ProxyError("wants a kind of login that we do not have");
  const name = Buffer.from(host);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
  const [, reply = 1, , kind] = await reader.take(4);
  if (reply !== 0) throw new ProxyError(REPLIES[reply] ?? `failed with code ${reply}`);
  const [length = 0] = kind === 3 ? await reader.take(1) : [kind === 4 ? 16 : 4];
  await reader.take(length + 2);
}
