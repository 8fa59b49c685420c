import type { Activation, Command, CommandMove, ProductTerms, Terms } from "../../src/core/command.js";
import type { Entitlement, Instant } from "../../src/core/entitlement.js";
import type { AccountOperation } from "../../src/core/moves.js";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NOW: Instant = Date.UTC(2026, 2, 15, 12);
export const PERIOD_END: Instant = NOW + 20 * DAY;

export const OPERATIONS_OF_ACCOUNTS: readonly AccountOperation[] = [
  "activate",
  "eligibility",
  "suspend",
  "resume",
  "change",
  "endAtPeriod",
  "reinstate",
  "revoke",
];

export const ACTIVATION: Activation = {
  entitlementId: "e-1",
  resellerId: "BANGOTEL",
  productKey: "MUSIC",
  offerKey: "SPRING",
  sharedCustomerId: "customer-1",
  bangoUserId: null,
  customerIdentifier: null,
  customerKey: "customer-key-1",
  contentHash: "content-1",
  dateExpiry: null,
  entitlementDisplayName: "Music",
  merchantBangoExtensionData: null,
  merchantExtensionData: { seats: 2 },
  extensionData: null,
  extraInformation: null,
};

/** ACTIVE for ten days, last touched an hour ago. */
export const ACTIVE: Entitlement = {
  ...ACTIVATION,
  merchantEntitlementId: "m-1",
  identity: "e-1",
  activationRequestId: "request-1",
  status: "ACTIVE",
  waitingFor: null,
  endsAt: null,
  endedBy: null,
  accountReference: "account-1",
  activationCode: null,
  blocks: null,
  unknownFields: null,
  dateCreated: NOW - 10 * DAY,
  dateActivated: NOW - 10 * DAY,
  dateSuspended: null,
  dateResumed: null,
  dateEnded: null,
  dateLastUpdated: NOW - HOUR,
  version: 3,
};

/** One entitlement for each column of 2.4; the two kinds of PENDING and of ended apart. */
export const COLUMNS = {
  none: null,
  "PENDING customer": {
    ...ACTIVE,
    status: "PENDING",
    waitingFor: "customer",
    accountReference: null,
    dateActivated: null,
  },
  "PENDING account": {
    ...ACTIVE,
    status: "PENDING",
    waitingFor: "account",
    accountReference: null,
    dateActivated: null,
  },
  ACTIVE,
  "ACTIVE-ENDING": { ...ACTIVE, status: "ACTIVE-ENDING", endsAt: PERIOD_END },
  SUSPENDED: { ...ACTIVE, status: "SUSPENDED", dateSuspended: NOW - DAY },
  "SUSPENDED+end": { ...ACTIVE, status: "SUSPENDED", dateSuspended: NOW - DAY, endsAt: PERIOD_END },
  CANCELLED: { ...ACTIVE, status: "CANCELLED", endedBy: "bango", dateEnded: NOW - HOUR },
  REVOKED: { ...ACTIVE, status: "REVOKED", endedBy: "bango", dateEnded: NOW - HOUR },
} as const satisfies Record<string, Entitlement | null>;
export type Column = keyof typeof COLUMNS;

export const PRODUCT: ProductTerms = {
  plan: "premium",
  activation: "immediate",
  slot: { scope: "", max: 1 },
};

export const termsWith = (overrides: Partial<Terms> = {}): Terms => ({
  product: PRODUCT,
  nextProduct: PRODUCT,
  switchedOff: false,
  accountCan: () => true,
  canSignUp: true,
  ...overrides,
});

export const allBut =
  (...missing: readonly AccountOperation[]) =>
  (operation: AccountOperation): boolean =>
    !missing.includes(operation);

const CLOCK_MOVES: readonly CommandMove[] = ["endDateReached", "pendingTooOld", "expiryPassed"];

export function commandOf(move: CommandMove, overrides: Partial<Command> = {}): Command {
  const owner = CLOCK_MOVES.includes(move) ? "clock" : "bango";
  return {
    operation: move,
    move,
    owner,
    actor: owner,
    requestId: "request-9",
    identity: "e-1",
    merchantEntitlementId: "m-1",
    reason: null,
    activation: move === "activate" ? ACTIVATION : null,
    update: move === "update" ? { entitlementDisplayName: "Music and more" } : null,
    unknownFields: null,
    ...overrides,
  };
}

export const EXPIRED = { category: "CUSTOMER_CANCELLED", code: "EXPIRED", description: null } as const;
