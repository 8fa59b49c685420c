import type { RequestHandler, Response } from "express";
import { problem } from "../core/problem.js";
import { noteInLog } from "../http/access-log.js";
import { hasRole, tokenSent } from "./admin-router.js";
import type { AdminToken, AdminTokens } from "./admin-router.js";
import { sendProblem } from "./send-problem.js";

/** Before anything else is told: which paths there are is nobody's business without a token. */
export const requireToken =
  (tokens: AdminTokens): RequestHandler =>
  (req, res, next) => {
    const token = tokenSent(tokens, req);
    if (token === null) {
      res.set("WWW-Authenticate", 'Bearer realm="merchant api"');
      throw problem("unauthorized", "a bearer token of this API is required");
    }
    res.locals.adminToken = token;
    noteInLog(res, { credentialId: token.id });
    next();
  };

export const tokenOf = (res: Response): AdminToken => res.locals.adminToken as AdminToken;

/** After `requireToken`: a good token of too low a role is 403, since another try with it is of no use. */
export const requireRoleOf =
  (role: AdminToken["role"]): RequestHandler =>
  (_req, res, next) => {
    const token = tokenOf(res);
    if (hasRole(token, role)) {
      next();
      return;
    }
    noteInLog(res, { problem: "forbiddenRole" });
    const text = `this token has the role ${token.role}, and ${role} is required`;
    sendProblem(res, { code: "forbiddenRole", text });
  };
