import { toIso } from "../../core/dates.js";
import type { AccountCall, AccountEntitlement, ListPage, SignUpCall } from "../../ports/account-system.js";
import type { WireReply } from "./send.js";

/** What expressions see of a call. Instants are ISO 8601 in UTC, and what there is none of is null. */
export interface CallInput {
  readonly call: object;
  readonly entitlement: object | null;
  readonly account: { readonly reference: string | null };
}

/** What they see of its reply, beside the call. */
export interface ReplyInput extends CallInput {
  readonly status: number;
  readonly headers: WireReply["headers"];
  /** Undefined where it is empty, or no JSON. */
  readonly body: unknown;
}

const iso = (at: number | null): string | null => (at === null ? null : toIso(at));

const entitlementInput = (entitlement: AccountEntitlement): object => ({
  ...entitlement,
  dateActivated: iso(entitlement.dateActivated),
  dateExpiry: iso(entitlement.dateExpiry),
});

const accountOf = ({ accountReference }: AccountEntitlement): CallInput["account"] => ({
  reference: accountReference,
});

export const stepInput = (call: AccountCall): CallInput => ({
  call: {
    idempotencyKey: call.idempotencyKey,
    deadlineAt: toIso(call.deadlineAt),
    ...call.trace,
    callerRequestId: call.command.requestId,
    operation: call.command.operation,
    reason: call.command.reason,
    unknownFields: call.command.unknownFields,
    access: call.access,
    now: toIso(call.now),
  },
  entitlement: entitlementInput(call.entitlement),
  account: accountOf(call.entitlement),
});

export const signUpInput = (call: SignUpCall): CallInput => ({
  call: {
    idempotencyKey: call.idempotencyKey,
    deadlineAt: toIso(call.deadlineAt),
    ...call.trace,
    operation: "completeSignUp",
    now: toIso(call.now),
    email: call.email,
    password: call.password,
  },
  entitlement: entitlementInput(call.entitlement),
  account: accountOf(call.entitlement),
});

const NOBODY = { entitlement: null, account: { reference: null } };

export const lookupInput = (idempotencyKey: string, deadlineAt: number): CallInput => ({
  call: { idempotencyKey, deadlineAt: toIso(deadlineAt), operation: "lookup" },
  ...NOBODY,
});

export const listInput = ({ cursor, limit, deadlineAt }: ListPage): CallInput => ({
  call: { cursor, limit, deadlineAt: toIso(deadlineAt), operation: "list" },
  ...NOBODY,
});

export const healthInput = (): CallInput => ({ call: { operation: "health" }, ...NOBODY });
