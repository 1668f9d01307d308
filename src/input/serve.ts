/** A source that is no file, for a program that wants one: on a port of this machine, by ranges, while it runs. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { type ByteSource, streamSource } from "../source/byte-source.js";

/** A source being served. */
export interface Served {
  readonly url: string;
  close(): void;
}

/** Serves a source under a URL that nobody can guess. */
export async function serveSource(source: ByteSource): Promise<Served> {
  const secret = `/${randomBytes(16).toString("hex")}`;
  const server = createServer((request, response) => {
    if (request.url !== secret) response.writeHead(404).end();
    else answer(source, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${secret}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(source: ByteSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { byteLength } = source;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = range?.[2] ? Math.min(byteLength, Number(range[2]) + 1) : byteLength;
  if (start >= end) {
    response.writeHead(416, { "content-range": `bytes */${byteLength}` }).end();
    return;
  }
  response.writeHead(range === null ? 200 : 206, {
    "accept-ranges": "bytes",
    "content-length": end - start,
    ...(range === null ? {} : { "content-range": `bytes ${start}-${end - 1}/${byteLength}` }),
  });
  const part: ByteSource = {
    byteLength: end - start,
    read: (from, to) => source.read(start + from, start + to),
  };
  for await (const bytes of streamSource(part)) {
    // The reader goes away when it has what it wants.
    if (response.destroyed) return;
    if (!response.write(bytes)) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  response.end();
}
