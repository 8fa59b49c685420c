import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { describeAccountSystem } from "../src/kit/kit.js";
import { httpAccountsOf, ottSection } from "./support/http-accounts.js";
import type { Observed } from "./support/http-accounts.js";
import { OTT_TOKEN, ottForTests } from "./support/ott.js";
import type { Ott } from "./support/ott.js";

describe("the http account system over the example service", () => {
  let ott: Ott;
  let adapter: Observed;

  beforeAll(async () => {
    ott = await ottForTests({ now: () => Date.now() });
    adapter = httpAccountsOf(ottSection(ott.baseUrl));
  });
  afterAll(async () => {
    await adapter.accounts.close();
    await ott.stop();
  });

  describeAccountSystem(
    "http",
    () => ({
      system: adapter.accounts,
      books: {
        accessOf: async (merchantEntitlementId) => {
          const { status, body } = await ott.api(
            "get",
            `/memberships/${encodeURIComponent(merchantEntitlementId)}`,
          );
          return status === 404 ? undefined : body.membership.access === "open" ? "full" : "none";
        },
      },
    }),
    { entitlement: { plan: "premium" }, changed: { plan: "basic" }, secrets: [OTT_TOKEN] },
    { describe, it },
  );
});
