import { expect, it } from "@jest/globals";
import { PASSWORD } from "./support/scenario.js";
import {
  PLACES,
  STATE_AT,
  codeOf,
  idOf,
  itIsNotFound,
  itLeavesTheBooksInAgreement,
  recordIn,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const ENVELOPE = ["responseCode", "responseMessage"];
const RECORD = [
  "entitlementId",
  "merchantEntitlementId",
  "status",
  "resellerId",
  "productKey",
  "offerKey",
  "entitlementDisplayName",
  "sharedCustomerId",
  "bangoUserId",
  "dateCreated",
  "dateActivated",
  "dateSuspended",
  "dateResumed",
  "dateExpiry",
  "dateEnded",
  "dateLastUpdated",
  "activationCode",
  "merchantExtensionData",
];

watchedOnEveryDatabase("reading an entitlement", (given, watch) => {
  it.each(PLACES)("%s: tells the present record, asks nobody and changes nothing", async (place) => {
    const record = await given.entitlementAt(place);
    const seen = await watch.during(record, () => watch.unchangedBy(() => given.call("read", idOf(record))));
    expect(codeOf(seen.reply)).toEqual([200, "OK"]);
    expect(seen.record.status).toBe(STATE_AT[place]);
    expect(recordIn(seen.reply.body)).toEqual(recordIn(record));
    expect([seen.asked, seen.events]).toEqual([[], []]);
  });
  itIsNotFound(given, watch, "read");

  it("tells the fields of the contract in its order, and none that has no value", async () => {
    const { body } = await given.activate({
      offerKey: "SUMMER",
      entitlementDisplayName: "Music",
      bangoUserId: "user-1",
      customerIdentifier: "told-to-nobody",
      dateExpiry: "2090-05-05T05:05:05Z",
      merchantExtensionData: { tier: 1 },
      extensionData: { kept: true },
      financeData: {},
    });
    await given.call("suspend", idOf(body));
    await given.call("resume", idOf(body));
    const whole = await given.call("read", idOf(body));
    const told = RECORD.filter((field) => !["activationCode", "dateEnded"].includes(field));
    expect(Object.keys(whole.body as object)).toEqual([...ENVELOPE, ...told]);
    const bare = await given.call("read", idOf((await given.activate()).body));
    const without = [
      "offerKey",
      "entitlementDisplayName",
      "bangoUserId",
      "dateExpiry",
      "merchantExtensionData",
    ];
    expect(Object.keys(bare.body as object)).toEqual([
      ...ENVELOPE,
      ...told.filter((field) => ![...without, "dateSuspended", "dateResumed"].includes(field)),
    ]);
  });

  it("tells every date in UTC with milliseconds and Z", async () => {
    const record = await given.entitlementAt("SUSPENDED", { dateExpiry: "2090-05-05T05:05:05+05:30" });
    const { body } = await given.call("read", idOf(record));
    const dates = Object.entries(body as Record<string, string>).filter(([field]) =>
      field.startsWith("date"),
    );
    expect(dates).toHaveLength(5);
    for (const [, date] of dates) expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body.dateExpiry).toBe("2090-05-04T23:35:05.000Z");
  });

  it("tells no sign-up URL of a PENDING one", async () => {
    const record = await given.entitlementAt("PENDING");
    const { body } = await given.call("read", idOf(record));
    for (const field of ["activationUrl", "urlExpiry", "parameters"]) expect(body).not.toHaveProperty(field);
  });

  it("answers a HEAD without a body", async () => {
    const record = await given.entitlementAt("ACTIVE");
    const { path, query } = given.shape.toWire("read", idOf(record), { query: {}, headers: {} });
    const reply = await given.http.head(path).query(query).auth("bango", PASSWORD);
    expect(reply.status).toBe(200);
    expect(reply.text).toBeUndefined();
  });

  itLeavesTheBooksInAgreement(given);
});
