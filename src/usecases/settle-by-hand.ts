import { Problem } from "../core/problem.js";
import type { Instant } from "../core/entitlement.js";
import type { Dependencies } from "./dependencies.js";
import { writeResult } from "./finish-call.js";

export interface HandSettlement {
  readonly journalKey: string;
  readonly as: "done" | "absent";
  /** Kept with the call, together with who said it. */
  readonly reason: string;
  readonly by: string;
  /** What the account system calls the account, for an activation that is done. */
  readonly accountReference?: string | undefined;
  /** When the paid period ends, for a cancel that is done; without it access has ended now. */
  readonly periodEndsAt?: Instant | undefined;
}

export type SettleByHand = (settlement: HandSettlement) => Promise<"settled" | "notOpen">;

/** A person decides an outcome that nobody could find out (2.5.6). */
export function makeSettleByHand(deps: Dependencies): SettleByHand {
  return async ({ journalKey, as, reason, by, accountReference, periodEndsAt }) => {
    const claimed = await deps.store.claimRow({
      journalKey,
      attemptToken: deps.token(),
      leaseMs: deps.limits.leaseMs,
      onlyIfDue: false,
    });
    if (claimed === null) return "notOpen";
    const { row, before } = claimed;
    const note = `${as} by ${by}: ${reason}`.slice(0, 255);
    deps.log.info("outcome.settled_by_hand", { journalKey, as });
    if (row.command.owner === "compensation" && as === "done") {
      await deps.store.finishCompensation(row, note);
      return "settled";
    }
    if (as === "absent") {
      await deps.store.abandon(row, note);
      return "settled";
    }
    // What a look-up has found already is more than a person can say.
    const found = row.found?.kind === "done" || row.found?.kind === "alreadySo" ? row.found : null;
    const result = { ...(found ?? { kind: "done" as const }), ...said({ accountReference, periodEndsAt }) };
    try {
      await writeResult(deps, { ...row, before, heard: false }, result, note);
      return "settled";
    } catch (error) {
      if (error instanceof Problem) return "notOpen";
      throw error;
    }
  };
}

const said = (by: Pick<HandSettlement, "accountReference" | "periodEndsAt">) => ({
  ...(by.accountReference === undefined ? {} : { accountReference: by.accountReference }),
  ...(by.periodEndsAt === undefined ? {} : { periodEndsAt: by.periodEndsAt }),
});
