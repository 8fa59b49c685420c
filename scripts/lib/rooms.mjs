/**
 * Which room of src/ may import which: the one table behind ESLint, dependency-cruiser and docs/rooms.md.
 *
 * may       rooms, or single files, below src/ ("migrations" and "examples" are the folders beside it)
 * packages  the only packages and Node modules allowed; without it, any
 * types     true when types may be imported from anywhere
 */
export const ROOMS = {
  core: { may: [], packages: [] },
  ports: { may: ["core"], packages: [] },
  contract: { may: ["core"], packages: ["zod", "zod-openapi", "canonicalize", "node:crypto"] },
  config: { may: ["core", "contract"], packages: ["zod", "ipaddr.js", "jsonata", "node:*"] },
  // What every port shares: request ids, the access log, the exit of errors, health, listening.
  http: { may: ["core", "ports", "contract"] },
  store: { may: ["core", "ports", "migrations"] },
  accounts: { may: ["core", "ports", "contract"] },
  bango: { may: ["core", "ports", "contract"] },
  usecases: { may: ["core", "ports", "store"] },
  "server-api": { may: ["core", "ports", "contract", "http"] },
  "client-api": { may: ["core", "ports", "contract", "http"] },
  admin: { may: ["core", "ports", "contract", "http"] },
  workers: { may: ["core", "ports"] },
  // Integrators run it in their own projects: nothing but what the port says, and what we make of theirs at start.
  kit: { may: ["core", "ports", "accounts/around.ts", "accounts/check-account-system.ts"], packages: [] },
  // They judge us from outside: sharing more than the routes would make one mistake on both sides agree.
  simulator: { may: ["contract/operations.ts"] },
  verify: { may: ["contract/operations.ts"] },
  // Published by itself: who imports it must not get our server's packages along.
  client: { may: [], packages: [] },
  // Published by itself too; of the port it is types alone.
  "account-system": { may: ["core", "ports"], packages: [] },
  // The sandbox starts what surrounds us: Bango's side, and the example of a merchant's.
  cli: {
    may: ["compose.ts", "serve.ts", "logger.ts", "config", "core", "kit", "simulator", "examples"],
    types: true,
  },
};

/** Files that stand beside the rooms. Everything is joined in compose.ts, and nowhere else. */
export const DOORS = {
  "logger.ts": { may: ["ports"] },
  "compose-accounts.ts": { may: ["accounts", "config", "ports", "store"] },
  "compose-bango.ts": { may: ["bango", "config", "contract", "ports", "store", "usecases"] },
  "compose-inbound.ts": { may: ["config", "core", "ports", "server-api"] },
  "compose-server.ts": {
    may: [
      "admin",
      "client-api",
      "compose.ts",
      "compose-inbound.ts",
      "config",
      "contract",
      "http",
      "server-api",
      "store",
      "usecases",
      "workers",
    ],
  },
  "serve.ts": { may: ["compose.ts", "compose-server.ts", "config", "http", "ports", "store"] },
  "compose.ts": {
    may: Object.keys(ROOMS)
      .filter((room) => !["cli", "client", "account-system"].includes(room))
      .concat("migrations", "compose-accounts.ts", "compose-bango.ts", "compose-inbound.ts"),
  },
  "main.ts": { may: ["cli", "compose.ts", "config"] },
};

/** A migration is never edited once released, so it must not change through something that it imports. */
export const MIGRATION_PACKAGES = ["knex"];

/** The examples are somebody else's services: they share nothing with src/, which they judge from outside. */
export const EXAMPLE_PACKAGES = [
  "express",
  "helmet",
  "knex",
  "libsql",
  "pino",
  "zod",
  "node:*",
  "node:timers/promises",
];
