import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** A fifth of what OWASP asks for (p: 5): an example is signed up to by the hundred, on small machines. */
const COST = { N: 2 ** 14, r: 8, p: 1, maxmem: 32 * 1024 * 1024 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${salt.toString("base64url")}.${(await derive(password, salt)).toString("base64url")}`;
}

/** An address without an account takes as long as a wrong password. */
const NOBODY = `${Buffer.alloc(SALT_BYTES).toString("base64url")}.${Buffer.alloc(KEY_BYTES).toString("base64url")}`;

export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [salt = "", key = ""] = (stored ?? NOBODY).split(".");
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  return timingSafeEqual(derived, Buffer.from(key, "base64url")) && stored !== null;
}
