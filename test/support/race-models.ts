import { outboundContract } from "../../src/contract/outbound-contract.js";
import type { AccountOperation } from "../../src/core/moves.js";
import type { AccountCall, AccountResult, AccountSystem, Lookup } from "../../src/ports/account-system.js";
import type { BangoAnswer, BangoRequest } from "../../src/ports/bango.js";
import { goalOf, takeEffect } from "./fake-bango.js";
import { DAY_MS } from "./scenario.js";
import type { Steps } from "./scheduled.js";

/** What becomes of one request to the other side. */
export type Fate =
  | "arrives"
  | "is accepted"
  | "is lost before its effect"
  | "is lost after its effect"
  | "finds it busy"
  | "is answered late";
export const FATES: readonly Fate[] = [
  "arrives",
  "is lost before its effect",
  "is lost after its effect",
  "finds it busy",
];

/** In so many steps others may do a good deal. */
const LATE_STEPS = 15;

/** Fates in the order in which requests are made; afterwards everything arrives. */
export interface Fates {
  next: () => Fate;
  set: (fates: readonly Fate[]) => void;
}

function makeFates(): Fates {
  let left: readonly Fate[] = [];
  return {
    next: () => {
      const [fate = "arrives", ...others] = left;
      left = others;
      return fate;
    },
    set: (fates) => {
      left = fates;
    },
  };
}

/** The account system's own view of one entitlement. */
export interface Book {
  access: "full" | "none";
  /** What was accepted, and is not done yet. */
  later: "full" | "none" | null;
  readonly effects: AccountOperation[];
}

const PERIOD_MS = 30 * DAY_MS;

export interface ModelAccounts {
  readonly system: AccountSystem;
  readonly bookOf: (merchantEntitlementId: string) => Book;
  /** Does now what was accepted last. */
  readonly complete: (merchantEntitlementId: string) => void;
  readonly fates: Fates;
}

/** An account system that gives the access that it was last asked to give, and acts once for one key. */
export function modelAccounts(steps: Steps, isIdempotent = false): ModelAccounts {
  const books = new Map<string, Book>();
  const results = new Map<string, AccountResult>();
  const fates = makeFates();
  const bookOf = (id: string): Book => {
    const book = books.get(id) ?? { access: "none", later: null, effects: [] };
    books.set(id, book);
    return book;
  };
  const takeEffect = (operation: AccountOperation, call: AccountCall, isLater: boolean): AccountResult => {
    const known = results.get(call.idempotencyKey);
    if (known) return known;
    const book = bookOf(call.entitlement.merchantEntitlementId);
    book.later = isLater ? call.access : null;
    if (!isLater) book.access = call.access;
    book.effects.push(operation);
    const result: AccountResult = isLater
      ? { kind: "accepted" }
      : operation === "endAtPeriod"
        ? { kind: "done", periodEndsAt: call.now + PERIOD_MS }
        : { kind: "done", accountReference: call.entitlement.accountReference ?? "account-1" };
    results.set(call.idempotencyKey, result);
    return result;
  };
  const step =
    (operation: AccountOperation) =>
    async (call: AccountCall): Promise<AccountResult> => {
      await steps.point(`accounts.${operation} arrives`);
      const fate = fates.next();
      if (fate === "finds it busy") return { kind: "retryLater" };
      if (fate === "is lost before its effect") throw new Error("the connection was reset");
      const result = takeEffect(operation, call, fate === "is accepted");
      await steps.point(`accounts.${operation} answers`);
      if (fate === "is lost after its effect") throw new Error("the connection was reset");
      return result;
    };
  const lookup = async (idempotencyKey: string): Promise<Lookup> => {
    await steps.point("accounts.lookup");
    const result = results.get(idempotencyKey);
    return result ? { kind: "present", result } : { kind: "absent" };
  };
  const system: AccountSystem = {
    name: "model",
    accountSystemVersion: 1,
    activate: step("activate"),
    revoke: step("revoke"),
    suspend: step("suspend"),
    resume: step("resume"),
    change: step("change"),
    endAtPeriod: step("endAtPeriod"),
    reinstate: step("reinstate"),
    register: async () => {
      await steps.point("accounts.register");
      return { kind: "done", accountReference: "account-1" };
    },
    authenticate: () => Promise.resolve({ kind: "done", accountReference: "account-1" }),
    health: () => Promise.resolve({ ok: true }),
    ...(isIdempotent ? { idempotent: true } : { lagMs: 0, lookup }),
  };
  const complete = (id: string): void => {
    const book = bookOf(id);
    book.access = book.later ?? book.access;
    book.later = null;
  };
  return { system, bookOf, complete, fates };
}

interface RecordBody {
  readonly status: string;
  readonly terminationDate?: string;
}

/** What Bango believes of one entitlement. */
export interface BangoView {
  readonly status: string | undefined;
  /** Whether it knows a date on which access ends, and will end it then itself. */
  readonly ends: boolean;
}

export interface ModelBango {
  readonly send: (request: BangoRequest) => Promise<BangoAnswer>;
  /** Bango hears an answer to a call of its own, and that it is as new as that version. */
  readonly hear: (entitlementId: string, body: RecordBody, version: number) => void;
  readonly knows: (entitlementId: string) => BangoView;
  /** The messages that took effect there, in order, each with the version that it was decided at. */
  readonly told: { readonly entitlementId: string; readonly version: number }[];
  readonly fates: Fates;
}

/** How Bango's answers are read. */
const WORDS = outboundContract({});

/**
 * A Bango that believes whatever it heard last: an answer to its own call, or a message of ours. Only an answer that
 * tells of older things than it has heard of since is old news to it, as its `dateLastUpdated` says.
 */
export function modelBango(steps: Steps, versionOf: (messageId: string) => Promise<number>): ModelBango {
  const states = new Map<string, string>();
  const versions = new Map<string, number>();
  const ending = new Set<string>();
  const told: ModelBango["told"] = [];
  const noteEnd = (entitlementId: string, status: string | null, hasDate = false): void => {
    if (hasDate || status === "ACTIVE-ENDING") ending.add(entitlementId);
    else if (status === "ACTIVE") ending.delete(entitlementId);
  };
  const fates = makeFates();
  const answer = (
    { kind, goal, present }: BangoRequest,
    httpStatus: number | null,
    status: string | null = null,
  ): BangoAnswer => ({
    status: httpStatus,
    outcome: WORDS.outcomeOf({ kind, goal, present }, { httpStatus, responseCode: null, status }),
    state: WORDS.stateOf(status),
    retryAfterMs: null,
    durationMs: 0,
    excerpt: "",
  });
  return {
    told,
    fates,
    hear: (entitlementId, { status, terminationDate }, version) => {
      if (version < (versions.get(entitlementId) ?? 0)) return;
      versions.set(entitlementId, version);
      states.set(entitlementId, status);
      noteEnd(entitlementId, status, terminationDate !== undefined);
    },
    knows: (entitlementId) => ({ status: states.get(entitlementId), ends: ending.has(entitlementId) }),
    async send(request) {
      const { kind, ids, requestId, body } = request;
      const entitlementId = ids.entitlementId ?? "";
      await steps.point(`bango.${kind} arrives`);
      const fate = fates.next();
      if (fate === "finds it busy") return answer(request, 503);
      if (fate === "is lost before its effect") return answer(request, null);
      const message = { kind, entitlementId, body };
      const goal = goalOf(message);
      const version = await versionOf(requestId);
      if (goal !== null) versions.set(entitlementId, version);
      told.push({ entitlementId, version });
      const reply = takeEffect(states, message);
      // That a sign-up went well takes no date back that Bango has set since.
      if (kind !== "activate") noteEnd(entitlementId, goal);
      for (let looks = fate === "is answered late" ? LATE_STEPS : 1; looks > 0; looks -= 1)
        await steps.point(`bango.${kind} answers`);
      return fate === "is lost after its effect"
        ? answer(request, null)
        : answer(request, reply.status, reply.body.status);
    },
  };
}
