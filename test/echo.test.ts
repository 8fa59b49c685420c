import { expect, it } from "@jest/globals";
import { codeOf, watchedOnEveryDatabase } from "./support/watched.js";

watchedOnEveryDatabase("echoing", (given, watch) => {
  it.each(["1", "a-request-id", "with space", "ümläut 你好 😀", "a/b?c&d", "x".repeat(255)])(
    "sends back what came: %s",
    async (echo) => {
      const reply = await watch.unchangedBy(() => given.call("echo", echo));
      expect(reply.status).toBe(200);
      expect(reply.body).toEqual({ responseCode: "OK", responseMessage: "Success", echo });
    },
  );

  it("asks the account system nothing, and writes nothing", async () => {
    const before = watch.asked.length;
    await watch.unchangedBy(() => given.call("echo", "1", { headers: { "X-RequestIdentifier": "echo-1" } }));
    expect(watch.asked).toHaveLength(before);
  });

  it("needs credentials like any other call", async () => {
    expect(codeOf(await given.call("echo", "1", { auth: null }))).toEqual([401, "UNAUTHORIZED"]);
  });

  it("refuses more than 255 characters", async () => {
    expect(codeOf(await given.call("echo", "x".repeat(256)))).toEqual([400, "BAD_REQUEST"]);
  });

  it("refuses NUL", async () => {
    expect(codeOf(await given.call("echo", "a\0b"))).toEqual([400, "BAD_REQUEST"]);
  });

  it("counts characters as they are read, not by their bytes", async () => {
    const echo = "😀".repeat(255);
    expect((await given.call("echo", echo)).body.echo).toBe(echo);
  });
});
