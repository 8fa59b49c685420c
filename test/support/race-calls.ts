import { randomUUID } from "node:crypto";
import type { Core } from "../../src/compose.js";
import { catalogueOf } from "../../src/config/catalogue.js";
import type { OperationName } from "../../src/contract/operations.js";
import { contractSchema } from "../../src/contract/contract-schema.js";
import { effectiveContract } from "../../src/contract/contract.js";
import { makeParseRequest } from "../../src/contract/parse-request.js";
import { problemReply } from "../../src/contract/replies.js";
import type { Reply } from "../../src/contract/replies.js";
import { Problem } from "../../src/core/problem.js";
import type { MerchantApiUseCases, MerchantMove } from "../../src/ports/merchant-api.js";
import { ownTrace } from "../../src/ports/trace.js";
import { makeHandleCall } from "../../src/server-api/handle-call.js";
import type { Database } from "../../src/store/database.js";
import { activationToken } from "../../src/usecases/secret-keys.js";
import type { ModelAccounts, ModelBango } from "./race-models.js";
import type { Body } from "./scenario.js";
import type { Steps } from "./scheduled.js";

/** What a race is about: one entitlement of its own, and how its customer reached it. */
export interface Sold {
  readonly merchantEntitlementId: string;
  readonly entitlementId: string;
  /** Of the link in Bango's first answer; null where there was none. */
  readonly token: string | null;
  readonly activation: Body;
  /** What Bango heard of it so far, in order. */
  readonly sofar: readonly Heard[];
}

/** Wishes name their requests within their race. */
export const requestIdOf = ({ entitlementId }: Sold, { requestId }: { readonly requestId: string }): string =>
  `${entitlementId}:${requestId}`;

export type Wish =
  | {
      readonly by: "bango";
      readonly operation: OperationName;
      readonly requestId: string;
      readonly body?: Body;
    }
  | { readonly by: "merchant"; readonly move: MerchantMove | "block" | "unblock"; readonly requestId: string }
  /** The account system has done what it had accepted of Bango's call of that request id. */
  | { readonly by: "merchant"; readonly completes: string; readonly requestId: string }
  | { readonly by: "customer" };

/** One wish, what its caller heard, and between which steps. */
export interface Heard {
  readonly wish: Wish;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly status: number;
  /** `responseCode`, or how the sign-up ended. */
  readonly code: string;
  /** The state that the answer shows. */
  readonly state: string | null;
  readonly bytes: string;
}

export type Ask = (sold: Sold, wish: Wish) => Promise<Heard>;

interface Around {
  readonly steps: Steps;
  readonly accounts: ModelAccounts;
  readonly bango: ModelBango;
}

const CONTRACT = effectiveContract(contractSchema.parse({}));

/** Calls as the routers make them, without sockets, whose timing no seed decides. `core` has the bare database. */
export function makeAsk(core: Core, { steps, accounts, bango }: Around): Ask {
  const { run, locate, keys, store, config, database } = core;
  const catalogue = catalogueOf(config.file.resellers);
  const handle = makeHandleCall({
    run,
    locate,
    identify: core.identify,
    issueLink: (of) => store.issueLink((now) => core.issueLink(of, now.business)),
    activationUrl: async ({ merchantEntitlementId }, { number, keyId }) =>
      activationToken((await keys.linkKey(keyId))!, merchantEntitlementId, number),
    noteActivation: () => undefined,
    isReseller: catalogue.isReseller,
    switchedOff: catalogue.switchedOff,
    newEntitlementId: () => randomUUID(),
    newBudget: core.newBudget,
  });
  const caller = { credentialId: "bango-1", owner: "bango", resellers: "*" } as const;

  const bangoAsks = async (sold: Sold, wish: Extract<Wish, { by: "bango" }>): Promise<Reply> => {
    const { operation, body = {} } = wish;
    const requestId = requestIdOf(sold, wish);
    const parsed = makeParseRequest(
      CONTRACT,
      operation,
    )({
      params: operation === "activate" ? {} : { merchantEntitlementId: sold.merchantEntitlementId },
      query: {},
      body: { ...(operation === "activate" ? sold.activation : {}), ...body, requestId },
      requestIdentifier: undefined,
    });
    const { reply, log } = await handle(parsed, caller, ownTrace(requestId));
    const { merchantEntitlementId } = JSON.parse(reply.body) as Sold;
    const version = await steps.undisturbed(() =>
      versionTold(database, merchantEntitlementId, log.replayed === true ? requestId : null),
    );
    if (version !== null)
      bango.hear(sold.entitlementId, JSON.parse(reply.body) as { status: string }, version);
    return reply;
  };
  const signUp = async ({ token }: Sold): Promise<Reply> => {
    const request = { choice: "new", email: "a@example.com", password: "a long enough password" } as const;
    const outcome = await core.signUp.signUp({ ...request, token: token ?? "", trace: ownTrace("sign-up") });
    return {
      status: outcome.kind === "unavailable" ? 503 : 200,
      body: JSON.stringify({ responseCode: outcome.kind }),
    };
  };
  const answer = (sold: Sold, wish: Wish): Promise<Reply> => {
    switch (wish.by) {
      case "bango":
        return bangoAsks(sold, wish);
      case "merchant":
        if ("completes" in wish) accounts.complete(sold.merchantEntitlementId);
        return merchantAsks(core.merchantApi, sold, wish);
      case "customer":
        return signUp(sold);
    }
  };
  return async (sold, wish) => {
    await steps.point(`${wish.by} ${nameOf(wish)}`);
    const begunAt = steps.at();
    const reply = await answer(sold, wish).catch((error: unknown) => {
      if (error instanceof Problem) return problemReply(error.refusal);
      throw error;
    });
    const body = JSON.parse(reply.body) as { responseCode?: string; status?: string };
    return {
      wish,
      begunAt,
      endedAt: steps.at(),
      status: reply.status,
      code: body.responseCode ?? "OK",
      state: body.status ?? null,
      bytes: reply.body,
    };
  };
}

const nameOf = (wish: Wish): string =>
  wish.by === "customer"
    ? "signs up"
    : "completes" in wish
      ? `completes ${wish.completes}`
      : "move" in wish
        ? wish.move
        : wish.operation;

/** The merchant's own kind of block in these races. */
export const BLOCK = { kind: "fraud", reason: "a race" };

function merchantAsks(
  merchant: MerchantApiUseCases,
  sold: Sold,
  wish: Extract<Wish, { by: "merchant" }>,
): Promise<Reply> {
  const idempotencyKey = requestIdOf(sold, wish);
  const call = {
    merchantEntitlementId: sold.merchantEntitlementId,
    idempotencyKey,
    actor: "back-office",
    trace: ownTrace(idempotencyKey),
  };
  if ("completes" in wish) {
    const requestId = requestIdOf(sold, { requestId: wish.completes });
    return merchant.complete(call, { requestId, outcome: "done", terminationDate: null, reason: null });
  }
  switch (wish.move) {
    case "block":
      return merchant.block(call, BLOCK);
    case "unblock":
      return merchant.unblock(call, BLOCK);
    default:
      return merchant.move(call, wish.move, null);
  }
}

/** As old as the change that a stored answer is about (null: it made none, and is no news), or as new as can be. */
async function versionTold(
  { knex }: Database,
  merchantEntitlementId: string,
  requestId: string | null,
): Promise<number | null> {
  const of = requestId === null ? { merchantEntitlementId } : { merchantEntitlementId, requestId };
  const newest = (await knex("history").where(of).orderBy("version", "desc").first()) as
    { version: number } | undefined;
  return newest?.version ?? null;
}
