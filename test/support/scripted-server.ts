import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: unknown;
}

type Reply = (res: ServerResponse, received: Received) => void;

/** A server whose every answer a test writes beforehand; what it was asked stands in `received`. */
export interface ScriptedServer {
  readonly baseUrl: string;
  readonly received: Received[];
  /** The next answers, in order; without one it answers 200 and {}. */
  readonly next: (...replies: readonly Reply[]) => void;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export const says =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (res) => {
    res.writeHead(status, { "content-type": "application/json", ...headers });
    res.end(typeof body === "string" ? body : JSON.stringify(body));
  };
/** It has come in whole, and no answer ever leaves. */
export const isSilent: Reply = () => undefined;
export const resets: Reply = (res) => {
  res.socket?.resetAndDestroy();
};

export async function scriptedServer(secure?: ServerOptions): Promise<ScriptedServer> {
  const replies: Reply[] = [];
  const received: Received[] = [];
  const listener: RequestListener = (req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const isJson = req.headers["content-type"] === "application/json";
      const one: Received = {
        method: req.method ?? "",
        url: req.url ?? "",
        headers: req.headers,
        text,
        json: isJson ? (JSON.parse(text) as unknown) : null,
      };
      received.push(one);
      (replies.shift() ?? says(200, {}))(res, one);
    });
  };
  const server = secure ? createSecureServer(secure, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${secure ? "https" : "http"}://127.0.0.1:${String(port)}`,
    received,
    next: (...more) => replies.push(...more),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => {
          if (error) reject(error);
          else resolve(count);
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
