import { randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import type { Knex } from "knex";
import type { SignUpCall, SignUpResult } from "../../ports/account-system.js";

interface LoginRow {
  readonly email: string;
  readonly accountId: string;
  readonly passwordHash: string;
  readonly registerKey: string;
  readonly createdAt: number;
}

/** OWASP's minimum for scrypt: 2^16 rounds, blocks of 8, one lane; 64 MiB for about a tenth of a second. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `scrypt:${salt.toString("base64url")}:${(await derive(password, salt)).toString("base64url")}`;
}

async function isPassword(password: string, stored: string): Promise<boolean> {
  const [, salt = "", key = ""] = stored.split(":");
  return timingSafeEqual(
    await derive(password, Buffer.from(salt, "base64url")),
    Buffer.from(key, "base64url"),
  );
}

/** An address without an account takes as long as a wrong password. */
const NOBODY = `scrypt:${Buffer.alloc(SALT_BYTES).toString("base64url")}:${Buffer.alloc(KEY_BYTES).toString("base64url")}`;

const byEmail = (knex: Knex, email: string): Promise<LoginRow | undefined> =>
  knex<LoginRow>("demo_login").where({ email }).first();

/** What there is of an address: the account that this very key made, or somebody's. */
async function knownResult(knex: Knex, { email, idempotencyKey }: SignUpCall): Promise<SignUpResult | null> {
  const known = await byEmail(knex, email);
  if (!known) return null;
  return known.registerKey === idempotencyKey
    ? { kind: "done", accountReference: known.accountId }
    : { kind: "emailExists" };
}

/** Makes an account with an e-mail and a password; the same key finds the account that it made. */
export async function register(knex: Knex, call: SignUpCall): Promise<SignUpResult> {
  const passwordHash = await hashPassword(call.password);
  try {
    return await insertAccount(knex, call, passwordHash);
  } catch (error) {
    // Whoever was quicker by a moment has the address; the database's own words would quote it.
    const known = await knownResult(knex, call);
    if (known) return known;
    throw error;
  }
}

const insertAccount = (knex: Knex, call: SignUpCall, passwordHash: string): Promise<SignUpResult> =>
  knex.transaction(async (transaction) => {
    const known = await knownResult(transaction, call);
    if (known) return known;
    const accountId = `acc_${randomUUID()}`;
    const { resellerId } = call.entitlement;
    await transaction("demo_account").insert({
      accountId,
      resellerId,
      customer: call.email,
      createdAt: call.now,
    });
    await transaction<LoginRow>("demo_login").insert({
      email: call.email,
      accountId,
      passwordHash,
      registerKey: call.idempotencyKey,
      createdAt: call.now,
    });
    return { kind: "done", accountReference: accountId };
  });

export async function authenticate(knex: Knex, call: SignUpCall): Promise<SignUpResult> {
  const known = await byEmail(knex, call.email);
  const isRight = await isPassword(call.password, known?.passwordHash ?? NOBODY);
  return known && isRight ? { kind: "done", accountReference: known.accountId } : { kind: "wrongPassword" };
}
