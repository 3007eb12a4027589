/** Proxies on loopback: HTTP with CONNECT, and SOCKS5. Whatever host they are asked for, they connect to `to`: no name is ever resolved. */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net";

export interface FakeProxy {
  readonly url: string;
  /** `host:port` of every connection asked for, with the credentials that came along. */
  readonly asked: readonly { readonly target: string; readonly login: string }[];
  close(): Promise<void>;
}

interface ProxyOptions {
  /** The port on 127.0.0.1 that every connection ends at. */
  readonly to: number;
  /** `user:password` that the proxy insists on. */
  readonly login?: string;
}

async function started(server: Server, scheme: string, asked: FakeProxy["asked"]): Promise<FakeProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(a: Socket, b: Socket): void {
  a.on("error", () => b.destroy()).on("close", () => b.destroy());
  b.on("error", () => a.destroy()).on("close", () => a.destroy());
  a.pipe(b);
  b.pipe(a);
}

/** An HTTP proxy that speaks CONNECT and nothing else. */
export function startHttpProxy({ to, login }: ProxyOptions): Promise<FakeProxy> {
  const asked: { target: string; login: string }[] = [];
  const isWelcome = (request: IncomingMessage): boolean => {
    const [, encoded = ""] = (request.headers["proxy-authorization"] ?? "").split(" ");
    const given = Buffer.from(encoded, "base64").toString();
    asked.push({ target: request.url ?? "", login: given });
    return login === undefined || given === login;
  };
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    if (!isWelcome(request)) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const onward = connect(to, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      join(socket, onward);
    });
  });
  return started(server, "http", asked);
}

/** A SOCKS5 proxy (RFC 1928), with user and password if `login` is given. */
export function startSocksProxy({ to, login }: ProxyOptions): Promise<FakeProxy> {
  const asked: { target: string; login: string }[] = [];
  const server = createTcpServer((socket) => {
    let step: "greeting" | "login" | "request" = "greeting";
    let given = "";
    const onData = (data: Buffer): void => {
      if (step === "greeting") {
        step = login === undefined ? "request" : "login";
        socket.write(Buffer.from([5, login === undefined ? 0 : 2]));
      } else if (step === "login") {
        const end = 2 + (data[1] ?? 0);
        given = `${data.subarray(2, end)}:${data.subarray(end + 1)}`;
        step = "request";
        socket.write(Buffer.from([1, given === login ? 0 : 1]));
      } else {
        const length = data[4] ?? 0;
        asked.push({ target: `${data.subarray(5, 5 + length)}:${data.readUInt16BE(5 + length)}`, login: given });
        socket.off("data", onData);
        const onward = connect(to, "127.0.0.1", () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          join(socket, onward);
        });
      }
    };
    socket.on("data", onData);
  });
  return started(server, "socks5", asked);
}
