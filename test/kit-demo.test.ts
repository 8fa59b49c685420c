import { describe, it } from "@jest/globals";
import { demoAccountSystem } from "../src/accounts/demo/demo-account-system.js";
import { describeAccountSystem } from "../src/kit/kit.js";
import type { KitSettings } from "../src/kit/kit.js";
import { onEveryDatabase } from "./support/scenario.js";

const SETTINGS: KitSettings = {
  refused: { sharedCustomerId: "activate-decline-kit" },
  slow: { sharedCustomerId: "activate-slow-kit" },
};

onEveryDatabase(
  "the demo",
  (given) => {
    describeAccountSystem(
      "demo",
      () => {
        const { knex } = given.core.database;
        return {
          system: demoAccountSystem(knex),
          books: {
            effects: async (idempotencyKey) => (await knex("demo_effect").where({ idempotencyKey })).length,
            accessOf: async (merchantEntitlementId) => {
              const held = (await knex("demo_subscription").where({ merchantEntitlementId }).first()) as
                { readonly status: string } | undefined;
              return held && (held.status === "active" ? "full" : "none");
            },
          },
        };
      },
      SETTINGS,
      { describe, it },
    );
  },
  { defaultShapeBecause: "the demo is called without the Server API" },
);
