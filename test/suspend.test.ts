import { describe, expect, it } from "@jest/globals";
import { onEveryDatabase } from "./support/scenario.js";

onEveryDatabase("suspending an entitlement", (given) => {
  it("takes access away, and the record says since when", async () => {
    const { merchantEntitlementId: id, entitlementId } = await given.entitlementAt("ACTIVE");
    const reply = await given.call("suspend", id ?? "");
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ responseCode: "OK", status: "SUSPENDED" });
    expect((await given.ledger(entitlementId ?? "")).map(({ operation }) => operation)).toEqual([
      "activate",
      "suspend",
    ]);
    await given.expectBooksToAgree();
  });

  describe("when it is repeated", () => {
    it("answers as it answered the first, and asks the account system once", async () => {
      const { merchantEntitlementId: id = "", entitlementId = "" } = await given.entitlementAt("ACTIVE");
      const body = { requestId: "suspend-1" };
      const first = await given.call("suspend", id, { body });
      const second = await given.call("suspend", id, { body });
      expect(second.text).toBe(first.text);
      expect(await given.ledger(entitlementId)).toHaveLength(2);
    });
  });
});
