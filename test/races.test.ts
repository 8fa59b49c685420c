import { afterAll, beforeAll, describe, it } from "@jest/globals";
import fc from "fast-check";
import type { OperationName } from "../src/contract/operations.js";
import type { MerchantMove } from "../src/ports/merchant-api.js";
import { ENGINES } from "./support/engines.js";
import {
  RACE_TIMEOUT_MS,
  answersAreLostOrLate,
  bangosOrMerchants,
  everyInterleaving,
  nothingIsLost,
  raceOf,
} from "./support/races.js";
import type { Runner } from "./support/races.js";
import { FIRST, openWorld } from "./support/race-world.js";
import type { World } from "./support/race-world.js";
import type { Wish } from "./support/race-calls.js";
import { PERIOD_MS } from "./support/scenario.js";

const bango = (operation: OperationName, requestId: string): Wish => ({ by: "bango", operation, requestId });
const merchant = (move: MerchantMove | "block" | "unblock", requestId: string): Wish => ({
  by: "merchant",
  move,
  requestId,
});
const wishes = (name: string, ...asked: readonly Wish[]): Runner => ({ name, wishes: asked });

const outbox: Runner = { name: "the outbox", pass: "deliverDue" };
const settler: Runner = { name: "who settles the unknown", pass: "settleDue" };
const timePasses: Runner = { name: "the end of the period", pass: { advanceMs: PERIOD_MS } };
const otherClock: Runner = { name: "another replica's clock", pass: "endDue" };
const customer = (name: string): Runner => wishes(name, { by: "customer" });

/** Suspend, resume and revoke, each with a repeat of its own request id. */
const suspendResumeRevoke = [
  wishes("Bango's suspend", bango("suspend", "s"), bango("resume", "r")),
  wishes("Bango's resume", bango("resume", "r"), bango("suspend", "s")),
  wishes("Bango's resume again", bango("resume", "r")),
  wishes("Bango's revoke", bango("revoke", "e")),
  wishes("Bango's revoke again", bango("revoke", "e")),
  outbox,
  settler,
];

describe("every interleaving ends as the table of moves allows, with both sides told, of", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld("sqlite");
  });
  afterAll(() => world.close());

  const itHolds = (title: string, races: Parameters<typeof everyInterleaving>[1]): void => {
    it(title, () => everyInterleaving(world, races), RACE_TIMEOUT_MS);
  };

  itHolds(
    "a sign-up in two tabs, Bango's revoke and its repeat, and activate again",
    raceOf(["PENDING"], {
      runners: fc.constant([
        customer("the customer"),
        customer("the other tab"),
        wishes("Bango's revoke", bango("revoke", "e")),
        wishes("Bango's revoke again", bango("revoke", "e")),
        wishes("Bango's activate", bango("activate", FIRST), bango("activate", "a")),
        outbox,
      ]),
    }),
  );

  itHolds(
    "cancel, reinstate, suspend and the end date",
    raceOf(["ACTIVE", "ACTIVE-ENDING", "SUSPENDED-ENDING"], {
      runners: fc
        .tuple(
          bangosOrMerchants("cancel", "c"),
          bangosOrMerchants("reinstate", "n"),
          bangosOrMerchants("suspend", "s"),
        )
        .map(([cancel, reinstate, suspend]) => [
          wishes("cancel", cancel, cancel),
          wishes("reinstate and cancel again", reinstate, bango("cancel", "c2")),
          wishes("suspend", suspend),
          timePasses,
          otherClock,
          outbox,
        ]),
    }),
  );

  itHolds(
    "Bango's resume, suspend and revoke, each repeated",
    raceOf(["ACTIVE", "SUSPENDED"], { runners: fc.constant(suspendResumeRevoke) }),
  );

  itHolds(
    "the merchant's revoke and suspend with Bango's resume",
    raceOf(["SUSPENDED", "ACTIVE", "SUSPENDED-ENDING"], {
      runners: fc.constant([
        wishes("the merchant's revoke", merchant("revoke", "me"), merchant("revoke", "me")),
        wishes("the merchant's suspend", merchant("suspend", "ms")),
        wishes("Bango's resume", bango("resume", "r"), bango("resume", "r")),
        wishes("Bango's terminate", bango("terminate", "t")),
        outbox,
        outbox,
      ]),
    }),
  );

  itHolds(
    "what the merchant changes there and back, while messages are on their way and answers are lost or late",
    raceOf(["ACTIVE"], {
      runners: fc
        .subarray([merchant("suspend", "ms2")])
        .map((last) => [
          wishes("the merchant", merchant("suspend", "ms"), merchant("resume", "mr"), ...last),
          wishes("Bango's resume", bango("resume", "r")),
          outbox,
          outbox,
        ]),
      bangoFates: answersAreLostOrLate,
    }),
  );

  itHolds(
    "the merchant's block and unblock with Bango's resume and suspend",
    raceOf(["ACTIVE", "SUSPENDED", "ACTIVE-ENDING"], {
      runners: fc.constant([
        wishes("the merchant's block", merchant("block", "b"), merchant("block", "b")),
        wishes("the merchant's unblock", merchant("unblock", "u")),
        wishes("Bango's resume", bango("resume", "r")),
        wishes("Bango's suspend", bango("suspend", "s"), bango("resume", "r")),
        wishes("Bango's reinstate", bango("reinstate", "n")),
        outbox,
      ]),
    }),
  );

  itHolds(
    "the completion of what was accepted, and revoke",
    raceOf(["ACTIVE, suspend accepted"], {
      runners: fc.constant([
        wishes("the completion", { by: "merchant", completes: "suspend", requestId: "done" }),
        wishes("Bango's revoke", bango("revoke", "e"), bango("revoke", "e")),
        wishes("Bango's suspend again", bango("suspend", "suspend")),
        outbox,
      ]),
    }),
  );

  itHolds(
    "any few calls of both sides",
    raceOf(["ACTIVE", "ACTIVE-ENDING", "SUSPENDED", "SUSPENDED-ENDING"], {
      runners: fc
        .tuple(
          fc.array(
            fc.array(
              fc.oneof(
                ...(["suspend", "resume", "cancel", "reinstate", "revoke"] as const).map((move) =>
                  bangosOrMerchants(move, move),
                ),
              ),
              { minLength: 1, maxLength: 3 },
            ),
            { minLength: 2, maxLength: 4 },
          ),
          fc.subarray([timePasses, otherClock, outbox, outbox, settler]),
        )
        .map(([asked, passes]) => [
          ...asked.map((each, index) => wishes(`caller ${String(index)}`, ...each)),
          ...passes,
        ]),
    }),
  );
});

describe("every interleaving, though a slow caller's lease runs out and others take its call over, of", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld("sqlite", { count: 2, idempotent: true });
  });
  afterAll(() => world.close());

  it(
    "suspend, resume and revoke ends as the table of moves allows, with both sides told",
    () =>
      everyInterleaving(
        world,
        raceOf(["ACTIVE", "SUSPENDED"], {
          runners: fc.constant([
            ...suspendResumeRevoke,
            { name: "time", pass: "leasesRunOut" },
            { name: "more time", pass: "leasesRunOut" },
          ] as const),
          // A lease is longer than whatever a caller may still ask for: only its answer comes too late.
          accountFates: nothingIsLost,
        }),
      ),
    RACE_TIMEOUT_MS,
  );
});

// SQLite serves one process: there the two share nothing but the file.
describe.each(ENGINES.map((engine) => ({ engine })))(
  "two applications on one database ($engine)",
  ({ engine }) => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(engine, { count: 2 });
    });
    afterAll(() => world.close());

    it(
      "join and settle each other's suspend, resume and revoke",
      () =>
        everyInterleaving(
          world,
          raceOf(["ACTIVE", "SUSPENDED"], { runners: fc.constant(suspendResumeRevoke) }),
          engine === "sqlite" ? undefined : 15,
        ),
      RACE_TIMEOUT_MS,
    );
  },
);
