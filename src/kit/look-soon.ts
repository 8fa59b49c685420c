import { asLookup } from "./answers.js";
import { pause } from "./bounded.js";
import type { Subject } from "./subject.js";

/** How much longer than it declared `lookup` may take before its answer, instead of its delay, is judged. */
const LATER_MS = 1000;
const LOOK_EVERY_MS = 25;

/** What `lookup` answers of something in effect: once it is there, or when that has taken too long. */
export async function lookSoon({ lookUpAsIs, lagMs }: Subject, key: string): Promise<unknown> {
  let said = await lookUpAsIs(key);
  for (let waitedMs = 0; waitedMs < lagMs + LATER_MS; waitedMs += LOOK_EVERY_MS) {
    if (asLookup(said).kind === "present") break;
    await pause(LOOK_EVERY_MS);
    said = await lookUpAsIs(key);
  }
  return said;
}
