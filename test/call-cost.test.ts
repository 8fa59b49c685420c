import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import supertest from "supertest";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import type { Script } from "../src/store/script.js";
import { fakeAccounts } from "./support/fake-accounts.js";
import { PASSWORD, environmentOf, onEveryDatabase } from "./support/scenario.js";
import type { Body } from "./support/scenario.js";

interface Cost {
  reads: number;
  commits: number;
  statements: number;
}

function counting(database: Database): { readonly database: Database; readonly take: () => Cost } {
  let cost: Cost = { reads: 0, commits: 0, statements: 0 };
  function* counted<T>(script: Script<T>): Script<T> {
    let next = script.next();
    while (next.done !== true) {
      cost.statements += 1;
      next = script.next(yield next.value);
    }
    return next.value;
  }
  return {
    database: {
      ...database,
      read: (script) => {
        cost.reads += 1;
        return database.read(() => counted(script()));
      },
      transaction: (script) => {
        cost.commits += 1;
        return database.transaction(() => counted(script()));
      },
    },
    take: () => {
      const taken = cost;
      cost = { reads: 0, commits: 0, statements: 0 };
      return taken;
    },
  };
}

// docs/adr/0006 states these numbers; whoever changes one changes the other.
onEveryDatabase(
  "what a call costs in statements and commits, BEGIN and COMMIT aside",
  (given) => {
    it("is as the decision record says", async () => {
      const { database, take } = counting(openDatabase(parseDatabaseUrl(given.databaseUrl)));
      const config = loadConfig(environmentOf(given.folder, given.databaseUrl, {}), given.folder);
      const accounts = fakeAccounts().system;
      const core = await composeCore(config, {
        database,
        accounts: () => accounts,
        log: pinoLogger("silent"),
      });
      const http = supertest(composeServer(core).publicApp);
      const post = async (path: string, body: Body): Promise<{ body: Body; cost: Cost }> => {
        take();
        const reply = await http.post(`/bango/v1/${path}`).auth("bango", PASSWORD).send(body);
        return { body: reply.body as Body, cost: take() };
      };
      const activation = given.newActivation({ requestId: randomUUID() });
      const activated = await post("entitlement", activation);
      const repeated = await post("entitlement", activation);
      const suspend = `entitlement/${String(activated.body.merchantEntitlementId)}/suspend`;
      const suspended = await post(suspend, { requestId: randomUUID() });
      const alreadySo = await post(suspend, { requestId: randomUUID() });
      const signUp = await post("entitlement", given.newActivation({ productKey: "MUSIC" }));
      expect({
        activate: activated.cost,
        "activate, repeated": repeated.cost,
        "activate, waiting for the customer": signUp.cost,
        suspend: suspended.cost,
        "suspend, already so": alreadySo.cost,
      }).toEqual({
        activate: { reads: 0, commits: 2, statements: 14 },
        "activate, repeated": { reads: 0, commits: 1, statements: 2 },
        "activate, waiting for the customer": { reads: 0, commits: 1, statements: 10 },
        suspend: { reads: 1, commits: 2, statements: 11 },
        "suspend, already so": { reads: 1, commits: 1, statements: 8 },
      });
      await database.close();
    });
  },
  { defaultShapeBecause: "a statement costs the same in every shape" },
);
