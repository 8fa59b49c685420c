import { randomInt } from "node:crypto";
import type { PlanRow } from "./database.js";
import type { MembershipRow } from "./membership-row.js";

/** What a membership of this plan begins with, whoever sells it. */
export const termsOf = (
  plan: PlanRow,
  now: number,
): Pick<MembershipRow, "planCode" | "readyAt" | "activationCode"> => ({
  planCode: plan.code,
  readyAt: now + plan.provisioningMs,
  activationCode: plan.givesCode === 1 ? newActivationCode() : null,
});

/** Without signs that are mistaken for others. */
const CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const CODE_LENGTH = 12;
const newActivationCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => CODE_SIGNS[randomInt(CODE_SIGNS.length)])
    .join("")
    .replace(/(.{4})(?=.)/g, "$1-");
