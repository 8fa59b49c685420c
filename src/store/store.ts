import { findAlias } from "./aliases.js";
import { listAcceptances, listOverdueAcceptances, supersedeAcceptance, takeAlarm } from "./acceptances.js";
import { applyScript } from "./apply-changes.js";
import type { ApplyItem } from "./apply-changes.js";
import { beginScript } from "./begin.js";
import type { BeginItem } from "./begin-call.js";
import { moveClockScript } from "./business-clock.js";
import type { IssuedLink, Now } from "./change.js";
import {
  insertCredential,
  listCredentials,
  listLiveCredentials,
  listSecretUses,
  noteSecretUse,
  retireCredential,
} from "./credentials.js";
import type { NewCredential } from "./credentials.js";
import type { Database } from "./database.js";
import { findByAnyId, findByIdentity, listEntitlements, listHistory } from "./entitlements.js";
import type { EntitlementFilter, ResellerScope } from "./entitlements.js";
import { listDueEntitlements, listDueResellers } from "./due-entitlements.js";
import type { DueBefore } from "./due-entitlements.js";
import { claimQueues, listResellersToTell } from "./due-queues.js";
import { listDueLanes, listDueRows } from "./due-rows.js";
import type { Lane } from "./due-rows.js";
import { findLink, issueLinkScript } from "./links.js";
import { readNow } from "./now.js";
import {
  abandonScript,
  claimRowScript,
  findTurnHolder,
  finishCompensationScript,
  listUnknownRows,
  noteCommandScript,
  postponeScript,
  pruneScript,
  startCompensationScript,
  viewOpenRow,
  voidLeasesScript,
} from "./open-rows.js";
import { claimQueue, queueHead, recordDelivery, settleKnown } from "./outbox-queue.js";
import { dropMessage, findMessage, listAttempts, listMessages, replayMessage } from "./outbox.js";
import type { MessageFilter } from "./outbox.js";
import type { Script } from "./script.js";
import { insertKeys, listKeys, retireKeyScript } from "./secret-keys.js";
import type { SealedKey } from "./secret-keys.js";

type Tail<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

/** Our tables, one verb a method; each is one transaction or one read. */
export interface Store extends Verbs {
  /** The same tables, asked for this one's share of the connections (ADR 20). */
  readonly inLane: (lane: string | null) => Store;
}

export const makeStore = (database: Database, lane: string | null = null): Store => ({
  ...verbsOf(database, lane),
  inLane: (other) => makeStore(database, other),
});

type Verbs = ReturnType<typeof verbsOf>;

function verbsOf(database: Database, lane: string | null) {
  const { dialect } = database;
  const read = <T>(script: () => Script<T>): Promise<T> => database.read(script, lane);
  const transaction = <T>(script: () => Script<T>): Promise<T> => database.transaction(script, lane);
  return {
    begin: (items: readonly BeginItem[]) => transaction(() => beginScript(dialect, items)),
    apply: (items: readonly ApplyItem[]) => transaction(() => applyScript(dialect, items)),

    viewOpenRow: (journalKey: string) => read(() => viewOpenRow(dialect, journalKey)),
    findTurnHolder: (identity: string) => read(() => findTurnHolder(identity)),
    claimRow: (...args: Tail<typeof claimRowScript>) => transaction(() => claimRowScript(dialect, ...args)),
    postpone: (...args: Tail<typeof postponeScript>) => transaction(() => postponeScript(dialect, ...args)),
    noteCommand: (...args: Tail<typeof noteCommandScript>) =>
      transaction(() => noteCommandScript(dialect, ...args)),
    abandon: (...args: Tail<typeof abandonScript>) => transaction(() => abandonScript(dialect, ...args)),
    startCompensation: (...args: Tail<typeof startCompensationScript>) =>
      transaction(() => startCompensationScript(dialect, ...args)),
    finishCompensation: (...args: Tail<typeof finishCompensationScript>) =>
      transaction(() => finishCompensationScript(dialect, ...args)),
    listDueLanes: () => read(() => listDueLanes(dialect)),
    listDueRows: (lane: Lane, limit: number) => read(() => listDueRows(dialect, lane, limit)),
    listUnknownRows: (limit: number) => read(() => listUnknownRows(dialect, limit)),
    prune: (limit: number) => transaction(() => pruneScript(dialect, limit)),
    voidLeases: () => transaction(() => voidLeasesScript(dialect)),

    findByAnyId: (id: string, scope: ResellerScope) => read(() => findByAnyId(id, scope)),
    findByIdentity: (identity: string, scope: ResellerScope) => read(() => findByIdentity(identity, scope)),
    findAlias: (alias: string) => read(() => findAlias(alias)),
    listHistory: (merchantEntitlementId: string) => read(() => listHistory(merchantEntitlementId)),
    listEntitlements: (filter: EntitlementFilter) => read(() => listEntitlements(filter)),
    listDueResellers: (before: DueBefore) => read(() => listDueResellers(before)),
    listDueEntitlements: (...args: Parameters<typeof listDueEntitlements>) =>
      read(() => listDueEntitlements(...args)),

    findLink: (tokenHash: string) => read(() => findLink(dialect, tokenHash)),
    issueLink: (make: (now: Now) => IssuedLink) => transaction(() => issueLinkScript(dialect, make)),
    now: () => read(() => readNow(dialect)),
    moveClock: (to: number) => transaction(() => moveClockScript(dialect, to)),

    listResellersToTell: () => read(() => listResellersToTell(dialect)),
    claimQueues: (...args: Tail<typeof claimQueues>) => transaction(() => claimQueues(dialect, ...args)),
    claimQueue: (...args: Tail<typeof claimQueue>) => transaction(() => claimQueue(dialect, ...args)),
    queueHead: (...args: Tail<typeof queueHead>) => transaction(() => queueHead(dialect, ...args)),
    recordDelivery: (...args: Tail<typeof recordDelivery>) =>
      transaction(() => recordDelivery(dialect, ...args)),
    settleKnown: (...args: Tail<typeof settleKnown>) => transaction(() => settleKnown(dialect, ...args)),
    listMessages: (filter: MessageFilter) => read(() => listMessages(filter)),
    findMessage: (messageId: string) => read(() => findMessage(messageId)),
    listAttempts: (messageId: string) => read(() => listAttempts(messageId)),
    replayMessage: (messageId: string) => transaction(() => replayMessage(dialect, messageId)),
    dropMessage: (messageId: string) => transaction(() => dropMessage(dialect, messageId)),

    listAcceptances: (merchantEntitlementId: string) => read(() => listAcceptances(merchantEntitlementId)),
    listOverdueAcceptances: (limit: number) => read(() => listOverdueAcceptances(dialect, limit)),
    takeAlarm: (acceptanceId: string, token: string) => transaction(() => takeAlarm(acceptanceId, token)),
    supersedeAcceptance: (acceptanceId: string, finishedAt: number) =>
      transaction(() => supersedeAcceptance(acceptanceId, finishedAt)),

    listKeys: () => read(() => listKeys()),
    insertKeys: (keys: readonly SealedKey[]) => transaction(() => insertKeys(dialect, keys)),
    retireKey: (...args: Tail<typeof retireKeyScript>) =>
      transaction(() => retireKeyScript(dialect, ...args)),

    listCredentials: () => read(() => listCredentials()),
    listLiveCredentials: () => read(() => listLiveCredentials()),
    insertCredential: (made: NewCredential) => transaction(() => insertCredential(dialect, made)),
    retireCredential: (credentialId: string) => transaction(() => retireCredential(dialect, credentialId)),
    listSecretUses: () => read(() => listSecretUses()),
    noteSecretUse: (...args: Tail<typeof noteSecretUse>) =>
      transaction(() => noteSecretUse(dialect, ...args)),
  };
}
