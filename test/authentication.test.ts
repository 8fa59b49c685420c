import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { PASSWORD, onEveryDatabase } from "./support/scenario.js";
import {
  codeOf,
  idOf,
  itLeavesTheBooksInAgreement,
  unchangedBy,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const OLD = "the-secret-of-yesterday-0123456789";
const NEW = "the-secret-of-tomorrow-0123456789";
const COLON = "a:secret:with:colons-0123456789";
const UMLAUT = "pässwörd-ß-你好-0123456789";

const sha256 = (secret: string, form: "hex" | "base64url"): string =>
  `sha256:${createHash("sha256").update(secret).digest(form)}`;
const credential = (username: string, rest: object): object => ({
  id: `${username}-1`,
  type: "basic",
  username,
  resellers: ["*"],
  owner: "bango",
  ...rest,
});

const FILE = {
  inbound: {
    credentials: [
      credential("bango", { password: PASSWORD }),
      credential("rotating", { password: [OLD, NEW] }),
      credential("hex", { passwordHash: sha256(OLD, "hex") }),
      credential("base64url", { passwordHash: sha256(OLD, "base64url") }),
      credential("two-hashes", { passwordHash: [sha256(OLD, "hex"), sha256(NEW, "base64url")] }),
      credential("colon", { password: COLON }),
      credential("umlaut", { password: UMLAUT }),
      credential("other", { password: NEW, owner: "somebody-else" }),
      credential("limited", { password: NEW, resellers: ["OTHERTEL"] }),
    ],
  },
};

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

watchedOnEveryDatabase(
  "Basic authentication",
  (given, watch) => {
    const withHeader = (value: string | null): Promise<Response> =>
      given.call("echo", "1", { auth: null, headers: value === null ? {} : { Authorization: value } });

    it.each([
      ["bango", PASSWORD, "one secret"],
      ["rotating", OLD, "the older of two live secrets"],
      ["rotating", NEW, "the newer of two live secrets"],
      ["hex", OLD, "a hash in hexadecimal"],
      ["base64url", OLD, "a hash in base64url"],
      ["two-hashes", OLD, "the older of two hashes"],
      ["two-hashes", NEW, "the newer of two hashes"],
      ["colon", COLON, "a secret with colons"],
      ["umlaut", UMLAUT, "a secret in UTF-8"],
    ])("lets %s in with %s: %s", async (username, secret) => {
      expect((await given.call("echo", "1", { auth: `${username}:${secret}` })).status).toBe(200);
    });

    it.each([
      ["no header", null],
      ["an empty header", ""],
      ["no credentials", "Basic"],
      ["nothing but spaces", "Basic   "],
      ["another scheme", `Bearer ${Buffer.from(`bango:${PASSWORD}`).toString("base64")}`],
      ["what is not base64", "Basic !!!"],
      ["the text itself", `Basic bango:${PASSWORD}`],
      ["no colon", basic("bango")],
      ["something behind it", `${basic(`bango:${PASSWORD}`)} x`],
      ["two at once", `${basic(`bango:${PASSWORD}`)}, ${basic(`bango:${PASSWORD}`)}`],
      ["an unknown user", basic(`nobody:${PASSWORD}`)],
      ["no user", basic(`:${PASSWORD}`)],
      ["no secret", basic("bango:")],
      ["a wrong secret", basic("bango:wrong")],
      ["the secret of another user", basic(`bango:${OLD}`)],
      ["a secret with a space behind it", basic(`bango:${PASSWORD} `)],
      ["the beginning of the secret", basic(`bango:${PASSWORD.slice(0, -1)}`)],
      ["a user in another letter case", basic(`Bango:${PASSWORD}`)],
      ["the hash in place of the secret", basic(`hex:${sha256(OLD, "hex")}`)],
      ["the bare hash in place of the secret", basic(`hex:${sha256(OLD, "hex").slice(7)}`)],
      ["the beginning of a secret with colons", basic("colon:a")],
    ])("refuses %s, and tells neither which part was wrong nor anything else", async (_what, header) => {
      const reply = await unchangedBy(given, () => withHeader(header));
      expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
      expect(reply.headers["www-authenticate"]).toMatch(/^Basic realm=/);
      expect(reply.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
      expect(reply.text).toBe((await withHeader(basic("nobody:nothing"))).text);
    });

    it.each(["basic", "BASIC", "Basic "])("takes the scheme as RFC 7617 does: %s", async (scheme) => {
      expect((await withHeader(basic(`bango:${PASSWORD}`).replace("Basic", scheme))).status).toBe(200);
    });

    it("comes before everything else: a stranger hears nothing of his body", async () => {
      const post = (body: string): Promise<Response> =>
        given.call("activate", null, {
          auth: null,
          body,
          headers: { "Content-Type": "application/json" },
        });
      const replies = [await post("{"), await post("{}"), await post(JSON.stringify(given.newActivation()))];
      expect(replies.map(codeOf)).toEqual(replies.map(() => [401, "UNAUTHORIZED"]));
    });

    it("writes no secret to the log, neither one that fits nor one that does not", async () => {
      await given.call("echo", "1", { auth: "bango:a-wrong-secret-that-was-sent" });
      await given.call("echo", "1");
      const log = JSON.stringify(given.logged());
      for (const secret of [PASSWORD, OLD, NEW, "a-wrong-secret-that-was-sent"])
        expect(log).not.toContain(secret);
    });

    describe("and whose request ids they are", () => {
      const suspend = (id: string, auth: string): Promise<Response> =>
        given.call("suspend", id, { auth, body: { requestId: `suspend-${id}` } });

      it("two credentials of one owner share them: the second is answered as the first was", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const first = await suspend(idOf(record), `bango:${PASSWORD}`);
        await given.call("resume", idOf(record));
        const seen = await watch.during(record, () => suspend(idOf(record), `rotating:${NEW}`));
        expect(seen.reply.text).toBe(first.text);
        expect([seen.asked, seen.events]).toEqual([[], []]);
        expect(seen.record.status).toBe("ACTIVE");
      });

      it("different owners share none: the same id is another call", async () => {
        const record = await given.entitlementAt("ACTIVE");
        await suspend(idOf(record), `bango:${PASSWORD}`);
        await given.call("resume", idOf(record));
        const seen = await watch.during(record, () => suspend(idOf(record), `other:${NEW}`));
        expect(seen.record.status).toBe("SUSPENDED");
        expect(seen.asked).toEqual(["suspend"]);
        expect(seen.events).toMatchObject([{ owner: "somebody-else", actor: "other-1" }]);
      });

      it("a credential that may not see the entitlement is told nothing by them", async () => {
        const record = await given.entitlementAt("ACTIVE");
        await suspend(idOf(record), `bango:${PASSWORD}`);
        expect(codeOf(await suspend(idOf(record), `limited:${NEW}`))).toEqual([404, "NOT_FOUND"]);
      });
    });

    describe("and the id of the request", () => {
      const TRACE = "0af7651916cd43dd8448eb211c80319c";
      const parent = `00-${TRACE}-b7ad6b7169203331-01`;

      it.each([
        ["X-Request-Id", { "X-Request-Id": "mine-1" }, "mine-1"],
        ["traceparent", { traceparent: parent }, TRACE],
        ["X-RequestIdentifier", { "X-RequestIdentifier": "bango-1" }, "bango-1"],
        [
          "X-Request-Id before the others",
          { "X-RequestIdentifier": "b", traceparent: parent, "X-Request-Id": "a" },
          "a",
        ],
      ])("is taken from %s, sent back on success and on a 401, and logged", async (_name, headers, id) => {
        const good = await given.call("echo", "1", { headers });
        const bad = await given.call("echo", "1", { headers, auth: null });
        expect([good.status, good.headers["x-request-id"]]).toEqual([200, id]);
        expect([bad.status, bad.headers["x-request-id"]]).toEqual([401, id]);
        const answered = given.logged().filter(({ requestId }) => requestId === id);
        expect(answered.map(({ status }) => status)).toEqual([200, 401]);
      });

      it.each(["with space", "<script>", "x".repeat(129), "ünï"])(
        "is a new one where %j was sent, which could do harm in a log",
        async (sent) => {
          const value = Buffer.from(sent).toString("latin1");
          const reply = await given.call("echo", "1", { headers: { "X-Request-Id": value } });
          expect(reply.status).toBe(200);
          expect(reply.headers["x-request-id"]).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
        },
      );

      it("is another for every request that brings none", async () => {
        const ids = new Set<string | undefined>();
        for (let count = 0; count < 3; count += 1)
          ids.add((await given.call("echo", "1", { auth: null })).headers["x-request-id"]);
        expect(ids.size).toBe(3);
      });

      it("goes on to the account system", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const id = randomUUID();
        const headers = { "X-Request-Id": id, traceparent: parent };
        await given.call("suspend", idOf(record), { headers });
        expect(watch.askedFor(record).at(-1)?.call.trace).toEqual({ requestId: id, traceparent: parent });
      });

      it.each([
        ["of a later version", `01-${TRACE}-b7ad6b7169203331-01-more`, `01-${TRACE}-b7ad6b7169203331-01`],
        ["of no version", `ff-${TRACE}-b7ad6b7169203331-01`, null],
        ["of no trace", `00-${"0".repeat(32)}-b7ad6b7169203331-01`, null],
        ["that is something else", "00-trace", null],
      ])("goes on as far as it is one: a traceparent %s", async (_name, traceparent, sentOn) => {
        const record = await given.entitlementAt("ACTIVE");
        await given.call("suspend", idOf(record), { headers: { traceparent } });
        expect(watch.askedFor(record).at(-1)?.call.trace.traceparent).toBe(sentOn);
      });
    });

    itLeavesTheBooksInAgreement(given);
  },
  { file: FILE },
);

const allowing = (...allowedAddresses: readonly string[]) => ({
  file: { inbound: { credentials: [credential("bango", { password: PASSWORD })], allowedAddresses } },
});
const from = (forwarded: string): { headers: Record<string, string> } => ({
  headers: { "X-Forwarded-For": forwarded },
});

onEveryDatabase(
  "an address list that has this machine",
  (given) => {
    it("lets it in, though Node tells its address in the clothes of IPv6", async () => {
      expect((await given.call("echo", "1")).status).toBe(200);
    });

    it("does not believe X-Forwarded-For, since no proxy is trusted", async () => {
      expect((await given.call("echo", "1", from("203.0.113.9"))).status).toBe(200);
    });

    it("still needs a good secret", async () => {
      expect(codeOf(await given.call("echo", "1", { auth: "bango:wrong" }))).toEqual([401, "UNAUTHORIZED"]);
    });
  },
  allowing("127.0.0.1"),
);

onEveryDatabase(
  "an address list that has this machine not",
  (given) => {
    it("refuses a good secret, as it refuses a wrong one", async () => {
      const good = await given.call("echo", "1");
      const bad = await given.call("echo", "1", { auth: "bango:wrong" });
      expect(codeOf(good)).toEqual([401, "UNAUTHORIZED"]);
      expect(good.text).toBe(bad.text);
      expect(good.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
    });

    it("refuses whoever writes an allowed address into X-Forwarded-For, since no proxy is trusted", async () => {
      expect((await given.call("echo", "1", from("192.0.2.7"))).status).toBe(401);
    });

    it("says nothing of the entitlement that was named", async () => {
      const reply = await unchangedBy(given, () => given.call("revoke", randomUUID()));
      expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
    });
  },
  allowing("192.0.2.0/24"),
);

onEveryDatabase(
  "an address list behind a trusted proxy",
  (given) => {
    it.each([
      ["192.0.2.7", "in an IPv4 network"],
      ["192.0.2.255", "the last of an IPv4 network"],
      ["::ffff:192.0.2.7", "IPv4 in the clothes of IPv6"],
      ["198.51.100.4", "a single address"],
      ["2001:db8::5", "in an IPv6 network"],
      ["2001:DB8:0:0::5", "the same, written at length"],
      ["203.0.113.1, 192.0.2.7", "told by the proxy that we trust, whatever was told before"],
    ])("lets %s in: %s", async (address) => {
      expect((await given.call("echo", "1", from(address))).status).toBe(200);
    });

    it.each([
      ["192.0.3.7", "the next network"],
      ["198.51.100.5", "the next address"],
      ["2001:db9::5", "another IPv6 network"],
      ["192.0.2.7, 203.0.113.1", "an allowed address told by a stranger"],
      ["not an address", "what is none"],
      ["", "nothing"],
    ])("refuses %s: %s", async (address) => {
      expect(codeOf(await given.call("echo", "1", from(address)))).toEqual([401, "UNAUTHORIZED"]);
    });
  },
  { ...allowing("192.0.2.0/24", "198.51.100.4", "2001:db8::/32"), env: { TRUST_PROXY: "1" } },
);
