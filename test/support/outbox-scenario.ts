import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import type { Response } from "supertest";
import type { Command, CommandMove, Update } from "../../src/core/command.js";
import type { OperationName } from "../../src/contract/operations.js";
import type { BangoState } from "../../src/core/outbox.js";
import { ownTrace } from "../../src/ports/trace.js";
import type { Attempt, StoredMessage } from "../../src/store/outbox.js";
import type { CommandRequest } from "../../src/usecases/run-command.js";
import { BANGO_PASSWORD, BANGO_USER, startFakeBango } from "./fake-bango.js";
import type { BangoDialect, FakeBango } from "./fake-bango.js";
import { BANGOTEL, onEveryDatabase } from "./scenario.js";
import type { Body, CallOptions, Scenario, ScenarioOptions } from "./scenario.js";

export type Sold = Readonly<Record<string, string>>;
export const idOf = (sold: Sold): string => sold.merchantEntitlementId ?? "";
/** Bango's own. */
export const bangoIdOf = (sold: Sold): string => sold.entitlementId ?? "";

/** What a test does, and what it looks at, where Bango has to be told something. */
export interface Telling {
  readonly bango: FakeBango;
  /** A new one, ACTIVE here and there. */
  readonly active: (overrides?: Body) => Promise<Sold>;
  readonly several: (count: number) => Promise<Sold[]>;
  /** A call of Bango's own: what it is answered, it has. */
  readonly bangoCalls: (operation: OperationName, sold: Sold, options?: CallOptions) => Promise<Response>;
  /** A change that the merchant makes. */
  readonly merchant: (move: CommandMove, sold: Sold, update?: Update) => Promise<void>;
  /** A new one that its customer has just signed up for, with Bango's own answer to that page. */
  readonly pending: (overrides?: Body) => Promise<{ readonly sold: Sold; readonly link: string }>;
  readonly signUp: (link: string) => Promise<Response>;
  /** One pass, with all pauses over. */
  readonly deliver: () => Promise<number>;
  /** Kind and state of each message, oldest first. */
  readonly messages: (sold: Sold) => Promise<string[]>;
  readonly message: (sold: Sold, kind: string) => Promise<StoredMessage>;
  readonly attempts: (sold: Sold, kind: string) => Promise<Attempt[]>;
  /** Milliseconds until the queue is due; null where there is none. */
  readonly pauseMs: (sold: Sold) => Promise<number | null>;
  readonly known: (sold: Sold) => Promise<BangoState | null>;
  readonly statusOf: (sold: Sold) => Promise<string>;
  /** Kinds, in the order in which they arrived. */
  readonly toldOf: (sold: Sold) => string[];
}

/** The merchant's default, and one that Bango cannot be reached for. */
const resellers = [
  BANGOTEL,
  {
    ...BANGOTEL,
    resellerId: "DOWNTEL",
    bango: { baseUrl: "http://127.0.0.1:1", username: "merchant", password: "down-secret-0123456789" },
  },
];

/** Pauses are passed over by `deliver`; the breaker stays shut unless a test is about it. */
const PACE = { timeoutMs: 250, probeEveryMs: 60_000, failuresMax: 1_000_000 };

export interface TellingOptions extends ScenarioOptions {
  /** More keys of `bango`. */
  readonly bango?: Readonly<Record<string, unknown>>;
  readonly dialect?: BangoDialect;
}

/** Runs the tests once on each database, with a Bango of their own. */
export function withBango(
  title: string,
  tests: (given: Scenario, telling: Telling) => void,
  { file = {}, delivery = {}, bango = {}, dialect, ...options }: TellingOptions = {},
): void {
  describe(title, () => {
    const telling = {} as { -readonly [Name in keyof Telling]: Telling[Name] };
    beforeAll(async () => {
      telling.bango = await startFakeBango(dialect);
    });
    afterAll(() => telling.bango.close());
    onEveryDatabase(
      "with a Bango",
      (given) => {
        // Each database has its own verbs, over the one Bango.
        beforeAll(() => {
          Object.assign(
            telling,
            verbsOf(given, () => telling.bango),
          );
        });
        tests(given, telling);
      },
      {
        ...options,
        defaultShapeBecause: "what Bango is told has no shape",
        delivery: { ...PACE, ...delivery },
        // Read when the file is written: only then is it known where Bango is.
        file: {
          resellers,
          get bango() {
            return {
              baseUrl: telling.bango.baseUrl,
              username: BANGO_USER,
              password: BANGO_PASSWORD,
              ...bango,
            };
          },
          ...file,
        },
      },
    );
  });
}

export function verbsOf(given: Scenario, bangoNow: () => FakeBango): Omit<Telling, "bango"> {
  const list = async (sold: Sold): Promise<StoredMessage[]> => {
    const messages = await given.core.store.listMessages({ merchantEntitlementId: idOf(sold), limit: 100 });
    return messages.sort((left, right) =>
      left.version === right.version
        ? left.messageId < right.messageId
          ? -1
          : 1
        : left.version - right.version,
    );
  };
  const one = async (sold: Sold, kind: string): Promise<StoredMessage> => {
    const found = (await list(sold)).filter((message) => message.kind === kind);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const knex = () => given.core.database.knex;
  const active: Telling["active"] = async (overrides = {}) => {
    const sold = await given.entitlementAt("ACTIVE", overrides);
    expect(sold.status).toBe("ACTIVE");
    bangoNow().states.set(bangoIdOf(sold), "ACTIVE");
    return sold;
  };
  return {
    active,
    several: async (count) => {
      const sold: Sold[] = [];
      while (sold.length < count) sold.push(await active());
      return sold;
    },
    bangoCalls: async (operation, sold, options = {}) => {
      const reply = await given.call(operation, idOf(sold), options);
      const { status } = reply.body as { status?: string };
      if (reply.status === 200 && status !== undefined) bangoNow().states.set(bangoIdOf(sold), status);
      return reply;
    },
    merchant: async (move, sold, update) => {
      await given.core.run(merchantRequest(move, sold, update));
    },
    pending: async (overrides = {}) => {
      const reply = await given.activate({ productKey: "MUSIC", ...overrides });
      expect(reply.status).toBe(202);
      const body = reply.body as Sold;
      bangoNow().states.set(bangoIdOf(body), "PENDING");
      return { sold: body, link: new URL(body.activationUrl ?? "").pathname };
    },
    signUp: async (link) => {
      const page = await given.http.get(link);
      const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(page.text) ?? [];
      return given.http
        .post(link)
        .type("form")
        .send({
          choice: "new",
          email: `${randomUUID()}@example.com`,
          password: "a long enough password",
          consent: "yes",
          formToken,
        });
    },
    deliver: async () => {
      await knex()("outbox_queue").update({ dueAt: 0 });
      await knex()("outbox").update({ notBeforeAt: 0 });
      return given.core.deliverDue();
    },
    messages: async (sold) => (await list(sold)).map(({ kind, state }) => `${kind} ${state}`),
    message: one,
    attempts: async (sold, kind) => given.core.store.listAttempts((await one(sold, kind)).messageId),
    pauseMs: async (sold) => {
      const row = (await knex()("outbox_queue")
        .where({ merchantEntitlementId: idOf(sold) })
        .first()) as { dueAt: number } | undefined;
      return row ? row.dueAt - (await given.core.store.now()).database : null;
    },
    known: async (sold) => {
      const row = (await knex()("entitlement")
        .where({ merchantEntitlementId: idOf(sold) })
        .first()) as { bangoState: string | null };
      return row.bangoState === null ? null : (JSON.parse(row.bangoState) as BangoState);
    },
    statusOf: async (sold) => {
      const entitlement = await given.core.store.findByAnyId(idOf(sold), "*");
      return entitlement?.status ?? "none";
    },
    toldOf: (sold) =>
      bangoNow()
        .toldOf(bangoIdOf(sold))
        .map(({ kind }) => kind),
  };
}

export function merchantRequest(move: CommandMove, sold: Sold, update?: Update): CommandRequest {
  const requestId = randomUUID();
  const command: Command = {
    operation: move,
    move,
    owner: "merchant",
    actor: "back-office",
    requestId,
    identity: bangoIdOf(sold),
    merchantEntitlementId: idOf(sold),
    reason: null,
    activation: null,
    update: update ?? null,
    unknownFields: null,
  };
  return { command, resellerId: sold.resellerId ?? "", fingerprint: requestId, trace: ownTrace(requestId) };
}
