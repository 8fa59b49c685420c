import { describe, expect, it } from "@jest/globals";
import { checkList, describeAccountSystem, runKit } from "../src/kit/kit.js";
import type { KitReport, KitSettings, Made } from "../src/kit/kit.js";
import type { AccountSystem } from "../src/ports/account-system.js";
import type { Animal } from "./support/zoo/animal.js";
import { goodAccounts } from "./support/zoo/good-accounts.js";
import { HOLDINGS } from "./support/zoo/holdings.js";
import { KEYS } from "./support/zoo/keys.js";
import { OPERATIONS } from "./support/zoo/operations.js";
import { RIGHT } from "./support/zoo/right.js";
import { SAID } from "./support/zoo/said.js";
import { TRUTH } from "./support/zoo/truth.js";
import { SIGN_UPS, WORDS } from "./support/zoo/words.js";

const ZOO: readonly Animal[] = [
  ...OPERATIONS,
  ...KEYS,
  ...HOLDINGS,
  ...TRUTH,
  ...SAID,
  ...WORDS,
  ...SIGN_UPS,
  ...RIGHT,
];

const SETTINGS: KitSettings = {
  deadlineMs: 2000,
  refused: { sharedCustomerId: "decline-kit" },
  slow: { sharedCustomerId: "slow-kit" },
  secrets: ["canary-token-of-the-zoo", "canary/password"],
};

const made = (animal: Animal) => (): Made => {
  const good = goodAccounts();
  return { system: { ...good.system, ...animal.spoil(good) } as AccountSystem };
};

const failed = (report: KitReport): string[] =>
  report.checks.filter(({ state }) => state === "failed").map(({ id }) => id);

const GOOD: Animal = { name: "good", fails: [], spoil: () => ({}) };

describe("the kit", () => {
  const reports = new Map<Animal, KitReport>();

  it("finds in each animal of the zoo the one fault that it has, and no other", async () => {
    await Promise.all(ZOO.map(async (animal) => reports.set(animal, await runKit(made(animal), SETTINGS))));
    const table = (of: (animal: Animal) => readonly string[]): string[] =>
      ZOO.map((animal) => `${animal.name}: ${[...of(animal)].sort().join(", ")}`);
    expect(table((animal) => failed(reports.get(animal)!))).toEqual(table(({ fails }) => fails));
  }, 120_000);

  it("has an animal for every check", () => {
    const caught = new Set(ZOO.flatMap(({ fails }) => fails));
    expect(checkList.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
  });

  it("finds nothing in a system that keeps its promises, and leaves no check out", async () => {
    const startedAt = performance.now();
    const { ok, checks } = await runKit(made(GOOD), SETTINGS);
    expect(checks.filter(({ state }) => state !== "passed")).toEqual([]);
    expect(ok).toBe(true);
    expect(checks.length).toBe(checkList.length);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe("the kit where nobody is let in who has not signed up", () => {
  const SHUT: Animal = {
    name: "shut",
    fails: [],
    spoil: () => ({ register: undefined, activate: async () => ({ kind: "signUpRequired" }) }),
  };

  it("asks for an account once, and judges nothing without one", async () => {
    const { checks } = await runKit(made(SHUT), { ...SETTINGS, only: ["results", "repeat", "parallel"] });
    expect(checks.map(({ state }) => state)).toEqual(["failed", "notSeen", "notSeen"]);
    expect(checks[0]?.finding?.what).toContain("entitlement.accountReference");
  });
});

describeAccountSystem("good", made(GOOD), SETTINGS, { describe, it });
