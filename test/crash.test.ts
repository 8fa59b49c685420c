import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ENGINES } from "./support/engines.js";
import { PASSWORD, environmentOf, openScenario } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { startServe } from "./support/serve-process.js";
import type { ServeProcess } from "./support/serve-process.js";

const STEPS = [
  "before begin",
  "after begin",
  "during the account call",
  "after its effect",
  "during apply",
  "after apply",
] as const;

/** A dead process's lease has to run out on MySQL, where another process might be alive: not long, here. */
const OPTIONS = { limits: { accountDeadlineMs: 400, leaseMs: 600 } };

async function post(
  serve: ServeProcess,
  path: string,
  body: Body,
): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(`${serve.publicUrl}/bango/v1/${path}`, {
      method: "POST",
      headers: {
        Authorization: `Basic ${Buffer.from(`bango:${PASSWORD}`).toString("base64")}`,
        "Content-Type": "application/json",
        Connection: "close",
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

/** What Bango does after a lost reply, more patiently: the same call again until it is answered. */
async function repeatUntilAnswered(
  serve: ServeProcess,
  path: string,
  body: Body,
): Promise<{ status: number; text: string }> {
  for (let tries = 0; tries < 20; tries += 1) {
    const reply = await post(serve, path, body);
    if (reply && reply.status !== 503) return reply;
  }
  throw new Error(`${path} was never answered`);
}

describe.each(ENGINES.map((engine) => ({ engine })))(
  "a process killed in the middle of a call ($engine)",
  ({ engine }) => {
    let given: Scenario & { close: () => Promise<void> };
    let env: Readonly<Record<string, string>>;

    beforeAll(async () => {
      given = await openScenario(engine, OPTIONS);
      env = environmentOf(given.folder, given.databaseUrl, OPTIONS);
    });
    afterAll(async () => {
      await given.close();
    });

    async function killedAt(
      step: string,
      path: string,
      body: Body,
    ): Promise<{ status: number; text: string }> {
      const doomed = await startServe(env, given.folder, step);
      expect(await post(doomed, path, body)).toBeNull();
      await doomed.gone;
      const heir = await startServe(env, given.folder);
      try {
        return await repeatUntilAnswered(heir, path, body);
      } finally {
        await heir.kill("SIGKILL");
      }
    }

    it.each(STEPS)("%s: the repeated activate ends well, with one account and one event", async (step) => {
      const body = given.newActivation({ requestId: randomUUID() });
      const reply = await killedAt(step, "entitlement", body);
      expect(reply.status).toBe(201);
      const { merchantEntitlementId } = JSON.parse(reply.text) as { merchantEntitlementId: string };
      expect(await given.core.store.listHistory(merchantEntitlementId)).toHaveLength(1);
      expect(await given.ledger(String(body.entitlementId))).toHaveLength(1);
      expect((await given.tables()).turn).toEqual([]);
      await given.expectBooksToAgree();
    });

    it.each(STEPS)("%s: the repeated suspend ends well, with one effect and one event", async (step) => {
      const { merchantEntitlementId = "", entitlementId = "" } = await given.entitlementAt("ACTIVE");
      const reply = await killedAt(step, `entitlement/${merchantEntitlementId}/suspend`, {
        requestId: randomUUID(),
      });
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text)).toMatchObject({ status: "SUSPENDED" });
      const operations = (await given.core.store.listHistory(merchantEntitlementId)).map(
        ({ operation }) => operation,
      );
      expect(operations).toEqual(["activate", "suspend"]);
      expect((await given.ledger(entitlementId)).map(({ operation }) => operation)).toEqual([
        "activate",
        "suspend",
      ]);
      expect((await given.tables()).turn).toEqual([]);
      await given.expectBooksToAgree();
    });
  },
);
