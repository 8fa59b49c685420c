import { expect, it } from "@jest/globals";
import { expectAtRest } from "./support/expect-at-rest.js";
import { bangoIdOf, withBango } from "./support/outbox-scenario.js";
import { PERIOD_MS } from "./support/scenario.js";

withBango("an end date that Bango has not heard of when the entitlement is suspended", (given, telling) => {
  it("is told before the suspension, so that the end need not be", async () => {
    const sold = await telling.active();
    await telling.merchant("cancel", sold);
    await telling.merchant("suspend", sold);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["terminate", "suspend"]);
    await given.advance(PERIOD_MS);
    expect(await telling.statusOf(sold)).toBe("CANCELLED");
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["terminate", "suspend"]);
  });

  it("is told where Bango suspends, and Bango hears once more that it did", async () => {
    const sold = await telling.active();
    await telling.merchant("cancel", sold);
    expect((await telling.bangoCalls("suspend", sold)).status).toBe(200);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["terminate", "suspend"]);
    expect(telling.bango.toldOf(bangoIdOf(sold))[0]?.body).toMatchObject({ immediate: false });
  });

  it("is not told where it was taken back meanwhile", async () => {
    const sold = await telling.active();
    await telling.merchant("cancel", sold);
    await telling.merchant("suspend", sold);
    await telling.merchant("reinstate", sold);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["suspend"]);
    expect(await telling.statusOf(sold)).toBe("SUSPENDED");
  });
});
