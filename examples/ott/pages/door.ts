import type { AccountRow } from "../accounts.js";
import { isOpen, stateAt } from "../membership-row.js";
import type { MembershipRow, State } from "../membership-row.js";

/** Why the watch page is closed. `on_hold`: the membership is on, but its access is not wanted. */
export type Closed = "none" | "blocked" | "on_hold" | Exclude<State, "on">;

export type Door =
  { readonly isOpen: true; readonly by: MembershipRow } | { readonly isOpen: false; readonly why: Closed };

/** Of several memberships that are closed, the one that is nearest to being open tells why. */
const NEAREST_FIRST = ["setting_up", "on", "paused", "ended"] as const satisfies readonly State[];

export function doorOf(account: AccountRow, memberships: readonly MembershipRow[], now: number): Door {
  if (account.isBlocked === 1) return { isOpen: false, why: "blocked" };
  const by = memberships.find((row) => isOpen(row, now));
  if (by) return { isOpen: true, by };
  const states = memberships.map((row) => stateAt(row, now));
  const nearest = NEAREST_FIRST.find((state) => states.includes(state));
  return { isOpen: false, why: nearest === "on" ? "on_hold" : (nearest ?? "none") };
}
