import type { Instant, JsonObject, Owner, Reason } from "./entitlement.js";
import type { Completes } from "./completion.js";
import type { Block } from "./blocks.js";
import type { AccountOperation, Move } from "./moves.js";

/** What a first `activate` says of the entitlement to be. */
export interface Activation {
  readonly entitlementId: string | null;
  readonly resellerId: string;
  readonly productKey: string;
  readonly offerKey: string | null;
  readonly sharedCustomerId: string | null;
  readonly bangoUserId: string | null;
  readonly customerIdentifier: string | null;
  readonly customerKey: string;
  readonly contentHash: string;
  readonly dateExpiry: Instant | null;
  readonly entitlementDisplayName: string | null;
  readonly merchantBangoExtensionData: JsonObject | null;
  readonly merchantExtensionData: JsonObject | null;
  readonly extensionData: JsonObject | null;
  readonly extraInformation: JsonObject | null;
}

/** What an `update` changes: an absent field stays, `null` clears. */
export interface Update {
  readonly productKey?: string;
  readonly dateExpiry?: Instant | null;
  readonly entitlementDisplayName?: string | null;
  readonly merchantExtensionData?: JsonObject | null;
  readonly extensionData?: JsonObject | null;
  readonly customerIdentifier?: string | null;
}

export type CommandMove = Exclude<Move, "activateOther" | "activationInfo" | "cancelExpired">;

/** Why a PENDING entitlement may never become one: told to Bango, and nothing else comes of it (4.1). */
export interface Notice {
  readonly event: string;
  readonly message: string | null;
}

/** Whose account it is, is known; then it was tied to the entitlement. The activation comes last. */
export type SignUpStep = "identified" | "linked";

/** One wish to change one entitlement. Plain data: it is kept in the journal, so that anyone can finish it. */
export interface Command {
  /** As the caller named it: `terminate` stays `terminate`, though its move is cancel or revoke. */
  readonly operation: string;
  readonly move: CommandMove;
  readonly owner: Owner;
  /** The credential, person or clock behind the owner; for the history only. */
  readonly actor: string;
  readonly requestId: string | null;
  readonly identity: string;
  /** The entitlement's, or the one that `activate` is to give it. */
  readonly merchantEntitlementId: string;
  readonly reason: Reason | null;
  readonly activation: Activation | null;
  readonly update: Update | null;
  /** The account of a sign-up, once it has registered or signed in (3.2); that of a relink from the start. */
  readonly accountReference?: string | undefined;
  /** How far a sign-up has come in the account system, so that whoever goes on with it repeats nothing. */
  readonly signUpStep?: SignUpStep | undefined;
  /** Of `block` and `unblock`; why, in place of `reason`. */
  readonly block?: Block | undefined;
  /** What `notify` tells Bango. */
  readonly notice?: Notice | undefined;
  /** The accepted operation whose move this makes, or gives up (4.3). */
  readonly completes?: Completes | undefined;
  /** Fields that the contract does not know, as received; they go to the account system. */
  readonly unknownFields: JsonObject | null;
}

/** Why, for the history and the account system; a block names its kind as the code. */
export const reasonOf = ({ block, reason }: Command): Reason | null =>
  block === undefined ? reason : { category: "BLOCK", code: block.kind, description: block.reason };

/** Owners that are not Bango: their changes are told to it, instead of answering it. */
export const INTERNAL_OWNERS = ["clock", "sign-up", "merchant", "compensation", "outbox"] as const;

export const isBangoCall = ({ owner }: Pick<Command, "owner">): boolean =>
  !(INTERNAL_OWNERS as readonly string[]).includes(owner);

/** What the configuration says of one product of one reseller. */
export interface ProductTerms {
  readonly plan: string;
  readonly activation: "sign-up" | "immediate";
  /** Slots are counted per product where the product has its own limit, else over the whole reseller. */
  readonly slot: { readonly scope: string; readonly max: number };
  /** Absent where it is always on sale. */
  readonly sale?: Sale;
}

/** When a product may be sold anew; what has been sold is not asked about. */
export interface Sale {
  /** The first instant of it; null where it has always been. */
  readonly from: Instant | null;
  /** The first instant after it; null where it goes on. */
  readonly to: Instant | null;
  readonly stopped: boolean;
}

export const isOnSale = ({ sale }: ProductTerms, now: Instant): boolean =>
  sale === undefined ||
  (!sale.stopped && (sale.from === null || sale.from <= now) && (sale.to === null || now < sale.to));

/** What is known beside the entitlement when a command is decided. */
export interface Terms {
  /** Of the product that the entitlement has, or is to have. */
  readonly product: ProductTerms | null;
  /** Of the product that an update changes to. */
  readonly nextProduct: ProductTerms | null;
  /** Whether this operation is switched off for this reseller. */
  readonly switchedOff: boolean;
  readonly accountCan: (operation: AccountOperation) => boolean;
  /** Whether the account system has what the sign-up pages need: a customer could come to an end there. */
  readonly canSignUp: boolean;
}

/** For what has begun: it goes on, whatever was switched off or taken off sale meanwhile. */
export const asBegun = (terms: Terms): Terms => ({
  ...terms,
  switchedOff: false,
  product: terms.product && alwaysSold(terms.product),
  nextProduct: terms.nextProduct && alwaysSold(terms.nextProduct),
});

const alwaysSold = ({ sale: _sale, ...product }: ProductTerms): ProductTerms => product;
