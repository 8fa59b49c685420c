import { expect } from "@jest/globals";
import { bangoIdOf } from "./outbox-scenario.js";
import type { Sold, Telling } from "./outbox-scenario.js";

/** Nothing is left to be said after one more pass: Bango has what is so, and we know that it has. */
export async function expectAtRest(telling: Telling, sold: Sold): Promise<void> {
  await telling.deliver();
  expect(await telling.pauseMs(sold)).toBeNull();
  const status = await telling.statusOf(sold);
  expect(telling.bango.states.get(bangoIdOf(sold))).toBe(status);
  expect(await telling.known(sold)).toMatchObject({ status });
}
