import { isAccountResult } from "../../core/account-result.js";
import type { AccountResult } from "../../core/account-result.js";
import { asHeld, asLookup, contentOf, isTaken } from "../answers.js";
import { asChanged, newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { lookSoon } from "../look-soon.js";
import { json } from "../texts.js";

const OPERATIONS = ["activate", "change", "suspend", "resume", "endAtPeriod", "reinstate", "revoke"] as const;

export const lookupUnused: Check = {
  id: "lookup-unused",
  title: "calls a key that was never used absent",
  needs: ["lookup"],
  async run({ lookUpAsIs }) {
    const found = await lookUpAsIs(newKey());
    must(
      asLookup(found).kind === "absent",
      `lookup of a key that was never used answered ${json(found)}`,
      "a call that never arrived stays open until lookup says absent; its customer waits",
      'answer {kind: "absent"} where your records can tell that there was no such call; unsure only where they cannot be read',
    );
  },
};

export const lookupResult: Check = {
  id: "lookup-result",
  title: "finds the whole result by lookup, as the call had answered it",
  needs: ["lookup"],
  async run(subject) {
    let entitlement = await subject.newEntitlement();
    const asked: { readonly operation: string; readonly key: string; readonly result: AccountResult }[] = [];
    for (const operation of OPERATIONS) {
      if (!subject.system[operation]) continue;
      if (operation === "change") entitlement = asChanged(entitlement, subject.settings);
      const key = newKey();
      const result = await subject.inEffect(operation, entitlement, { key });
      if (operation === "activate") entitlement = asHeld(entitlement, result);
      // What is no result, another check says.
      if (isAccountResult(result)) asked.push({ operation, key, result });
    }
    for (const { operation, key, result } of asked) {
      const said = await lookSoon(subject, key);
      const found = asLookup(said);
      must(
        found.kind === "present" &&
          isTaken(found.result) &&
          json(contentOf(found.result)) === json(contentOf(result)),
        `${operation} answered ${json(result)}, lookup of its key ${json(said)}`,
        "where the answer was lost, the service goes on with what lookup says: account, end of the period, activation code",
        "store the result with the key, and give it back unchanged",
      );
    }
  },
};

export const lookupLag: Check = {
  id: "lookup-lag",
  title: "shows an effect by lookup within the declared lagMs",
  needs: ["lookup"],
  async run({ newEntitlement, inEffect, lookUp, settle, lagMs }) {
    const key = newKey();
    await inEffect("activate", await newEntitlement(), { key });
    await settle();
    const { kind } = await lookUp(key);
    must(
      kind !== "absent",
      `${String(lagMs)} ms after an effect, lookup answers absent`,
      "after lagMs the service believes it, and tells Bango that nothing happened",
      "read where you write, or declare the longest time that it takes as lagMs",
    );
  },
};
