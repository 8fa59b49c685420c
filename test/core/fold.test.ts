import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { JsonObject } from "../../src/core/entitlement.js";
import { advance, applyEvent, changedFields, fold, momentAfter, sameJson } from "../../src/core/fold.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import { ACTIVE, HOUR, NOW } from "./values.js";

const head = {
  merchantEntitlementId: "m-1",
  operation: "update",
  owner: "bango",
  actor: "bango-1",
  requestId: null,
  reason: null,
};

const created: HistoryEvent = {
  ...head,
  operation: "activate",
  version: 1,
  at: NOW,
  before: null,
  after: "ACTIVE",
  changes: { identity: "e-1", productKey: "MUSIC", dateCreated: NOW, status: "ACTIVE" },
};
const suspended: HistoryEvent = {
  ...head,
  operation: "suspend",
  version: 2,
  at: NOW + HOUR,
  before: "ACTIVE",
  after: "SUSPENDED",
  changes: { status: "SUSPENDED", dateSuspended: NOW + HOUR },
};

describe("folding a history", () => {
  it("makes nothing of nothing", () => {
    expect(fold([])).toBeNull();
  });

  it("adds each event's changes to the ones before, and takes state, version and time from the last", () => {
    expect(fold([created])).toMatchObject({
      merchantEntitlementId: "m-1",
      identity: "e-1",
      productKey: "MUSIC",
      status: "ACTIVE",
      version: 1,
      dateCreated: NOW,
      dateSuspended: null,
      dateLastUpdated: NOW,
    });
    expect(fold([created, suspended])).toEqual({
      ...fold([created]),
      status: "SUSPENDED",
      version: 2,
      dateSuspended: NOW + HOUR,
      dateLastUpdated: NOW + HOUR,
    });
  });

  it("gives every field a value, null where the history names none", () => {
    expect(Object.keys(fold([created]) ?? {}).sort()).toEqual(Object.keys(ACTIVE).sort());
  });

  it("is the same one event at a time", () => {
    expect(applyEvent(applyEvent(null, created), suspended)).toEqual(fold([created, suspended]));
  });
});

describe("the next event", () => {
  it("holds the new value of every field that changed, and of no other", () => {
    const { after, event } = advance(
      ACTIVE,
      { productKey: "MUSIC", offerKey: null, merchantExtensionData: { seats: 3 } },
      head,
      NOW,
    );
    expect(event.changes).toEqual({ offerKey: null, merchantExtensionData: { seats: 3 } });
    expect(event).toMatchObject({ version: 4, before: "ACTIVE", after: "ACTIVE", at: NOW });
    expect(after).toEqual({
      ...ACTIVE,
      offerKey: null,
      merchantExtensionData: { seats: 3 },
      version: 4,
      dateLastUpdated: NOW,
    });
  });

  it("is never earlier than the one before it", () => {
    expect(advance(ACTIVE, {}, head, ACTIVE.dateLastUpdated - 1).event.at).toBe(ACTIVE.dateLastUpdated);
    expect(momentAfter(ACTIVE, ACTIVE.dateLastUpdated + 1)).toBe(ACTIVE.dateLastUpdated + 1);
    expect(momentAfter(null, 5)).toBe(5);
  });

  it("lets the entitlement survive being stored as JSON", () => {
    const { after, event } = advance(ACTIVE, { offerKey: null, dateExpiry: NOW }, head, NOW);
    const stored = JSON.parse(JSON.stringify(event)) as HistoryEvent;
    expect(applyEvent(ACTIVE, stored)).toEqual(after);
  });
});

describe("equal as JSON", () => {
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as JsonObject);
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, shuffled(item)]),
    );
  };
  const canonical = (value: unknown): string =>
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    );

  it("does not mind the order of keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(sameJson(value, shuffled(value) as JsonObject)).toBe(true);
      }),
    );
  });

  it("says of any two what their sorted texts say", () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(sameJson(left, right)).toBe(canonical(left) === canonical(right));
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: null }, { b: null }],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [[], {}],
    ["1", 1],
    [null, {}],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
  ] as const)("tells %j from %j", (left, right) => {
    expect(sameJson(left, right)).toBe(false);
    expect(sameJson(right, left)).toBe(false);
  });

  it("finds no change where an object was sent with its keys in another order", () => {
    const before = { ...ACTIVE, extensionData: { a: 1, b: [1, 2] } };
    expect(changedFields(before, { extensionData: { b: [1, 2], a: 1 } })).toEqual({});
    expect(changedFields(before, { extensionData: { b: [2, 1], a: 1 } })).toEqual({
      extensionData: { b: [2, 1], a: 1 },
    });
  });
});
