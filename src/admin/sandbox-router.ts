import { Router, json } from "express";
import type { RequestHandler } from "express";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { toIso } from "../core/dates.js";
import type { Instant } from "../core/entitlement.js";
import { badRequest } from "../contract/parse-request.js";
import { requireRole } from "./admin-router.js";
import type { AdminTokens } from "./admin-router.js";

export interface SandboxApi {
  readonly tokens: AdminTokens;
  readonly moveClock: (move: { readonly to: Instant } | { readonly advanceMs: number }) => Promise<Instant>;
  readonly ledger: ((entitlementId: string) => Promise<readonly object[]>) | null;
}

const clockMove = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }) }).transform(({ now }) => ({ to: Date.parse(now) })),
  z.strictObject({
    advanceMs: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER / 4),
  }),
]);

/** For testers, in the sandbox profile only: move the business clock, read the demo's books. */
export function sandboxRouter({ tokens, moveClock, ledger }: SandboxApi): Router {
  const router = Router();
  router.use("/sandbox", localOrToken(tokens), json({ limit: "4kb" }));
  router.post("/sandbox/clock", async (req, res) => {
    const move = clockMove.safeParse(req.body);
    if (!move.success)
      throw badRequest([
        { field: "body", message: 'must be {"now": ISO 8601 with offset} or {"advanceMs": 0 or more}' },
      ]);
    res.json({ now: toIso(await moveClock(move.data)) });
  });
  router.get("/sandbox/ledger", async (req, res) => {
    const { entitlementId } = req.query;
    if (typeof entitlementId !== "string")
      throw badRequest([{ field: "entitlementId", message: "is required" }]);
    res.json(ledger === null ? [] : await ledger(entitlementId.toLowerCase()));
  });
  return router;
}

/** A script on this machine needs no token in the sandbox; a page of another site in its browser gets nothing. */
function localOrToken(tokens: AdminTokens): RequestHandler {
  const withToken = requireRole(tokens, "operate");
  return (req, res, next) => {
    const local = isLoopback(req.socket.remoteAddress) && req.get("x-forwarded-for") === undefined;
    const site = req.get("sec-fetch-site");
    if (local && (site === undefined || site === "same-origin" || site === "none")) next();
    else withToken(req, res, next);
  };
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";
