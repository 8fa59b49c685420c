import { MerchantApiError } from "./merchant-api-error.js";
import type {
  MerchantAccount,
  MerchantBlock,
  MerchantCompletion,
  MerchantEntitlement,
  MerchantListFilter,
  MerchantNotice,
  MerchantPage,
  MerchantReason,
  MerchantUpdate,
} from "./merchant-types.js";
import { send } from "./send.js";
import type { Answer, Call } from "./send.js";

export { MerchantApiError };
export type * from "./merchant-types.js";

export interface MerchantClientOptions {
  /** Of the admin port: `http://localhost:3001`. */
  readonly baseUrl: string;
  /** One of `admin.tokens`; `operate` for changes, `view` for the rest. */
  readonly token: string;
  readonly fetch?: typeof fetch;
  /** Of each try; 15,000 unless told otherwise. */
  readonly timeoutMs?: number;
  /** Tries after the first where the answer is 503 or there is none; 3 unless told otherwise. */
  readonly retries?: number;
  /** How the time between two tries passes. */
  readonly wait?: (ms: number) => Promise<void>;
}

export interface MerchantCallOptions {
  /** Names this call: with the same key it is done once, however often it is sent. A new one unless given. */
  readonly idempotencyKey?: string | undefined;
}

export interface MerchantResult {
  readonly entitlement: MerchantEntitlement;
  /** The account system has accepted it, and will complete it later. */
  readonly accepted: boolean;
  /** This is the stored reply of an earlier call with the same key. */
  readonly replayed: boolean;
}

type Change<Body> = (
  merchantEntitlementId: string,
  body: Body,
  options?: MerchantCallOptions,
) => Promise<MerchantResult>;
type Move = (
  merchantEntitlementId: string,
  options?: MerchantReason & MerchantCallOptions,
) => Promise<MerchantResult>;

/** The Merchant API, one method an operation. Each throws MerchantApiError for a refusal. */
export interface MerchantClient {
  readonly suspend: Move;
  readonly resume: Move;
  readonly cancel: Move;
  readonly revoke: Move;
  readonly reinstate: Move;
  readonly update: Change<MerchantUpdate>;
  readonly block: Change<MerchantBlock>;
  readonly unblock: Change<MerchantBlock>;
  readonly notEligible: Change<MerchantNotice>;
  readonly relink: Change<MerchantAccount>;
  readonly complete: Change<MerchantCompletion>;
  /** By the id of the sign-up, which is its merchantEntitlementId. */
  readonly completeSignUp: Change<MerchantAccount>;
  readonly find: (merchantEntitlementId: string) => Promise<MerchantEntitlement>;
  /** One page, newest first. */
  readonly list: (filter?: MerchantListFilter) => Promise<MerchantPage>;
  /** Page after page, each asked for when it is wanted. */
  readonly pages: (filter?: MerchantListFilter) => AsyncGenerator<MerchantPage, void, undefined>;
}

const TIMEOUT_MS = 15_000;
const RETRIES = 3;
const BASE = "merchant/v1";

export function merchantClient(options: MerchantClientOptions): MerchantClient {
  const ask = makeAsk(options);
  const change =
    <Body extends object>(operation: string, collection = "entitlements"): Change<Body> =>
    async (id, body, { idempotencyKey = crypto.randomUUID() } = {}) => {
      const path = `${collection}/${segment(id)}/${operation}`;
      const headers = { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey };
      const answer = await ask("POST", path, { headers, body: JSON.stringify(body) });
      return {
        entitlement: answer.body as MerchantEntitlement,
        accepted: answer.status === 202,
        replayed: answer.replayed,
      };
    };
  const move = (operation: string): Move => {
    const asked = change<MerchantReason>(operation);
    return (id, { idempotencyKey, ...reason } = {}) => asked(id, reason, { idempotencyKey });
  };
  const list: MerchantClient["list"] = async (filter = {}) =>
    (await ask("GET", `entitlements${queryOf(filter)}`)).body as MerchantPage;
  return {
    suspend: move("suspend"),
    resume: move("resume"),
    cancel: move("cancel"),
    revoke: move("revoke"),
    reinstate: move("reinstate"),
    update: change("update"),
    block: change("block"),
    unblock: change("unblock"),
    notEligible: change("not-eligible"),
    relink: change("relink"),
    complete: change("complete"),
    completeSignUp: change("complete", "sign-ups"),
    find: async (id) => (await ask("GET", `entitlements/${segment(id)}`)).body as MerchantEntitlement,
    list,
    async *pages(filter = {}) {
      for (let after = filter.after; ;) {
        const page = await list({ ...filter, after });
        yield page;
        if (page.next === null) return;
        after = page.next;
      }
    },
  };
}

type Ask = (method: Call["method"], path: string, more?: Pick<Call, "headers" | "body">) => Promise<Answer>;

function makeAsk(options: MerchantClientOptions): Ask {
  const base = new URL(options.baseUrl);
  const root = `${base.origin}${base.pathname.replace(/\/+$/, "")}/${BASE}`;
  const sending = {
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    retries: options.retries ?? RETRIES,
    wait: options.wait ?? pass,
  };
  const own = {
    Authorization: `Bearer ${options.token}`,
    Accept: "application/json, application/problem+json",
  };
  return (method, path, more) =>
    send({ ...more, method, url: `${root}/${path}`, headers: { ...own, ...more?.headers } }, sending);
}

const pass = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** An id as one part of a path: never one that would lead to another path. */
function segment(id: string): string {
  if (id === "" || id === "." || id === "..") throw new TypeError(`"${id}" is no id`);
  return encodeURIComponent(id);
}

function queryOf(filter: MerchantListFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? "" : `?${query.toString()}`;
}
