import type { Request } from "express";
import { en } from "./en.js";
import type { Messages } from "./messages.js";

/** The first is for those whose language we do not have. */
const ALL: readonly [Messages, ...Messages[]] = [en];

/** By Accept-Language. */
export function chooseMessages(req: Request): Messages {
  const language = req.acceptsLanguages(ALL.map((messages) => messages.language));
  return ALL.find((messages) => messages.language === language) ?? ALL[0];
}
