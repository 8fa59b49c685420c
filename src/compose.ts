import { createHash, randomBytes } from "node:crypto";
import { v7 as uuidV7 } from "uuid";
import type { HttpExchange } from "./accounts/http/options.js";
import type { Config } from "./config/config.js";
import { effectiveContract } from "./contract/contract.js";
import type { Contract } from "./contract/contract.js";
import { hashOf } from "./contract/fingerprint.js";
import { renderAnswer } from "./contract/replies.js";
import { credentialsOf } from "./config/credentials.js";
import { makeLive, restartNeeded } from "./config/live-config.js";
import type { Live, Snapshot } from "./config/live-config.js";
import { merchantView, renderMerchantAnswer } from "./contract/merchant-replies.js";
import { composeAccounts } from "./compose-accounts.js";
import type { Ledger } from "./compose-accounts.js";
import { composeBango } from "./compose-bango.js";
import type { DeliveryPace, OpenBango } from "./compose-bango.js";
import type { AccountSystem } from "./ports/account-system.js";
import { nameOfError } from "./ports/logger.js";
import type { Logger } from "./ports/logger.js";
import type { Database } from "./store/database.js";
import { makeStore } from "./store/store.js";
import type { Store } from "./store/store.js";
import type { ContractTerms, Dependencies } from "./usecases/dependencies.js";
import { makeEndDue, makeMoveClock } from "./usecases/end-due.js";
import { makeIdentifyActivation } from "./usecases/identify-activation.js";
import { makeMerchantApi } from "./usecases/merchant-api.js";
import { makeLocateEntitlement } from "./usecases/locate-entitlement.js";
import { openKeyRing } from "./usecases/key-ring.js";
import type { KeyRing } from "./usecases/key-ring.js";
import { openCredentials } from "./usecases/live-credentials.js";
import { makeManageCredentials } from "./usecases/manage-credentials.js";
import { makeManageKeys } from "./usecases/manage-keys.js";
import { makeRunCommand } from "./usecases/run-command.js";
import { makeSeal } from "./usecases/seal.js";
import { newLink } from "./usecases/secret-keys.js";
import { makeSecretUseNotes } from "./usecases/secret-use.js";
import { makeSignUp } from "./usecases/sign-up.js";
import { makeSettleByHand } from "./usecases/settle-by-hand.js";
import { makePruneJournal, makeSettleDue } from "./usecases/settle-due.js";
import { makeSettleUnknown } from "./usecases/settle-unknown.js";
import { makeTryAccounts } from "./usecases/try-accounts.js";
import { makeWatchAcceptances } from "./usecases/watch-acceptances.js";

/** What may be put in place of the real thing, at a port: tests wrap a database, integrators bring their accounts. */
export interface Parts {
  readonly database: Database;
  readonly accounts?: (database: Database) => AccountSystem;
  /** The configured account system's own books, where the sandbox knows them. */
  readonly ledger?: Ledger;
  readonly log: Logger;
  /** Hears of every request to an `http` account system, and its reply, without secrets. */
  readonly observeAccounts?: (exchange: HttpExchange) => void;
  /** How messages to Bango are paced; tests shorten it. */
  readonly delivery?: Partial<DeliveryPace>;
  /** The process's clock in milliseconds: the age of forms and tokens, and the windows of the limits. */
  readonly now?: () => number;
  /** Stands in for Bango, at its port. */
  readonly openBango?: OpenBango;
  /** How a call that waits for another lets time pass. */
  readonly pause?: Dependencies["pause"];
}

export { openAccounts } from "./compose-accounts.js";
export type { Ledger } from "./compose-accounts.js";
export type { HttpExchange } from "./accounts/http/options.js";
export { TRIALS, changesSomething } from "./usecases/try-accounts.js";
export type { TrialCall, TrialName, TrialOutcome } from "./usecases/try-accounts.js";
export { exportedAccountSystem } from "./accounts/load-module.js";
export { openApiDocument as openApi } from "./contract/openapi/document.js";
export { diffContract } from "./contract/diff/contract-diff.js";
export type { ContractDiff } from "./contract/diff/contract-diff.js";
export { presentContract } from "./contract/diff/present-contract.js";
export { merchantOpenApiDocument as merchantOpenApi } from "./contract/merchant-openapi.js";

export type Core = Awaited<ReturnType<typeof composeCore>>;

/**
 * Store, account system and use cases: all that a command line needs. The database must be migrated; it stays the
 * caller's, to be closed after `close`.
 */
export async function composeCore(config: Config, parts: Parts) {
  const { log, database } = parts;
  const store = makeStore(database);
  const live = makeLive(config);
  const { accounts, ledger, close: closeAccounts } = await composeAccounts(live, parts);
  const seal = makeSeal(config.masterKey);
  const keys = await openKeyRing(store, seal);
  const credentials = await openCredentials(store, credentialsOf(config.file));
  const deps = dependencies(live, store, accounts, keys, { log, pause: parts.pause ?? pause });
  const settle = makeSettleUnknown(deps);
  const run = makeRunCommand(deps, settle);
  const ends = makeEndDue(deps, run);
  const bango = composeBango(
    live,
    { store, log, run, token: deps.token, messageId: deps.messageId, openBango: parts.openBango },
    parts.delivery,
  );
  return {
    /** As it was at start: what needs a restart never differs from it. */
    config,
    live,
    log,
    database,
    store,
    accounts,
    now: parts.now ?? (() => Date.now()),
    keys,
    credentials,
    secretUses: makeSecretUseNotes(store),
    manageKeys: makeManageKeys(store, seal, config.file.limits.tokenTtlMs),
    manageCredentials: makeManageCredentials(store, () => credentialsOf(live.current().config.file)),
    /** Keys and credentials that other processes have made or retired. */
    refreshSecrets: async () => {
      await keys.refresh();
      await credentials.refresh();
    },
    /** The account system's own books, in the sandbox. */
    ledger,
    issueLink: deps.issueLink,
    run,
    identify: makeIdentifyActivation(deps),
    locate: makeLocateEntitlement(deps, settle),
    newBudget: () => ({ leftMs: deps.limits.accountDeadlineMs }),
    signUp: makeSignUp(deps, run, bango.deliverNow),
    merchantApi: makeMerchantApi(deps, {
      run,
      deliverNow: bango.deliverNow,
      toJson: ({ entitlement, acceptances }) => merchantView(entitlement, acceptances),
    }),
    settleByHand: makeSettleByHand(deps),
    tryAccounts: makeTryAccounts(deps),
    ...ends,
    ...makeSettleDue(deps, settle),
    pruneJournal: makePruneJournal(deps),
    watchAcceptances: makeWatchAcceptances(deps),
    moveClock: makeMoveClock(deps, ends.endDue),
    linesToTell: bango.linesToTell,
    tellLine: bango.tellLine,
    deliverDue: bango.deliverDue,
    deliverNow: bango.deliverNow,
    /** Takes over what may change without a restart (6.3). Throws ConfigError, and changes nothing, where it does not fit. */
    reload: (next: Config): void => {
      live.replace(next);
      credentials.replaceFile(credentialsOf(live.current().config.file));
      for (const path of restartNeeded(config, next)) log.warn("config.restart_needed", { path });
      for (const path of next.notInForce) log.warn("config.not_in_force", { path });
      log.info("config.reloaded", { resellers: next.file.resellers.length });
      bango.retire().catch((error: unknown) => {
        log.warn("bango.client_not_closed", { error: nameOfError(error) });
      });
    },
    /** Lets go of the connections to Bango and to the account system. */
    close: async (): Promise<void> => {
      await bango.close();
      await closeAccounts();
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Configured = "productTerms" | "switchedOff" | "accountDeadlineMs" | "issueLink" | "pinned";

function dependencies(
  live: Live,
  store: Store,
  accounts: AccountSystem,
  keys: KeyRing,
  { log, pause }: Pick<Dependencies, "log" | "pause">,
): Dependencies {
  const { contract, limits } = live.current().config.file;
  const fixed: Omit<Dependencies, Configured> = {
    store,
    accounts,
    log,
    pause,
    contract: contractTerms(effectiveContract(contract)),
    limits: { ...limits, unknownWaitMs: limits.turnWaitMs / 2 },
    hash: hashOf,
    hashToken: (token) => createHash("sha256").update(token).digest("base64url"),
    messageId: () => uuidV7(),
    token: () => randomBytes(16).toString("base64url"),
    // A sign-up's own reply is read by the merchant alone: its customer sees a page.
    renderAnswer: (answer, entitlement, { owner, acceptances }) =>
      owner === "merchant" || owner === "sign-up"
        ? renderMerchantAnswer(answer, entitlement, acceptances)
        : renderAnswer(answer, entitlement),
  };
  const configured = ({ catalogue }: Snapshot): Omit<Pick<Dependencies, Configured>, "pinned"> => ({
    productTerms: catalogue.productTerms,
    switchedOff: catalogue.switchedOff,
    accountDeadlineMs: (resellerId) =>
      catalogue.limits(resellerId).accountDeadlineMs ?? limits.accountDeadlineMs,
    issueLink: ({ merchantEntitlementId, resellerId }, now) =>
      newLink(
        keys.links(),
        merchantEntitlementId,
        now,
        catalogue.limits(resellerId).activationTtlMs ?? limits.activationTtlMs,
      ),
  });
  const pinned = live.derive((snapshot): Dependencies => ({ ...fixed, ...configured(snapshot), pinned }));
  return {
    ...fixed,
    productTerms: (...asked) => pinned().productTerms(...asked),
    switchedOff: (...asked) => pinned().switchedOff(...asked),
    accountDeadlineMs: (resellerId) => pinned().accountDeadlineMs(resellerId),
    issueLink: (...asked) => pinned().issueLink(...asked),
    pinned,
  };
}

const contractTerms = ({ operations, idempotency, duplicatePending }: Contract): ContractTerms => {
  const late = new Set(
    Object.values(operations).flatMap((one) => (one.late === "leave" ? [one.operation] : [])),
  );
  return {
    replay: idempotency.replay,
    leavesLate: (operation) => (late as ReadonlySet<string>).has(operation),
    reusesPending: duplicatePending === "byCustomerAndProduct",
  };
};
