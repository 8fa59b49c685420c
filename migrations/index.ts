import { journal } from "./0001-journal.js";
import { turn } from "./0002-turn.js";
import { entitlement } from "./0003-entitlement.js";
import { history } from "./0004-history.js";
import { slot } from "./0005-slot.js";
import { activationLink } from "./0006-activation-link.js";
import { secretKey } from "./0007-secret-key.js";
import { businessClock } from "./0008-business-clock.js";
import { demoAccount } from "./0009-demo-account.js";
import { demoPlan } from "./0010-demo-plan.js";
import { demoSubscription } from "./0011-demo-subscription.js";
import { demoEffect } from "./0012-demo-effect.js";
import { entitlementBangoState } from "./0013-entitlement-bango-state.js";
import { outbox } from "./0014-outbox.js";
import { outboxAttempt } from "./0015-outbox-attempt.js";
import { outboxQueue } from "./0016-outbox-queue.js";
import { demoLogin } from "./0017-demo-login.js";
import { credential } from "./0018-credential.js";
import { secretUse } from "./0019-secret-use.js";
import { journalVersion } from "./0020-journal-version.js";
import { entitlementAlias } from "./0021-entitlement-alias.js";
import { entitlementBlocks } from "./0022-entitlement-blocks.js";
import { acceptedOperation } from "./0023-accepted-operation.js";
import { entitlementLists } from "./0024-entitlement-lists.js";
import { journalReseller } from "./0025-journal-reseller.js";
import { journalResellerDue } from "./0026-journal-reseller-due.js";
import { outboxQueueReseller } from "./0027-outbox-queue-reseller.js";
import { outboxQueueResellerDue } from "./0028-outbox-queue-reseller-due.js";
import type { Migration } from "./columns.js";

/** In order; one set for SQLite, MySQL and MariaDB. A released one is never edited. */
export const migrations: readonly Migration[] = [
  journal,
  turn,
  entitlement,
  history,
  slot,
  activationLink,
  secretKey,
  businessClock,
  demoAccount,
  demoPlan,
  demoSubscription,
  demoEffect,
  entitlementBangoState,
  outbox,
  outboxAttempt,
  outboxQueue,
  demoLogin,
  credential,
  secretUse,
  journalVersion,
  entitlementAlias,
  entitlementBlocks,
  acceptedOperation,
  entitlementLists,
  journalReseller,
  journalResellerDue,
  outboxQueueReseller,
  outboxQueueResellerDue,
];
