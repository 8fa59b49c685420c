export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** One reply of the REST API. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly retryAfterSeconds?: number;
}

export const answer = (status: number, body: JsonObject): Answer => ({ status, body });

/** Nothing was done. */
export const refusal = (status: number, code: string, message: string): Answer =>
  answer(status, { error: { code, message } });

export const retryLater = (
  status: 429 | 503,
  code: string,
  message: string,
  retryAfterSeconds: number,
): Answer => ({ ...refusal(status, code, message), retryAfterSeconds });

export const isRefusal = ({ status }: Answer): boolean => status >= 400;

/** Keys sorted at every depth, so that equal values read alike. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
