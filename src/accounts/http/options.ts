import type { Json } from "../../core/entitlement.js";
import type { AccountOperation } from "../../core/moves.js";
import type { SignUpOperation } from "../around.js";

export const QUESTION_NAMES = ["lookup", "list", "health"] as const;
export type HttpOperationName = AccountOperation | SignUpOperation | (typeof QUESTION_NAMES)[number];

/** A text that begins with `=` is a JSONata expression, any other stands for itself. */
export type Template = string;

/** 200, "2xx" or [from, to]. */
export type StatusMatch = number | string | readonly [number, number];

export interface ResultRule {
  readonly status: StatusMatch;
  /** An expression: the rule fits where it is true. */
  readonly when?: string | undefined;
  readonly kind: string;
  /** The rule may take a body that is no JSON for success. */
  readonly anyBody?: boolean | undefined;
  readonly accountReference?: Template | undefined;
  readonly periodEndsAt?: Template | undefined;
  readonly activationCode?: Template | undefined;
  readonly reason?: Template | undefined;
  readonly text?: Template | undefined;
  readonly afterMs?: Template | number | undefined;
  readonly items?: Template | undefined;
  readonly next?: Template | undefined;
}

export interface HttpOperation {
  readonly method: string;
  /** Behind `baseUrl`: with `{=expression}` in it, or one expression as a whole. */
  readonly path: Template;
  readonly query?: Readonly<Record<string, Template | number | boolean>> | undefined;
  readonly headers?: Readonly<Record<string, Template>> | undefined;
  readonly body?: Json | undefined;
  readonly results?: readonly ResultRule[] | undefined;
  /** Whether the request may be sent again after it may have arrived. */
  readonly safe?: boolean | undefined;
}

export type HttpAuth =
  | { readonly type: "none" }
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | {
      readonly type: "apiKey";
      readonly header: string;
      readonly value: string;
      readonly prefix?: string | undefined;
    }
  | {
      readonly type: "oauth2";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string | undefined;
      readonly audience?: string | undefined;
      readonly clientAuth: "basic" | "body";
    };

/** How a merchant's REST API is spoken with; what the configuration says under `accountSystem`. Durations in ms. */
export interface HttpAccountsOptions {
  readonly baseUrl: string;
  readonly auth: HttpAuth;
  /** PEM each. */
  readonly tls?:
    | {
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
        readonly ca?: string | undefined;
      }
    | undefined;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly idempotent: boolean;
  readonly lagMs?: number | undefined;
  readonly breaker: { readonly failures: number; readonly restMs: number };
  readonly retries: { readonly max: number; readonly pauseMs: number };
  readonly headers?: Readonly<Record<string, Template>> | undefined;
  readonly operations: Readonly<Partial<Record<HttpOperationName, HttpOperation | undefined>>>;
}

/** One request and what came of it, for a person to read: without secrets. */
export interface HttpExchange {
  readonly operation: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  /** Null where none came. */
  readonly reply: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  } | null;
  /** Name and code of what went wrong. */
  readonly error: string | null;
  readonly durationMs: number;
}
