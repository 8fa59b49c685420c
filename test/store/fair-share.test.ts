import { afterEach, describe, expect, it } from "@jest/globals";
import { NoPlaceError, makeFairShare } from "../../src/store/fair-share.js";

const PLACES = 16;
const PER_LANE = 4;
const REMEMBERED_MS = 1000;

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Who asks stays inside until told to leave: the first of its lane first. */
function shareAt(waitMs = 60_000) {
  const clock = { ms: 0 };
  const share = makeFairShare({ places: PLACES, perLane: PER_LANE, waitMs, now: () => clock.ms });
  const inside = new Map<string | null, (() => void)[]>();
  const order: (string | null)[] = [];
  let isOver = false;
  endings.push(() => {
    isOver = true;
    for (const leaves of inside.values()) for (const leave of leaves) leave();
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    share,
    order,
    ask: async (lane: string | null, count = 1) => {
      for (let asked = 0; asked < count; asked += 1)
        share.enter(lane).then(
          (leave) => {
            if (isOver) {
              leave();
              return;
            }
            order.push(lane);
            inside.set(lane, [...(inside.get(lane) ?? []), leave]);
          },
          () => order.push("gave up"),
        );
      await settled();
    },
    leave: async (lane: string | null, count = 1) => {
      for (const leave of (inside.get(lane) ?? []).splice(0, count)) leave();
      await settled();
    },
    inside: (lane: string | null) => inside.get(lane)?.length ?? 0,
  };
}

describe("places that lanes share", () => {
  it("are all there for a lane alone, first come, first served", async () => {
    const { ask, leave, inside } = shareAt();
    await ask("a", PLACES + 5);
    expect(inside("a")).toBe(PLACES);
    await leave("a", 3);
    expect(inside("a")).toBe(PLACES);
    await leave("a", PLACES + 5);
    expect(inside("a")).toBe(2);
  });

  it("go to another lane first, as soon as one is free, whatever waits in the first", async () => {
    const { ask, leave, inside, order } = shareAt();
    await ask("a", 100);
    await ask("b");
    expect(inside("b")).toBe(0);
    await leave("a");
    expect([order.at(-1), inside("b"), inside("a")]).toEqual(["b", 1, PLACES - 1]);
  });

  it("are a few for each of two lanes, until the other has long been gone", async () => {
    const { ask, leave, inside, clock } = shareAt();
    await ask("b");
    await leave("b");
    await ask("a", 100);
    expect(inside("a")).toBe(PER_LANE);
    clock.ms = REMEMBERED_MS - 1;
    await leave("a");
    expect(inside("a")).toBe(PER_LANE);
    clock.ms = REMEMBERED_MS;
    await leave("a");
    expect(inside("a")).toBe(PLACES);
  });

  it("are given in turn: many lanes that wait have one each before any has two", async () => {
    const { ask, leave, inside } = shareAt();
    const lanes = Array.from({ length: PLACES + 4 }, (_, index) => `lane ${String(index)}`);
    for (const lane of lanes) await ask(lane, 3);
    const counts = (): number[] => lanes.map(inside);
    // The first was alone when it came, and each other had its few until all places were taken.
    expect(counts().slice(0, 6)).toEqual([3, 3, 3, 3, 3, 1]);
    for (const lane of lanes.slice(0, 5)) await leave(lane, 3);
    expect(counts()).toEqual([0, 0, 0, 0, 0, 2, ...Array<number>(PLACES - 2).fill(1)]);
  });

  it("hold nothing back for what is done for nobody in particular", async () => {
    const { ask, inside } = shareAt();
    await ask(null);
    await ask("a", 100);
    expect([inside(null), inside("a")]).toEqual([1, PLACES - 1]);
  });

  it("are not waited for too long: who gives up has taken none, and loses nobody else theirs", async () => {
    const { share, ask, leave, inside } = shareAt(30);
    await ask("a", PLACES);
    await expect(share.enter("a")).rejects.toThrow(NoPlaceError);
    await ask("b");
    await leave("a", PLACES);
    expect([inside("a"), inside("b")]).toEqual([0, 1]);
    await ask("c", PLACES);
    expect(inside("c")).toBe(PER_LANE);
  });
});
