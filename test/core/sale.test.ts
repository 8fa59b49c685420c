import { describe, expect, it } from "@jest/globals";
import { asBegun } from "../../src/core/command.js";
import type { Sale } from "../../src/core/command.js";
import { decide } from "../../src/core/decide.js";
import { ACTIVE, COLUMNS, NOW, PRODUCT, commandOf, termsWith } from "./values.js";

const sold = (sale: Partial<Sale>) =>
  termsWith({ product: { ...PRODUCT, sale: { from: null, to: null, stopped: false, ...sale } } });

describe("selling anew", () => {
  it.each([
    ["its first instant", { from: NOW }, "ask"],
    ["one before its first", { from: NOW + 1 }, "refuse"],
    ["the last instant", { to: NOW + 1 }, "ask"],
    ["its end", { to: NOW }, "refuse"],
    ["stop-sell", { stopped: true }, "refuse"],
    ["stop-sell within its dates", { from: NOW, to: NOW + 1, stopped: true }, "refuse"],
  ] as const)("at %s", (_, sale, kind) => {
    const decision = decide(null, commandOf("activate"), sold(sale), NOW);
    expect(decision.kind).toBe(kind);
    if (decision.kind === "refuse") expect(decision.refusal.code).toBe("productNotSold");
  });

  it("is not asked about by what exists: its repeat, its sign-up, its resume and reinstate", () => {
    const stopped = sold({ stopped: true });
    const kindOf = (column: keyof typeof COLUMNS, move: Parameters<typeof commandOf>[0]): string =>
      decide(COLUMNS[column], commandOf(move), stopped, NOW).kind;
    expect(kindOf("ACTIVE", "activate")).toBe("write");
    expect(kindOf("PENDING customer", "activate")).toBe("write");
    expect(kindOf("PENDING customer", "completeSignUp")).toBe("ask");
    expect(kindOf("SUSPENDED", "resume")).toBe("ask");
    expect(kindOf("ACTIVE-ENDING", "reinstate")).toBe("ask");
    expect(kindOf("ACTIVE", "update")).toBe("ask");
  });

  it("is asked of the product that an update changes to, and not of the present one", () => {
    const stopped = { ...PRODUCT, sale: { from: null, to: null, stopped: true } };
    const toOther = commandOf("update", { update: { productKey: "OTHER" } });
    expect(decide(ACTIVE, toOther, termsWith({ nextProduct: stopped }), NOW)).toMatchObject({
      kind: "refuse",
      refusal: { code: "productNotSold" },
    });
    expect(decide(ACTIVE, toOther, termsWith({ product: stopped }), NOW).kind).toBe("ask");
  });

  it("is over for nothing that had begun before", () => {
    const begun = asBegun({ ...sold({ stopped: true }), switchedOff: true });
    expect(decide(null, commandOf("activate"), begun, NOW)).toMatchObject({ kind: "ask", access: "full" });
  });
});
