import { eachOf } from "../lib/send.mjs";

const EFFECTS = {
  activate: "membership.create",
  suspend: "membership.pause",
  resume: "membership.unpause",
  update: "membership.change",
  cancel: "membership.end_at_period",
  reinstate: "membership.undo_end",
  revoke: "membership.end",
};
/** What the account system must have where we have this. */
const THERE = {
  ACTIVE: { state: "on", access: "open", ends: false },
  "ACTIVE-ENDING": { state: "on", access: "open", ends: true },
  SUSPENDED: { state: "paused", access: "closed" },
  REVOKED: { state: "ended", access: "closed" },
};
const PLANS = { BASIC: "basic", PREMIUM: "premium" };
const PAGE_MAX = 200;
const AT_ONCE = 8;

/** Compares what callers were answered, what we keep and what the account system keeps; the differences, by kind. */
export async function compareAll({ lives, databaseUrl, ott }) {
  const ours = await readOurs(databaseUrl);
  const theirs = await readMemberships(ott);
  const effects = await readEffects(ott, theirs);
  const found = { answers: [], states: [], effects: [], keys: [], strangers: [] };
  const known = new Set();
  let undone = 0;
  for (const life of lives) {
    const our = ours.get(life.entitlementId);
    const memberships = theirs.get(life.entitlementId) ?? [];
    known.add(life.entitlementId);
    note(found.answers, life, answersFault(life, our));
    const isOurs = ({ reference }) => reference === our?.merchantEntitlementId;
    note(found.states, life, our ? statesFault(our, memberships.find(isOurs)) : null);
    note(found.effects, life, our ? effectsFault(our, effects.get(our.merchantEntitlementId) ?? []) : null);
    for (const one of memberships.filter((other) => !isOurs(other))) {
      undone += 1;
      note(found.states, life, one.state === "ended" ? null : `not ours, and ${one.state} there`);
      note(found.effects, life, undoneFault(effects.get(one.reference)));
    }
  }
  const keys = [...effects.values()].flat().map((effect) => effect.idempotency_key);
  if (new Set(keys).size !== keys.length) found.keys.push("one key has two effects");
  for (const id of [...theirs.keys(), ...ours.keys()]) if (!known.has(id)) found.strangers.push(id);
  return { found, effectCount: keys.length, entitlementCount: ours.size, undone };
}

const note = (faults, { entitlementId }, fault) => {
  if (fault !== null) faults.push(`${entitlementId}: ${fault}`);
};

/** A call that nobody repeated may have been done or not; every other one is in our history as it was answered. */
function answersFault({ done, left, status }, our) {
  const history = our?.history ?? [];
  const possible = [done, ...(left && left.operation !== "activate" ? [[...done, left.operation]] : [])];
  if (!possible.some((one) => one.join() === history.join()))
    return `answered ${done.join()}${left ? ` (left ${left.operation})` : ""}, kept ${history.join()}`;
  const wanted = history.length > done.length ? left.status : status;
  return (our?.status ?? null) === wanted ? null : `is ${our?.status}, was answered ${wanted}`;
}

function statesFault(our, their) {
  const { state, access, ends } = THERE[our.status];
  const isSame =
    their?.state === state &&
    their.access === access &&
    their.plan_code === PLANS[our.productKey] &&
    (ends === undefined || (their.ends_at !== null) === ends);
  return isSame ? null : `${our.status} and ${our.productKey}, there ${JSON.stringify(their)}`;
}

/** Nothing twice, nothing that was so already, nothing that we know nothing of. */
function effectsFault({ history }, ledger) {
  const wanted = history.map((operation) => EFFECTS[operation]);
  return wanted.join() === madeIn(ledger).join()
    ? null
    : `kept ${wanted.join()}, there ${madeIn(ledger).join()}`;
}

/** An activation that nobody came back for: begun, and ended again. */
function undoneFault(ledger) {
  const made = madeIn(ledger).join();
  return made === "membership.create,membership.end" ? null : `undone, and there ${made}`;
}

const madeIn = (ledger) =>
  ledger.map(({ operation, changed }) => (changed ? operation : `${operation}, already so`));

async function readOurs(databaseUrl) {
  const { openDatabase } = await import("../../dist/src/store/database.js");
  const { parseDatabaseUrl } = await import("../../dist/src/store/database-url.js");
  const { makeStore } = await import("../../dist/src/store/store.js");
  const database = openDatabase(parseDatabaseUrl(databaseUrl));
  try {
    const store = makeStore(database);
    const all = new Map();
    for (let after; ;) {
      const page = await store.listEntitlements({ after, limit: PAGE_MAX });
      for (const one of page) {
        const history = await store.listHistory(one.merchantEntitlementId);
        all.set(one.entitlementId, { ...one, history: history.map(({ operation }) => operation) });
      }
      if (page.length < PAGE_MAX) return all;
      after = page.at(-1).merchantEntitlementId;
    }
  } finally {
    await database.close();
  }
}

async function readMemberships({ ask }) {
  const all = new Map();
  for (let cursor = ""; cursor !== null;) {
    const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask("GET", `/api/v1/memberships?limit=${PAGE_MAX}${query}`);
    for (const one of page.memberships)
      all.set(one.partner_entitlement, [...(all.get(one.partner_entitlement) ?? []), one]);
    cursor = page.next_cursor;
  }
  return all;
}

async function readEffects({ ask }, memberships) {
  const all = new Map();
  await eachOf([...memberships.values()].flat(), AT_ONCE, async ({ reference }) => {
    const { effects } = await ask("GET", `/operator/ledger?ref=${encodeURIComponent(reference)}`);
    all.set(reference, effects);
  });
  return all;
}
