import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";

/**
 * A whole request has so long to arrive, its head so long: a slow sender holds a socket, not a worker. Who is late is
 * looked for every so often; Node's own 30 s would let a head take 40.
 */
const PATIENCE = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

export interface Listening {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
}

/** Rejects where the address cannot be taken. Port 0 takes any free one. `patience` in milliseconds. */
export function listen(
  app: Express,
  host: string,
  port: number,
  patience: Partial<Record<keyof typeof PATIENCE, number>> = {},
): Promise<Listening> {
  const server = createServer({ ...PATIENCE, ...patience }, app);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve({ server, host, port: (server.address() as AddressInfo).port });
    });
  });
}

/** A port that was free a moment ago. */
export function freePort(host: string): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}

/** Takes no new connection, lets calls in flight end, and cuts what is left after `graceMs`. */
export function drain({ server }: Listening, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
