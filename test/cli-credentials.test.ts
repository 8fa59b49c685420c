import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { miaHere, requireBuilt, startMia } from "./support/mia.js";
import type { Ended, Running } from "./support/mia.js";

const MASTER_KEY = "0123456789abcdef0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "mia-cli-credentials-"));
const FROM_FILE = { id: "file-1", type: "oauth2-client", clientId: "of-file", clientSecret: "env:OF_FILE" };
const ENV = {
  MASTER_KEY,
  OF_FILE: "a-client-secret-of-many-letters",
  PUBLIC_URL: "https://merchant.example.com",
  HOST: "127.0.0.1",
  LOG_LEVEL: "info",
  DATABASE_URL: `sqlite:${join(folder, "mia.db")}`,
};

function configure(...credentials: object[]): void {
  const file = {
    inbound: { credentials },
    resellers: [
      {
        resellerId: "BANGOTEL",
        products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
      },
    ],
    accountSystem: { type: "demo", allowOutsideSandbox: true },
  };
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
}

const run = (...args: string[]): Promise<Ended> => miaHere(args, folder, ENV);
async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await run(...args, "--json");
  if (code !== 0) throw new Error(`mia ${args.join(" ")} ended with ${String(code)}: ${err}`);
  return JSON.parse(out) as T;
}

const running: Running[] = [];
async function serve(): Promise<string> {
  const process = startMia(["serve"], folder, ENV);
  running.push(process);
  const [line] = await process.prints(/^.*"service\.started".*$/m);
  return `http://127.0.0.1:${String((JSON.parse(line) as { port: number }).port)}`;
}

/** Looks again until it is so: another process reads the tables once a second. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

beforeAll(async () => {
  requireBuilt();
  configure();
  expect((await run("migrate", "up")).code).toBe(0);
});
afterAll(async () => {
  await Promise.all(running.map((process) => process.kill("SIGKILL")));
  rmSync(folder, { recursive: true, force: true });
});

describe("a service without any inbound credential", () => {
  it("does not start, and says how to make one", async () => {
    const { code, err } = await run("serve");
    expect(code).toBe(1);
    expect(err).toMatch(/^Not started: there is no inbound credential.*mia credentials new\.$/m);
  });
});

describe("mia credentials and mia keys", () => {
  interface Made {
    readonly credentialId: string;
    readonly username: string;
    readonly password: string;
  }

  it("new makes one with which the service starts and lets its caller in; retire ends it while it runs", async () => {
    const made = await json<Made>("credentials", "new", "--type", "basic", "--name", "bango");
    expect(made).toMatchObject({ type: "basic", username: "bango", resellers: "*", owner: "bango" });
    const url = await serve();
    const status = async (): Promise<number> =>
      (
        await fetch(`${url}/bango/v1/echo/1`, {
          headers: { Authorization: `Basic ${Buffer.from(`bango:${made.password}`).toString("base64")}` },
        })
      ).status;
    expect(await status()).toBe(200);
    type Listed = { credentialId: string; lastUsedAt: (string | null)[]; ageDays: number };
    const used = async () =>
      (await json<Listed[]>("credentials", "list")).find((one) => one.credentialId === made.credentialId);
    await until(async () => (await used())?.lastUsedAt[0] !== null);
    expect(await used()).toMatchObject({
      ageDays: 0,
      from: "table",
      type: "basic",
      name: "bango",
      retiredAt: null,
    });
    expect((await run("credentials", "retire", made.credentialId)).out).toBe(
      `${made.credentialId} is retired.\n`,
    );
    await until(async () => (await status()) === 401);
    expect(await used()).toMatchObject({ retiredAt: expect.stringMatching(/^20\d\d-/) });
  });

  it("new prints the secret, and list never does", async () => {
    const args = ["credentials", "new", "--type", "oauth2-client", "--name", "ids", "--resellers", "A, B"];
    const { code, out } = await run(...args, "--owner", "other");
    expect(code).toBe(0);
    const [, secret = ""] = /clientSecret +([\w-]{32})$/m.exec(out) ?? [];
    expect(secret).not.toBe("");
    const listed = await run("credentials", "list");
    expect(listed.out).toMatch(
      /^cred-[0-9a-f]{18} {2}table {2}oauth2-client {2}ids {2}A,B {2}owner other {2}0 days old {2}last used never$/m,
    );
    expect(listed.out).not.toContain(secret);
    expect(JSON.stringify(await json("credentials", "list"))).not.toContain(secret);
  });

  it("retire tells of one of the file that the file is the place, and of none that there is none", async () => {
    configure({ ...FROM_FILE, resellers: ["*"] });
    const ofFile = await run("credentials", "retire", "file-1");
    expect([ofFile.code, ofFile.out]).toEqual([2, ""]);
    expect(ofFile.err).toMatch(/^error: file-1 is in the configuration file/);
    const none = await run("credentials", "retire", "cred-0");
    expect([none.code, none.err]).toEqual([1, "There is no credential cred-0.\n"]);
    expect((await run("credentials", "list")).out).toMatch(
      /^file-1 +file +oauth2-client +of-file .* age unknown/m,
    );
  });

  it("a third live secret of one name is refused with 1", async () => {
    const args = ["credentials", "new", "--type", "basic", "--name", "thrice"];
    expect([(await run(...args)).code, (await run(...args)).code]).toEqual([0, 0]);
    const third = await run(...args);
    expect([third.code, third.out]).toEqual([1, ""]);
    expect(third.err).toMatch(/^Not made: thrice has two live secrets already/);
  });

  it("keys new, list and retire: a second key is in use, the first goes when it is told to", async () => {
    const { keyId } = await json<{ keyId: string }>("keys", "new");
    const { out } = await run("keys", "list");
    expect(out).toMatch(new RegExp(`^${keyId} +signing +20\\S+Z {2}in use$`, "m"));
    expect(out).toMatch(/^signing-1 +signing +20\S+Z$/m);
    expect(out).toMatch(/^link-1 +link +20\S+Z {2}in use$/m);
    expect((await run("keys", "retire", keyId)).code).toBe(1);
    const early = await run("keys", "retire", "signing-1");
    expect([early.code, early.out]).toEqual([1, ""]);
    expect(early.err).toMatch(/^signing-1 stays: tokens signed with it may be in use until/);
    expect(await json("keys", "retire", "signing-1", "--now")).toEqual({ keyId: "signing-1", retired: true });
    expect((await json<{ keyId: string }[]>("keys", "list")).map((key) => key.keyId)).toEqual([
      keyId,
      "link-1",
    ]);
    expect((await run("keys", "retire", "signing-1")).err).toBe("There is no key signing-1.\n");
  });
});
