import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import supertest from "supertest";
import type TestAgent from "supertest/lib/agent.js";
import { composeCore } from "../../src/compose.js";
import { composeServer } from "../../src/compose-server.js";
import { openDatabase } from "../../src/store/database.js";
import { parseDatabaseUrl } from "../../src/store/database-url.js";
import type { Scenario } from "./scenario.js";

/** One more application over the scenario's database, which can be taken away from it. */
export interface Cuttable {
  readonly http: TestAgent;
  readonly admin: TestAgent;
  readonly cut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * MySQL: the connections go through a door of ours, which is shut. SQLite, which has no connections: somebody else
 * keeps the file locked.
 */
export async function cuttableApplication(given: Scenario): Promise<Cuttable> {
  const door = given.engine === "mysql" ? await openDoor(given.databaseUrl) : await lockable(given);
  const database = openDatabase(parseDatabaseUrl(door.url));
  const { config, log } = given.core;
  const core = await composeCore(config, { database, log });
  const server = composeServer(core);
  return {
    http: supertest(server.publicApp),
    admin: supertest(server.adminApp),
    cut: door.shut,
    close: async () => {
      await database.close();
      await door.close();
    },
  };
}

interface Door {
  readonly url: string;
  readonly shut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function openDoor(databaseUrl: string): Promise<Door> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
  return { url: url.href, shut, close: () => Promise.resolve() };
}

async function lockable({ databaseUrl }: Scenario): Promise<Door> {
  const other = openDatabase(parseDatabaseUrl(databaseUrl));
  return {
    url: databaseUrl,
    shut: async () => {
      await other.knex.raw("BEGIN IMMEDIATE");
    },
    close: async () => {
      await other.knex.raw("ROLLBACK");
      await other.close();
    },
  };
}
