import { randomUUID } from "node:crypto";
import { Buffer } from "node:buffer";
import { setTimeout as pause } from "node:timers/promises";
import { pick } from "../lib/dice.mjs";

/** From ACTIVE and back to it, and what each call on the way leads to. */
const WALKS = [
  [
    ["suspend", "SUSPENDED"],
    ["resume", "ACTIVE"],
  ],
  [["update", "ACTIVE"]],
  [
    ["cancel", "ACTIVE-ENDING"],
    ["reinstate", "ACTIVE"],
  ],
  [
    ["cancel", "ACTIVE-ENDING"],
    ["suspend", "SUSPENDED"],
    ["resume", "ACTIVE-ENDING"],
    ["reinstate", "ACTIVE"],
  ],
  [
    ["suspend", "SUSPENDED"],
    ["suspend", "SUSPENDED"],
    ["update", "SUSPENDED"],
    ["resume", "ACTIVE"],
  ],
];
const ENDS = [[["revoke", "REVOKED"]], [["suspend", "SUSPENDED"]], [["cancel", "ACTIVE-ENDING"]], []];
const WALKS_PER_LIFE = 3;
/** So many calls in a hundred are sent once, whatever the answer: then nobody comes back for this entitlement. */
const ONCE_IN_A_HUNDRED = 12;
/** At once, and then more slowly; half as long to half as long again, since callers do not keep step. */
const REPEAT_PAUSES_MS = [50, 300, 2000, 5000];
const TRIES_MAX = 20;
const ANSWER_SECONDS_MAX = 30;
const JSON_HEADER = ["Content-Type", "application/json"];

/** One customer's entitlement, from its activation on: a plan, what has been answered, and what must be so after it. */
export function newLife({ resellerId, dice, givesUp }) {
  const middle = Array.from({ length: WALKS_PER_LIFE }, () => pick(dice, WALKS)).flat();
  return {
    resellerId,
    entitlementId: randomUUID(),
    customer: `customer-${randomUUID()}`,
    plan: [["activate", "ACTIVE"], ...middle, ...pick(dice, ENDS)],
    givesUp: () => givesUp && dice() * 100 < ONCE_IN_A_HUNDRED,
    id: null,
    status: null,
    productKey: "BASIC",
    /** Operations that were answered well and changed something, in order. */
    done: [],
    /** The one that nobody repeated after its 503, and what it would have led to. */
    left: null,
    faults: [],
  };
}

/** Makes `callNext(life)`: the next call of its plan, as Bango sends it; true where it goes on after it. */
export function makeCaller({ send, password, onceIds }) {
  const auth = ["Authorization", `Basic ${Buffer.from(`bango:${password}`).toString("base64")}`];
  return async (life, note) => {
    const [operation, status] = life.plan.shift();
    const once = life.givesUp();
    const requestId = randomUUID();
    if (once) onceIds.add(requestId);
    const content = requestOf(life, operation, requestId, auth);
    const replies = await insist(send, content, once ? 1 : TRIES_MAX, note);
    const last = replies.at(-1);
    const isGood = last.status >= 200 && last.status < 300;
    if (isGood) takeGood(life, { operation, status }, last);
    else if (last.status === 503 && once) life.left = { operation, status };
    else life.faults.push(`${operation}: ${last.status ?? JSON.stringify(last)} ${last.text ?? ""}`);
    // Whoever had to ask again asks once more: the same bytes.
    if (isGood && replies.length > 1) {
      const again = await send(content, ANSWER_SECONDS_MAX);
      if (again.text !== last.text) life.faults.push(`${operation}: ${last.text}, and again ${again.text}`);
    }
    return life.left === null && life.faults.length === 0 && life.plan.length > 0;
  };
}

async function insist(send, content, triesMax, note) {
  const replies = [];
  while (replies.length < triesMax) {
    if (replies.length > 0) {
      const pauseMs = REPEAT_PAUSES_MS[replies.length - 1] ?? REPEAT_PAUSES_MS.at(-1);
      await pause(pauseMs * (0.5 + Math.random()));
    }
    const reply = await send(content, ANSWER_SECONDS_MAX);
    replies.push(reply);
    note(reply);
    if (reply.status !== 503) break;
  }
  return replies;
}

function takeGood(life, { operation, status }, { text }) {
  const record = JSON.parse(text);
  if (operation === "activate") life.id = record.merchantEntitlementId;
  if (record.status !== status) life.faults.push(`${operation}: answered ${record.status}, not ${status}`);
  // The second of two equal wishes is so already, and nothing is asked for it.
  if (operation === "update" || life.status !== status) life.done.push(operation);
  if (operation === "update") life.productKey = otherProduct(life);
  life.status = status;
}

const otherProduct = ({ productKey }) => (productKey === "BASIC" ? "PREMIUM" : "BASIC");

function requestOf(life, operation, requestId, auth) {
  const { resellerId, entitlementId, customer, id, productKey } = life;
  const call = (method, path, body) => ({
    port: "public",
    method,
    path: `/bango/v1/entitlement${path}`,
    headers: [auth, JSON_HEADER],
    body: JSON.stringify({ requestId, ...body }),
  });
  if (operation === "activate")
    return call("POST", "", { entitlementId, resellerId, productKey, sharedCustomerId: customer });
  if (operation === "update")
    return call("PATCH", "", { merchantEntitlementId: id, productKey: otherProduct(life) });
  return call("POST", `/${id}/${operation}`, {});
}
