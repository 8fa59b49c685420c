import { accountIn } from "../answers.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { newWho } from "../subject.js";
import type { Subject } from "../subject.js";
import { json } from "../texts.js";

export const link: Check = {
  id: "link",
  title: "ties an entitlement to the account that the customer chose, and moves what is active",
  needs: ["link"],
  async run(subject) {
    const accountReference = await anAccount(subject);
    const entitlement = { ...(await subject.newEntitlement()), accountReference };
    const key = newKey();
    await subject.inEffect("link", entitlement, { key, access: "none" });
    await subject.inEffect("link", entitlement, { key, access: "none" });
    const given = accountIn(await subject.inEffect("activate", entitlement));
    must(
      given === undefined || given === accountReference,
      `after a link to ${accountReference}, activate answered the account ${String(given)}`,
      WHY_LINK,
      "activate the account that entitlement.accountReference names",
    );
    await moves(subject);
  },
};

const WHY_LINK = "the customer signed in to one account and would watch on another";

/** A relink, as far as `list` shows accounts. */
async function moves(subject: Subject): Promise<void> {
  if (!subject.system.list) return;
  const active = await subject.active();
  const accountReference = await anAccount(subject);
  await subject.inEffect("link", { ...active, accountReference }, { access: "full" });
  await subject.settle();
  const [row] = await subject.rowsOf(active.merchantEntitlementId);
  must(
    row === undefined || (row.accountReference === accountReference && row.access === "full"),
    `after a relink of what is active to ${accountReference}, list has ${json(row)}`,
    WHY_LINK,
    "move what is active to entitlement.accountReference, with the access of the call",
  );
}

async function anAccount(subject: Subject): Promise<string> {
  if (subject.system.register) return subject.registered(newWho(subject));
  const account = accountIn(await subject.inEffect("activate", await subject.newEntitlement()));
  must(
    account !== undefined,
    "activate answered no accountReference, so there is none to link to",
    "link ties an entitlement to an account that it names",
    "answer the accountReference with done",
  );
  return account;
}
