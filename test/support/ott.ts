import request from "supertest";
import type { Response } from "supertest";
import { startOtt } from "../../examples/ott/start-ott.js";
import type { OttOptions, RunningOtt } from "../../examples/ott/start-ott.js";

export const OTT_TOKEN = "test-ott-token-0123456789";
export const EMAIL = "ada@example.com";
export const PASSWORD = "a good long password";

type Method = "get" | "post" | "put" | "patch" | "delete";

export interface Asking {
  readonly key?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up after so many milliseconds. */
  readonly patienceMs?: number;
}

export interface Ott extends RunningOtt {
  readonly api: (method: Method, path: string, body?: object, asking?: Asking) => Promise<Response>;
  readonly operator: (method: Method, path: string, body?: object) => Promise<Response>;
  readonly ledger: (reference: string) => Promise<string[]>;
  /** Moves the service's clock. */
  readonly pass: (ms: number) => void;
}

/** The example service on a port of its own, with a clock of ours and calls whose keys are all different. */
export async function ottForTests(options: Partial<OttOptions> = {}): Promise<Ott> {
  let now = Date.parse("2026-01-31T10:00:00Z");
  let calls = 0;
  const running = await startOtt({
    host: "127.0.0.1",
    port: 0,
    databaseFile: ":memory:",
    apiToken: OTT_TOKEN,
    now: () => now,
    ...options,
  });
  const http = request(running.baseUrl);

  async function api(method: Method, path: string, body?: object, asking: Asking = {}): Promise<Response> {
    calls += 1;
    const { key = `key-${String(calls)}`, token = OTT_TOKEN, headers = {}, patienceMs } = asking;
    const call = http[method](`/api/v1${path}`)
      .set({ Authorization: `Bearer ${token}`, ...headers })
      .send(body);
    if (key !== "") call.set("Idempotency-Key", key);
    if (patienceMs !== undefined) call.timeout(patienceMs);
    return call;
  }

  const operator = async (method: Method, path: string, body?: object): Promise<Response> =>
    http[method](`/operator${path}`).send(body);

  return {
    ...running,
    api,
    operator,
    async ledger(reference) {
      const { body } = await operator("get", `/ledger?ref=${encodeURIComponent(reference)}`);
      return body.effects.map((effect: { operation: string; changed: boolean }) =>
        effect.changed ? effect.operation : `${effect.operation}, already so`,
      );
    },
    pass(ms) {
      now += ms;
    },
  };
}

export const bought = (reference: string, more: object = {}): object => ({
  reference,
  plan_code: "basic",
  partner: "BANGOTEL",
  customer: `customer of ${reference}`,
  ...more,
});
