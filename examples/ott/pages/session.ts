import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Request, Response } from "express";
import type { Knex } from "knex";
import { findAccount } from "../accounts.js";
import type { AccountRow } from "../accounts.js";
import type { Viewer } from "./layout.js";

const COOKIE = "lantern_session";
const TOKEN = /^[\w-]{43}$/;
const TOKEN_BYTES = 32;
const TTL_MS = 14 * 24 * 3_600_000;

interface SessionRow {
  readonly tokenHash: string;
  readonly accountNumber: string;
  readonly expiresAt: number;
}

export interface Visitor extends Viewer {
  readonly account: AccountRow | null;
  readonly token: string;
}

export interface Sessions {
  /** Who asks; a browser without a cookie is given one, which the tokens of its forms are bound to. */
  readonly visit: (req: Request, res: Response) => Promise<Visitor>;
  readonly isFormOurs: (visitor: Visitor, sent: string) => boolean;
  /** Under a new token: whoever knew the old one has nothing of it, and what it was signed in to is signed out. */
  readonly begin: (res: Response, visitor: Visitor, account: AccountRow) => Promise<void>;
  readonly end: (res: Response, visitor: Visitor) => Promise<void>;
}

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
const newToken = (): string => randomBytes(TOKEN_BYTES).toString("base64url");

function tokenIn(req: Request): string | null {
  const pairs = (req.get("cookie") ?? "").split(/; */).map((pair) => pair.split("="));
  const token = pairs.find(([name]) => name === COOKIE)?.[1] ?? "";
  return TOKEN.test(token) ? token : null;
}

function setCookie(res: Response, token: string): void {
  const { secure } = res.req;
  res.cookie(COOKIE, token, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: TTL_MS });
}

export function makeSessions(books: Knex, now: () => number): Sessions {
  // Of this process alone: a form from before a restart is asked for again.
  const formKey = randomBytes(TOKEN_BYTES);
  const sessions = () => books<SessionRow>("session");
  const formTokenOf = (token: string): string =>
    createHmac("sha256", formKey).update(token).digest("base64url");

  async function accountOf(token: string): Promise<AccountRow | null> {
    const row = await sessions()
      .where({ tokenHash: hashOf(token) })
      .where("expiresAt", ">", now())
      .first();
    return row ? ((await findAccount(books, row.accountNumber)) ?? null) : null;
  }

  return {
    async visit(req, res) {
      const known = tokenIn(req);
      const token = known ?? newToken();
      if (known === null) setCookie(res, token);
      const account = known === null ? null : await accountOf(known);
      return { token, account, isSignedIn: account !== null, formToken: formTokenOf(token) };
    },
    isFormOurs({ token }, sent) {
      const right = Buffer.from(formTokenOf(token));
      const given = Buffer.from(sent);
      return given.length === right.length && timingSafeEqual(given, right);
    },
    async begin(res, visitor, account) {
      const token = newToken();
      await sessions()
        .where("expiresAt", "<=", now())
        .orWhere({ tokenHash: hashOf(visitor.token) })
        .delete();
      await sessions().insert({
        tokenHash: hashOf(token),
        accountNumber: account.number,
        expiresAt: now() + TTL_MS,
      });
      setCookie(res, token);
    },
    async end(res, { token }) {
      await sessions()
        .where({ tokenHash: hashOf(token) })
        .delete();
      setCookie(res, newToken());
    },
  };
}
