import { createHash, timingSafeEqual } from "node:crypto";
import { Router } from "express";
import type { Request, RequestHandler } from "express";
import { problem } from "../core/problem.js";
import { noteInLog } from "../http/access-log.js";

export interface AdminToken {
  readonly id: string;
  readonly role: "view" | "operate" | "admin";
  /** SHA-256 of each live token. */
  readonly hashes: readonly Buffer[];
}

/** Asked for each call, since a reload may change them. */
export type AdminTokens = () => readonly AdminToken[];

const RANK = { view: 0, operate: 1, admin: 2 } as const;

/** The live bearer token that was sent, the highest in rank where several have the same secret; else null. */
export function tokenSent(tokens: AdminTokens, req: Request): AdminToken | null {
  const sent = /^Bearer +(\S+)$/i.exec(req.get("authorization") ?? "")?.[1] ?? "";
  const hash = createHash("sha256").update(sent).digest();
  const held = tokens().filter((token) => token.hashes.some((expected) => timingSafeEqual(hash, expected)));
  return held.sort((one, other) => RANK[other.role] - RANK[one.role])[0] ?? null;
}

export const hasRole = (token: AdminToken, role: AdminToken["role"]): boolean =>
  RANK[token.role] >= RANK[role];

/** Lets a bearer token of at least this role pass. */
export function requireRole(tokens: AdminTokens, role: AdminToken["role"]): RequestHandler {
  return (req, res, next) => {
    const token = tokenSent(tokens, req);
    if (token === null || !hasRole(token, role)) {
      res.set("WWW-Authenticate", 'Bearer realm="admin"');
      throw problem("unauthorized", `an admin token with the role ${role} is required`);
    }
    noteInLog(res, { credentialId: token.id });
    next();
  };
}

export interface AdminApi {
  readonly tokens: AdminTokens;
  /** The OpenAPI document of the effective contract. */
  readonly openApi: object;
}

export function adminRouter({ tokens, openApi }: AdminApi): Router {
  const router = Router();
  router.get("/openapi.json", requireRole(tokens, "view"), (_req, res) => {
    res.json(openApi);
  });
  return router;
}
