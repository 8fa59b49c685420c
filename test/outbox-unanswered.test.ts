import { expect, it } from "@jest/globals";
import { expectAtRest } from "./support/expect-at-rest.js";
import { bangoIdOf, withBango } from "./support/outbox-scenario.js";

withBango("a message that Bango may have heard, though it gave no answer", (given, telling) => {
  it("is taken back, where the change it told of is", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), "cut after its effect");
    await telling.deliver();
    expect(telling.bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
    await telling.merchant("resume", sold);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["suspend", "resume"]);
    expect(await telling.messages(sold)).toEqual(["suspend superseded", "resume delivered"]);
    await given.expectBooksToAgree();
  });

  it("is taken back, where Bango was answered otherwise while it was on its way", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    let answered = (): void => undefined;
    const onItsWay = new Promise<void>((resolve) => {
      answered = resolve;
    });
    telling.bango.next(bangoIdOf(sold), { waits: onItsWay, then: "cut after its effect" });
    const delivering = telling.deliver();
    expect((await telling.bangoCalls("resume", sold)).status).toBe(200);
    answered();
    await delivering;
    expect(telling.bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["suspend", "resume"]);
    expect(await telling.statusOf(sold)).toBe("ACTIVE");
  });

  it("is not told again where nothing has changed but that it is answered now", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), "cut after its effect");
    await telling.deliver();
    await expectAtRest(telling, sold);
    expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
  });
});
