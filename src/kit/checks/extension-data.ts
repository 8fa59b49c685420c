import type { AccountResult } from "../../core/account-result.js";
import type { JsonObject } from "../../core/entitlement.js";
import type { AccountOperation } from "../../core/moves.js";
import type { AccountCall, AccountEntitlement } from "../../ports/account-system.js";
import { asHeld, isTaken } from "../answers.js";
import { within } from "../bounded.js";
import { asChanged, newCall, newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import type { Subject } from "../subject.js";
import { json, textOf } from "../texts.js";

const DATA: JsonObject = {
  text: "Zoë \u{1f3b5} 'quoted' \"twice\"",
  number: 12.5,
  yes: true,
  nothing: null,
  empty: "",
  list: [1, "two", { three: [3] }],
  deep: { deeper: { deepest: "x".repeat(1000) } },
  "a key with spaces.and/slashes": "value",
};

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !(value instanceof AbortSignal)) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}

const STEPS = ["activate", "suspend", "resume", "change", "endAtPeriod", "reinstate", "revoke"] as const;
const WHY =
  "Bango and resellers send data of their own, and the service sends the same call again where an answer was lost";
const FIX = "take extension data as JSON of any shape, pass it on as it is, and copy what you want to change";

export const extensionData: Check = {
  id: "extension-data",
  title: "takes extension data of any JSON, and leaves the call as it was",
  needs: [],
  async run(subject) {
    await callOnce(subject, "activate", await withData(subject), freeze);
    // What is no strict JavaScript does not hear of a frozen call, and changes the next one.
    let entitlement = await withData(subject);
    for (const operation of STEPS) {
      if (!subject.system[operation]) continue;
      if (operation === "change") entitlement = asChanged(entitlement, subject.settings);
      const call = await callOnce(subject, operation, entitlement, (thawed) => thawed);
      const { signal: _before, ...before } = call.before;
      const { signal: _after, ...after } = call.after;
      must(json(before) === json(after), `${operation} has changed the call that it was handed`, WHY, FIX);
      if (operation === "activate") entitlement = asHeld(entitlement, call.result);
    }
  },
};

function withData({ newEntitlement }: Subject): Promise<AccountEntitlement> {
  const data = structuredClone(DATA);
  return newEntitlement({
    merchantBangoExtensionData: data,
    merchantExtensionData: data,
    extensionData: data,
    extraInformation: data,
  });
}

/** One call of its own making, as it was before and after. */
async function callOnce(
  { stepOf, deadlineMs }: Subject,
  operation: AccountOperation,
  entitlement: AccountEntitlement,
  prepare: (call: AccountCall) => AccountCall,
): Promise<{ readonly before: AccountCall; readonly after: AccountCall; readonly result: AccountResult }> {
  const parts = {
    key: newKey(),
    signal: AbortSignal.timeout(deadlineMs),
    deadlineAt: Date.now() + deadlineMs,
  };
  const before = newCall(operation, structuredClone(entitlement), parts);
  const { signal, ...rest } = before;
  const after = prepare({ ...structuredClone(rest), signal });
  const came = await within(deadlineMs, () => stepOf(operation)(after));
  const what =
    came.kind === "answered"
      ? `answered ${json(came.answer)}`
      : came.kind === "threw"
        ? `threw ${textOf(came.error)}`
        : "did not answer";
  must(
    came.kind === "answered" && isTaken(came.answer),
    `${operation} with nested extension data ${what}`,
    WHY,
    FIX,
  );
  return { before, after, result: came.answer };
}
