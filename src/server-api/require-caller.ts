import type { RequestHandler, Response } from "express";
import { Problem } from "../core/problem.js";
import { noteInLog } from "../http/access-log.js";
import type { Authenticate, Caller } from "./authenticate.js";

/** Before the body is read: a stranger sends nothing that we keep in memory. */
export const requireCaller =
  (authenticate: Authenticate): RequestHandler =>
  async (req, res, next) => {
    const result = await authenticate({ authorization: req.get("authorization"), address: req.ip });
    if (result.kind === "refused") {
      res.set(result.headers);
      throw new Problem(result.refusal);
    }
    res.locals.caller = result.caller;
    noteInLog(res, { credentialId: result.caller.credentialId });
    next();
  };

export const callerOf = (res: Response): Caller => res.locals.caller as Caller;
