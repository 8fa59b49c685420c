import { describe, expect, it } from "@jest/globals";
import type { SettledResult } from "../../src/core/account-result.js";
import type { Command } from "../../src/core/command.js";
import { applyResult } from "../../src/core/apply-result.js";
import { decide } from "../../src/core/decide.js";
import type { Outcome } from "../../src/core/apply-result.js";
import { STANDINGS } from "../../src/core/entitlement.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import { MOVES, cellOf } from "../../src/core/moves.js";
import type { Cell, Move } from "../../src/core/moves.js";
import { ACTIVATION, COLUMNS, EXPIRED, NOW, PERIOD_END, commandOf, termsWith } from "./values.js";
import type { Column } from "./values.js";

/**
 * 2.4 written out a second time, by hand. `suspend: SUSPENDED` reads: the account system's suspend is asked, and once
 * it is done the entitlement is SUSPENDED; `nothing: …` the same without asking. `+end`: an end date is set. `–`: it
 * cannot come about, and is refused if it does.
 */
const EXPECTED = `
operation        | none             | PENDING customer   | PENDING account    | ACTIVE                         | ACTIVE-ENDING               | SUSPENDED           | SUSPENDED+end             | CANCELLED     | REVOKED
activate         | activate: ACTIVE | fresh URL          | queued             | already so                     | already so                  | already so          | already so                | alreadyExists | alreadyExists
activateOther    |                  | alreadyExists      | alreadyExists      | alreadyExists                  | alreadyExists               | alreadyExists       | alreadyExists             | alreadyExists | alreadyExists
completeSignUp   | –                | activate: ACTIVE   | conflict           | already so                     | already so                  | conflict            | conflict                  | conflict      | conflict
update           | notFound         | nothing: PENDING   | change: PENDING    | change: ACTIVE                 | change: ACTIVE-ENDING+end   | change: SUSPENDED   | change: SUSPENDED+end     | conflict      | conflict
suspend          | notFound         | conflict           | conflict           | suspend: SUSPENDED             | suspend: SUSPENDED+end      | already so          | already so                | conflict      | conflict
resume           | notFound         | conflict           | conflict           | already so                     | already so                  | resume: ACTIVE      | resume: ACTIVE-ENDING+end | conflict      | conflict
cancel           | notFound         | nothing: CANCELLED | revoke: CANCELLED  | endAtPeriod: ACTIVE-ENDING+end | already so                  | revoke: CANCELLED   | already so                | conflict      | conflict
cancel, ends now | notFound         | nothing: CANCELLED | revoke: CANCELLED  | endAtPeriod: CANCELLED         | already so                  | revoke: CANCELLED   | already so                | conflict      | conflict
cancelExpired    | notFound         | nothing: CANCELLED | revoke: CANCELLED  | revoke: CANCELLED              | revoke: CANCELLED           | revoke: CANCELLED   | revoke: CANCELLED         | conflict      | conflict
reinstate        | notFound         | conflict           | conflict           | already so                     | reinstate: ACTIVE           | conflict            | reinstate: SUSPENDED      | conflict      | conflict
revoke           | notFound         | nothing: REVOKED   | revoke: REVOKED    | revoke: REVOKED                | revoke: REVOKED             | revoke: REVOKED     | revoke: REVOKED           | conflict      | conflict
block            | notFound         | conflict           | conflict           | suspend: ACTIVE                | suspend: ACTIVE-ENDING+end  | nothing: SUSPENDED  | nothing: SUSPENDED+end    | conflict      | conflict
block, blocked   | notFound         | conflict           | conflict           | nothing: ACTIVE                | nothing: ACTIVE-ENDING+end  | nothing: SUSPENDED  | nothing: SUSPENDED+end    | conflict      | conflict
unblock          | notFound         | conflict           | conflict           | already so                     | already so                  | already so          | already so                | conflict      | conflict
unblock, blocked | notFound         | conflict           | conflict           | resume: ACTIVE                 | resume: ACTIVE-ENDING+end   | nothing: SUSPENDED  | nothing: SUSPENDED+end    | conflict      | conflict
relink           | notFound         | conflict           | conflict           | link: ACTIVE                   | link: ACTIVE-ENDING+end     | link: SUSPENDED     | link: SUSPENDED+end       | conflict      | conflict
notify           | notFound         | told               | told               | conflict                       | conflict                    | conflict            | conflict                  | conflict      | conflict
endDateReached   | –                | –                  | –                  | –                              | revoke: CANCELLED           | –                   | revoke: CANCELLED         | –             | –
pendingTooOld    | –                | nothing: CANCELLED | revoke: CANCELLED  | –                              | –                           | –                   | –                         | –             | –
expiryPassed     | –                | nothing: CANCELLED | revoke: CANCELLED  | revoke: CANCELLED              | revoke: CANCELLED           | revoke: CANCELLED   | revoke: CANCELLED         | –             | –
`;

const ENDS_AT_PERIOD: SettledResult = { kind: "done", periodEndsAt: PERIOD_END };
const DONE: SettledResult = { kind: "done" };

const FRAUD = { owner: "merchant", block: { kind: "fraud", reason: "a stolen card" } } as const;

/** How each row of the table above is brought about. */
const ROWS: Readonly<
  Record<
    string,
    {
      readonly command: Command;
      readonly result: SettledResult;
      /** The kind of block that holds before. */
      readonly blocked?: string;
    }
  >
> = {
  activate: { command: commandOf("activate"), result: DONE },
  activateOther: {
    command: commandOf("activate", { activation: { ...ACTIVATION, contentHash: "content-2" } }),
    result: DONE,
  },
  completeSignUp: { command: commandOf("completeSignUp", { owner: "sign-up" }), result: DONE },
  update: { command: commandOf("update"), result: DONE },
  suspend: { command: commandOf("suspend"), result: DONE },
  resume: { command: commandOf("resume"), result: DONE },
  cancel: { command: commandOf("cancel"), result: ENDS_AT_PERIOD },
  "cancel, ends now": { command: commandOf("cancel"), result: DONE },
  cancelExpired: { command: commandOf("cancel", { reason: EXPIRED }), result: ENDS_AT_PERIOD },
  reinstate: { command: commandOf("reinstate"), result: DONE },
  revoke: { command: commandOf("revoke"), result: DONE },
  block: { command: commandOf("block", FRAUD), result: DONE },
  "block, blocked": { command: commandOf("block", FRAUD), result: DONE, blocked: "unpaid" },
  unblock: { command: commandOf("unblock", FRAUD), result: DONE },
  "unblock, blocked": { command: commandOf("unblock", FRAUD), result: DONE, blocked: "fraud" },
  relink: {
    command: commandOf("relink", { owner: "merchant", accountReference: "account-2" }),
    result: DONE,
  },
  notify: {
    command: commandOf("notify", { owner: "merchant", notice: { event: "NOT_ELIGIBLE", message: null } }),
    result: DONE,
  },
  endDateReached: { command: commandOf("endDateReached"), result: DONE },
  pendingTooOld: { command: commandOf("pendingTooOld"), result: DONE },
  expiryPassed: { command: commandOf("expiryPassed"), result: DONE },
};

const [header, ...lines] = EXPECTED.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));
const cells = lines.flatMap(([row = "", ...texts]) =>
  texts.flatMap((expected, index) =>
    expected === "" ? [] : [{ row, column: (header?.[index + 1] ?? "") as Column, expected }],
  ),
);

const place = ({ status, endsAt }: Entitlement): string => (endsAt === null ? status : `${status}+end`);

function stayedSo(before: Entitlement | null, { entitlement, answer }: Outcome, { notice }: Command): string {
  expect(entitlement).toBe(before);
  if (notice) return "told";
  switch (answer.kind) {
    case "ok":
      return "already so";
    case "signUp":
      return "fresh URL";
    default:
      return answer.kind;
  }
}

function whatComesOf(there: Entitlement | null, row: string): string {
  const { command, result, blocked } = ROWS[row] ?? {};
  if (!command || !result) throw new Error(`no such row: ${row}`);
  const before = there && blocked !== undefined ? { ...there, blocks: { [blocked]: {} } } : there;
  const decision = decide(before, command, termsWith(), NOW);
  if (decision.kind === "refuse") return decision.refusal.code;
  if (decision.kind === "write" && decision.outcome.event === null)
    return stayedSo(before, decision.outcome, command);
  const outcome = decision.kind === "write" ? decision.outcome : applyResult(before, command, result, NOW);
  const after = outcome.entitlement;
  if (after === null || outcome.event === null) throw new Error("nothing came of it");
  expect(outcome.event).toMatchObject({ before: before?.status ?? null, after: after.status });
  expect(after.version).toBe((before?.version ?? 0) + 1);
  return `${decision.kind === "ask" ? decision.operation : "nothing"}: ${place(after)}`;
}

describe("the table of moves", () => {
  it("reads as printed here", () => {
    const text = Object.entries(MOVES).map(([name, row]) => {
      const texts = STANDINGS.map((standing) => `  ${standing.padEnd(17)}${textOf(row[standing])}`);
      return [name, ...texts].join("\n");
    });
    expect(`\n${text.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      activate
        none             asks activate, then PENDING or ACTIVE
        PENDING          fresh URL
        ACTIVE           already so
        ACTIVE-ENDING    already so
        SUSPENDED        already so
        SUSPENDED-ENDING already so
        ENDED            alreadyExists
      activateOther
        none             –
        PENDING          alreadyExists
        ACTIVE           alreadyExists
        ACTIVE-ENDING    alreadyExists
        SUSPENDED        alreadyExists
        SUSPENDED-ENDING alreadyExists
        ENDED            alreadyExists
      completeSignUp
        none             –
        PENDING          asks activate, then ACTIVE
        ACTIVE           already so
        ACTIVE-ENDING    already so
        SUSPENDED        conflict
        SUSPENDED-ENDING conflict
        ENDED            conflict
      activationInfo
        none             notFound
        PENDING          fresh URL
        ACTIVE           conflict
        ACTIVE-ENDING    conflict
        SUSPENDED        conflict
        SUSPENDED-ENDING conflict
        ENDED            conflict
      update
        none             notFound
        PENDING          asks change, then PENDING
        ACTIVE           asks change, then ACTIVE
        ACTIVE-ENDING    asks change, then ACTIVE-ENDING
        SUSPENDED        asks change, then SUSPENDED
        SUSPENDED-ENDING asks change, then SUSPENDED
        ENDED            conflict
      suspend
        none             notFound
        PENDING          conflict
        ACTIVE           asks suspend, then SUSPENDED
        ACTIVE-ENDING    asks suspend, then SUSPENDED (end date kept)
        SUSPENDED        already so
        SUSPENDED-ENDING already so
        ENDED            conflict
      resume
        none             notFound
        PENDING          conflict
        ACTIVE           already so
        ACTIVE-ENDING    already so
        SUSPENDED        asks resume, then ACTIVE
        SUSPENDED-ENDING asks resume, then ACTIVE-ENDING
        ENDED            conflict
      cancel
        none             notFound
        PENDING          asks revoke, then CANCELLED
        ACTIVE           asks endAtPeriod, then ACTIVE-ENDING or CANCELLED
        ACTIVE-ENDING    already so (same date)
        SUSPENDED        asks revoke, then CANCELLED
        SUSPENDED-ENDING already so (same date)
        ENDED            conflict
      cancelExpired
        none             notFound
        PENDING          asks revoke, then CANCELLED
        ACTIVE           asks revoke, then CANCELLED
        ACTIVE-ENDING    asks revoke, then CANCELLED
        SUSPENDED        asks revoke, then CANCELLED
        SUSPENDED-ENDING asks revoke, then CANCELLED
        ENDED            conflict
      reinstate
        none             notFound
        PENDING          conflict
        ACTIVE           already so
        ACTIVE-ENDING    asks reinstate, then ACTIVE
        SUSPENDED        conflict
        SUSPENDED-ENDING asks reinstate, then SUSPENDED (end date cleared)
        ENDED            conflict
      revoke
        none             notFound
        PENDING          asks revoke, then REVOKED
        ACTIVE           asks revoke, then REVOKED
        ACTIVE-ENDING    asks revoke, then REVOKED
        SUSPENDED        asks revoke, then REVOKED
        SUSPENDED-ENDING asks revoke, then REVOKED
        ENDED            conflict
      block
        none             notFound
        PENDING          conflict
        ACTIVE           asks suspend, then ACTIVE (the first block)
        ACTIVE-ENDING    asks suspend, then ACTIVE-ENDING (the first block)
        SUSPENDED        asks nothing, then SUSPENDED
        SUSPENDED-ENDING asks nothing, then SUSPENDED
        ENDED            conflict
      unblock
        none             notFound
        PENDING          conflict
        ACTIVE           asks resume, then ACTIVE (the last block)
        ACTIVE-ENDING    asks resume, then ACTIVE-ENDING (the last block)
        SUSPENDED        asks nothing, then SUSPENDED
        SUSPENDED-ENDING asks nothing, then SUSPENDED
        ENDED            conflict
      relink
        none             notFound
        PENDING          conflict
        ACTIVE           asks link, then ACTIVE
        ACTIVE-ENDING    asks link, then ACTIVE-ENDING
        SUSPENDED        asks link, then SUSPENDED
        SUSPENDED-ENDING asks link, then SUSPENDED
        ENDED            conflict
      notify
        none             notFound
        PENDING          told to Bango
        ACTIVE           conflict
        ACTIVE-ENDING    conflict
        SUSPENDED        conflict
        SUSPENDED-ENDING conflict
        ENDED            conflict
      endDateReached
        none             –
        PENDING          –
        ACTIVE           –
        ACTIVE-ENDING    asks revoke, then CANCELLED
        SUSPENDED        –
        SUSPENDED-ENDING asks revoke, then CANCELLED
        ENDED            –
      pendingTooOld
        none             –
        PENDING          asks revoke, then CANCELLED
        ACTIVE           –
        ACTIVE-ENDING    –
        SUSPENDED        –
        SUSPENDED-ENDING –
        ENDED            –
      expiryPassed
        none             –
        PENDING          asks revoke, then CANCELLED
        ACTIVE           asks revoke, then CANCELLED
        ACTIVE-ENDING    asks revoke, then CANCELLED
        SUSPENDED        asks revoke, then CANCELLED
        SUSPENDED-ENDING asks revoke, then CANCELLED
        ENDED            –
      "
    `);
  });

  it("has every row in the list of expectations below", () => {
    const tested = new Set(lines.map(([row = ""]) => row.split(",")[0]));
    expect([...tested, "activationInfo"].sort()).toEqual(Object.keys(MOVES).sort());
    expect(header?.slice(1)).toEqual(Object.keys(COLUMNS));
  });

  it.each(cells)("$row, $column: $expected", ({ row, column, expected }) => {
    const came = whatComesOf(COLUMNS[column], row);
    if (expected === "–") expect(["notFound", "conflict"]).toContain(came);
    else expect(came).toBe(expected);
  });

  it("lets a link be fetched while PENDING, and nowhere else", () => {
    const row = STANDINGS.map((standing) => textOf(cellOf("activationInfo", standing)));
    expect(row).toEqual([
      "notFound",
      "fresh URL",
      "conflict",
      "conflict",
      "conflict",
      "conflict",
      "conflict",
    ]);
  });

  it("has no cell for what cannot come about: another content of nothing", () => {
    expect(cellOf("activateOther", "none")).toEqual({ kind: "never" });
  });

  it("names in `to` every state that a move was seen to reach, and no other", () => {
    const seen = new Map<string, Set<string>>();
    for (const { row, column, expected } of cells) {
      const name = row.split(",")[0] as Move;
      const to = /^\w+: ([\w-]+)/.exec(expected)?.[1];
      if (to === undefined) continue;
      const cell = `${name}/${standingOfColumn(column)}`;
      seen.set(cell, (seen.get(cell) ?? new Set()).add(to));
    }
    // A first activate may also wait for its customer or for the account system.
    seen.get("activate/none")?.add("PENDING");
    const named = Object.entries(MOVES).flatMap(([name, row]) =>
      STANDINGS.flatMap((standing) => {
        const cell: Cell = row[standing];
        return cell.kind === "move" || cell.kind === "written"
          ? [[`${name}/${standing}`, [...cell.to].sort()] as const]
          : [];
      }),
    );
    expect(Object.fromEntries([...seen].map(([cell, to]) => [cell, [...to].sort()]))).toEqual(
      Object.fromEntries(named),
    );
  });
});

function standingOfColumn(column: Column): string {
  if (column.startsWith("PENDING")) return "PENDING";
  if (column === "SUSPENDED+end") return "SUSPENDED-ENDING";
  return column === "CANCELLED" || column === "REVOKED" ? "ENDED" : column;
}

function textOf(cell: Cell): string {
  switch (cell.kind) {
    case "move":
      return `asks ${cell.ask}, then ${cell.to.join(" or ")}${cell.note === undefined ? "" : ` (${cell.note})`}`;
    case "alreadySo":
      return cell.note === undefined ? "already so" : `already so (${cell.note})`;
    case "written":
      return `asks nothing, then ${cell.to.join(" or ")}`;
    case "told":
      return "told to Bango";
    case "freshUrl":
      return "fresh URL";
    case "refuse":
      return cell.code;
    case "never":
      return "–";
  }
}
