/** A proxy that fails one request of ten, each time in another way; the others it hands on as they are. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy that runs. */
export interface Proxy {
  readonly port: number;
  readonly requests: () => number;
  readonly failed: () => number;
  stop(): Promise<void>;
}

/**
 * How a request fails: refused with 500 before it was done, done but answered with 500, cut off before, cut off
 * after it was done, or cut off in the middle of the answer.
 */
const FAULTS = ["refuse", "done-500", "cut-before", "cut-after", "cut-within"] as const;
type Fault = (typeof FAULTS)[number];

/** Starts a proxy before a server on this machine. */
export async function startProxy(target: number): Promise<Proxy> {
  let count = 0;
  let failed = 0;
  const server = createServer((incoming, response) => {
    const number = count++;
    const fault = number % 10 === 3 ? FAULTS[failed++ % FAULTS.length] : undefined;
    forward(incoming, response, { target, fault });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => count,
    failed: () => failed,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { target, fault }: { readonly target: number; readonly fault: Fault | undefined },
): void {
  const cut = (): void => void incoming.socket.destroy();
  const refuse = (): void => {
    response.writeHead(500, { "content-type": "application/xml" });
    response.end("<Error><Code>InternalError</Code><Message>Please try again.</Message></Error>");
  };
  const { method, url, headers } = incoming;
  const body: Buffer[] = [];
  incoming.on("error", () => {});
  incoming.on("data", (bytes: Buffer) => body.push(bytes));
  incoming.on("end", () => {
    if (fault === "refuse") return refuse();
    if (fault === "cut-before") return cut();
    const onward = request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (bytes: Buffer) => parts.push(bytes));
      answer.on("end", () => {
        const whole = Buffer.concat(parts);
        if (fault === "done-500") return refuse();
        if (fault === "cut-after") return cut();
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        if (fault !== "cut-within") return void response.end(whole);
        response.flushHeaders();
        response.write(whole.subarray(0, whole.length >> 1), cut);
      });
    });
    onward.on("error", cut);
    onward.end(Buffer.concat(body));
  });
}
