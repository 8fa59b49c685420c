import type { Activation, Command, CommandMove } from "../core/command.js";
import { standingOf } from "../core/entitlement.js";
import type { Entitlement, Instant } from "../core/entitlement.js";
import { cellOf } from "../core/moves.js";
import { problem } from "../core/problem.js";
import { contentHashOf, customerKeyOf, fingerprintOf } from "../contract/fingerprint.js";
import type { ParsedRequest } from "../contract/parse-request.js";
import { activationInfoReply, recordReply, withActivationUrl } from "../contract/replies.js";
import type { Reply } from "../contract/replies.js";
import type { TraceContext } from "../ports/trace.js";
import type { Caller } from "./authenticate.js";

/** A link as it was given out: enough to derive its URL, and when it dies. */
export interface LinkRef {
  readonly number: Instant;
  readonly keyId: string;
  readonly expiresAt: Instant;
}

export type LinkOwner = Pick<Entitlement, "merchantEntitlementId" | "resellerId">;

/** Milliseconds that are left. */
interface Budget {
  leftMs: number;
}

/** What this room is handed: use cases and a few answers of the configuration. */
export interface ServerApiUseCases {
  readonly run: (request: {
    readonly command: Command;
    readonly resellerId: string;
    readonly fingerprint: string;
    readonly trace: TraceContext;
    readonly budget?: Budget;
  }) => Promise<{
    readonly reply: { readonly status: number; readonly body: string; readonly link: LinkRef | null };
    readonly replayed: boolean;
    readonly merchantEntitlementId: string;
  }>;
  readonly locate: (request: {
    readonly anyId: string | null;
    readonly entitlementId: string | null;
    readonly owner: string;
    readonly scope: readonly string[] | "*";
    readonly trace: TraceContext;
    readonly budget: Budget;
  }) => Promise<Entitlement>;
  /** Of one call: for all that it asks of the account system. */
  readonly newBudget: () => Budget;
  readonly issueLink: (of: LinkOwner) => Promise<LinkRef>;
  readonly activationUrl: (of: LinkOwner, link: LinkRef) => Promise<string>;
  readonly isReseller: (resellerId: string) => boolean;
  /** Told of each activation that may go ahead, before it does. */
  readonly noteActivation: (resellerId: string, productKey: string) => void;
  readonly switchedOff: (resellerId: string, operation: string) => boolean;
  readonly newEntitlementId: () => string;
  /** On what an activate's turn is taken. */
  readonly identify: (
    activation: Activation,
    call: { readonly owner: string; readonly requestId: string | null },
  ) => Promise<string>;
}

export interface HandledCall {
  readonly reply: Reply;
  readonly log: {
    readonly resellerId?: string;
    readonly merchantEntitlementId?: string;
    readonly replayed?: boolean;
  };
}

export type HandleCall = (
  request: ParsedRequest,
  caller: Caller,
  trace: TraceContext,
) => Promise<HandledCall>;

/** One call of Bango's, from its parsed form to its reply. Throws Problem for every refusal. */
export function makeHandleCall(use: ServerApiUseCases): HandleCall {
  return async (request, caller, trace) => {
    if (request.operation === "activate") return activate(use, request, caller, trace);
    const budget = use.newBudget();
    const entitlement = await use.locate({
      ...request.ref,
      budget,
      owner: caller.owner,
      scope: caller.resellers,
      trace,
    });
    const { resellerId, merchantEntitlementId } = entitlement;
    const log = { resellerId, merchantEntitlementId };
    switch (request.operation) {
      case "read":
        requireSwitchedOn(use, resellerId, request.operation);
        return { reply: recordReply(entitlement), log };
      case "activationInfo":
        requireSwitchedOn(use, resellerId, request.operation);
        return { reply: await freshLink(use, entitlement), log };
      default:
        return change(
          use,
          { command: commandOn(entitlement, request, caller), resellerId, budget },
          request,
          trace,
        );
    }
  };
}

function requireSwitchedOn(use: ServerApiUseCases, resellerId: string, operation: string): void {
  if (use.switchedOff(resellerId, operation))
    throw problem("switchedOff", `${operation} is switched off for this reseller`);
}

async function activate(
  use: ServerApiUseCases,
  request: ParsedRequest,
  caller: Caller,
  trace: TraceContext,
): Promise<HandledCall> {
  const { activation: sold } = request;
  if (sold === null) throw new Error("an activate without its content was parsed");
  const { resellerId } = sold;
  if (!use.isReseller(resellerId) || (caller.resellers !== "*" && !caller.resellers.includes(resellerId)))
    throw problem("forbiddenReseller", "this credential may not act for this reseller");
  use.noteActivation(resellerId, sold.productKey);
  const activation: Activation = {
    ...sold,
    customerKey: customerKeyOf(sold),
    contentHash: contentHashOf(sold),
  };
  const command: Command = {
    ...commonOf(request, caller),
    operation: "activate",
    move: "activate",
    identity: await use.identify(activation, { owner: caller.owner, requestId: request.requestId }),
    merchantEntitlementId: use.newEntitlementId(),
    activation,
  };
  return change(use, { command, resellerId }, request, trace);
}

const MOVE_OF: Partial<Record<ParsedRequest["operation"], CommandMove>> = {
  update: "update",
  suspend: "suspend",
  resume: "resume",
  cancel: "cancel",
  revoke: "revoke",
  reinstate: "reinstate",
};

function commandOn(entitlement: Entitlement, request: ParsedRequest, caller: Caller): Command {
  const move =
    request.operation === "terminate"
      ? request.immediate
        ? "revoke"
        : "cancel"
      : MOVE_OF[request.operation];
  if (move === undefined) throw new Error(`${request.operation} changes nothing`);
  return {
    ...commonOf(request, caller),
    operation: request.operation,
    move,
    identity: entitlement.identity,
    merchantEntitlementId: entitlement.merchantEntitlementId,
    activation: null,
  };
}

const commonOf = (request: ParsedRequest, caller: Caller) => ({
  owner: caller.owner,
  actor: caller.credentialId,
  requestId: request.requestId,
  reason: request.reason,
  update: request.update,
  unknownFields: request.unknownFields,
});

interface Wished {
  readonly command: Command;
  readonly resellerId: string;
  readonly budget?: Budget;
}

async function change(
  use: ServerApiUseCases,
  { command, resellerId, budget }: Wished,
  request: ParsedRequest,
  trace: TraceContext,
): Promise<HandledCall> {
  const named = command.activation ? command.identity : command.merchantEntitlementId;
  const fingerprint = fingerprintOf(command.operation, named, request.content);
  const { reply, replayed, merchantEntitlementId } = await use.run({
    command,
    resellerId,
    fingerprint,
    trace,
    ...(budget && { budget }),
  });
  const body = reply.link
    ? withActivationUrl(
        reply.body,
        await use.activationUrl({ merchantEntitlementId, resellerId }, reply.link),
        reply.link.expiresAt,
      )
    : reply.body;
  return { reply: { status: reply.status, body }, log: { merchantEntitlementId, replayed } };
}

async function freshLink(use: ServerApiUseCases, entitlement: Entitlement): Promise<Reply> {
  const cell = cellOf("activationInfo", standingOf(entitlement));
  if (cell.kind !== "freshUrl" || entitlement.waitingFor !== "customer")
    throw problem("conflict", `no sign-up is awaited while the entitlement is ${entitlement.status}`);
  const link = await use.issueLink(entitlement);
  return activationInfoReply(entitlement, await use.activationUrl(entitlement, link), link.expiresAt);
}
