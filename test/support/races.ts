import fc from "fast-check";
import type { Core } from "../../src/compose.js";
import type { MerchantMove } from "../../src/ports/merchant-api.js";
import { FATES } from "./race-models.js";
import type { Fate } from "./race-models.js";
import { faultsOf } from "./race-check.js";
import { comeToRest, sell } from "./race-world.js";
import type { Heard, Sold, Wish } from "./race-calls.js";
import type { Start, World } from "./race-world.js";
import type { Thread } from "./scheduled.js";

/** Multiplies the number of interleavings, and has them chosen anew; FC_SEED repeats what a failure names. */
const TIMES = Number(process.env.FC_RUNS ?? "1");
const SEED = process.env.FC_SEED ?? (TIMES === 1 ? "20261123" : undefined);

export const RACE_TIMEOUT_MS = 60_000 * Math.max(1, TIMES);

type Pass = "endDue" | "deliverDue" | "settleDue" | "leasesRunOut" | { readonly advanceMs: number };

/** Who takes part: wishes, one after the other, or a worker's passes over what is due. */
export type Runner =
  | { readonly name: string; readonly wishes: readonly Wish[] }
  | { readonly name: string; readonly pass: Pass };

export interface Race {
  readonly start: Start;
  readonly runners: readonly Runner[];
  /** Of the requests to the account system, and of those to Bango, in their order. */
  readonly accountFates: readonly Fate[];
  readonly bangoFates: readonly Fate[];
}

/** Mostly nothing goes wrong: it is the order that matters. */
const fates = fc.oneof(
  { weight: 2, arbitrary: fc.constant<readonly Fate[]>([]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...FATES), { maxLength: 4 }) },
);

/** Those runners, from any of the starts, with whatever may happen on the way to the other sides. */
export const raceOf = (
  starts: readonly Start[],
  {
    runners,
    accountFates = fates,
    bangoFates = fates,
  }: {
    readonly runners: fc.Arbitrary<readonly Runner[]>;
    readonly accountFates?: fc.Arbitrary<readonly Fate[]>;
    readonly bangoFates?: fc.Arbitrary<readonly Fate[]>;
  },
): fc.Arbitrary<Race> => fc.record({ start: fc.constantFrom(...starts), runners, accountFates, bangoFates });

export const nothingIsLost: fc.Arbitrary<readonly Fate[]> = fc.constant([]);
export const answersAreLostOrLate: fc.Arbitrary<readonly Fate[]> = fc.array(
  fc.constantFrom<Fate>("arrives", "is lost after its effect", "is answered late"),
  { minLength: 1, maxLength: 4 },
);

export const bangosOrMerchants = (move: MerchantMove, requestId: string): fc.Arbitrary<Wish> =>
  fc.constantFrom<Wish>(
    { by: "bango", operation: move, requestId },
    { by: "merchant", move, requestId: `merchant-${requestId}` },
  );

/** Runs the race under every order that fast-check finds; `numRuns` of them by default. */
export async function everyInterleaving(
  world: World,
  races: fc.Arbitrary<Race>,
  numRuns = 60,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(world.steps.scheduler(), races, async (scheduler, race) => {
      const sold = await sell(world, race.start);
      const from = (await world.keeper.core.store.listHistory(sold.merchantEntitlementId)).length;
      world.accounts.fates.set(race.accountFates);
      world.bango.fates.set(race.bangoFates);
      const heard: Heard[] = [];
      const threads = race.runners.map((runner, index) => threadOf(world, index, sold, runner, heard));
      await world.steps.during(scheduler, threads);
      await comeToRest(world, sold);
      const faults = await faultsOf(world, sold, from, heard);
      if (faults.length > 0) throw new Error(faults.join("\n"));
    }),
    { numRuns: numRuns * TIMES, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
}

function threadOf(world: World, index: number, sold: Sold, runner: Runner, heard: Heard[]): Thread {
  const application = world.applications[index % world.applications.length]!;
  const { core } = application;
  if ("wishes" in runner)
    return {
      name: runner.name,
      act: async () => {
        for (const wish of runner.wishes) heard.push(await application.ask(sold, wish));
      },
    };
  return { name: runner.name, act: () => passes(core, runner.pass) };
}

/** A worker looks again and again; time runs out, and the clock moves, once. */
async function passes(core: Core, pass: Pass): Promise<void> {
  if (typeof pass === "object") await core.moveClock(pass);
  else if (pass === "leasesRunOut") await core.store.voidLeases();
  else for (let left = PASSES; left > 0; left -= 1) await core[pass]();
}

const PASSES = 6;
