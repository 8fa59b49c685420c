import type { JsonObject } from "../../core/entitlement.js";
import { DEADLINE_MS } from "../subject.js";
import { within } from "../bounded.js";
import { newCall, newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { json } from "../same-result.js";
import { isTaken, textOf } from "../subject.js";

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

export const extensionData: Check = {
  id: "extension-data",
  title: "takes extension data of any JSON, and leaves the call as it was",
  needs: [],
  async run({ system, settings: { deadlineMs = DEADLINE_MS }, newEntitlement }) {
    const data = structuredClone(DATA);
    const entitlement = newEntitlement({
      merchantBangoExtensionData: data,
      merchantExtensionData: data,
      extensionData: data,
      extraInformation: data,
    });
    const parts = {
      key: newKey(),
      signal: AbortSignal.timeout(deadlineMs),
      deadlineAt: Date.now() + deadlineMs,
    };
    const call = freeze(newCall("activate", entitlement, parts));
    const { activate } = system;
    const came = await within(deadlineMs, () => activate(call));
    const what =
      came.kind === "answered"
        ? `answered ${json(came.answer)}`
        : came.kind === "threw"
          ? `threw ${textOf(came.error)}`
          : "did not answer";
    must(
      came.kind === "answered" && isTaken(came.answer),
      `activate with nested extension data, in a call that cannot be changed, ${what}`,
      "Bango and resellers send data of their own, and the service sends the same call again where an answer was lost",
      "take extension data as JSON of any shape, pass it on as it is, and copy what you want to change",
    );
  },
};
