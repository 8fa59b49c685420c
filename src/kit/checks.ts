import type { Check } from "./check.js";
import { access, accessUntil, accessWished, laggingRead } from "./checks/access.js";
import { keys, parallelOthers } from "./checks/apart.js";
import { health, results, shape } from "./checks/basics.js";
import { extensionData } from "./checks/extension-data.js";
import { idsAlone, idsCase, idsLength, idsOdd, idsSpaces, idsUnicode } from "./checks/ids.js";
import { abort, lateEffect, unknownOutcome } from "./checks/interrupted.js";
import { link } from "./checks/link.js";
import { listComplete, listOnce } from "./checks/list.js";
import { lookupLag, lookupResult, lookupUnused } from "./checks/lookup.js";
import { anotherKey, parallel, repeat, repeatLate } from "./checks/once.js";
import {
  change,
  eligibility,
  endAtPeriod,
  reinstate,
  resume,
  revoke,
  revokeUnknown,
  suspend,
} from "./checks/operations.js";
import { refusalEffect, refusalNamed } from "./checks/refusals.js";
import { registerExists, registerRepeat } from "./checks/register.js";
import { secrets } from "./checks/secrets.js";
import { authenticate, passwordExact } from "./checks/sign-up.js";

/** Every check, in the order in which a newcomer gets on with them. */
export const CHECKS: readonly Check[] = [
  shape,
  health,
  results,
  repeat,
  repeatLate,
  parallel,
  parallelOthers,
  keys,
  anotherKey,
  revoke,
  revokeUnknown,
  suspend,
  resume,
  change,
  endAtPeriod,
  reinstate,
  eligibility,
  access,
  accessWished,
  accessUntil,
  laggingRead,
  abort,
  lateEffect,
  unknownOutcome,
  lookupUnused,
  lookupResult,
  lookupLag,
  listComplete,
  listOnce,
  idsAlone,
  idsCase,
  idsSpaces,
  idsLength,
  idsUnicode,
  idsOdd,
  extensionData,
  refusalNamed,
  refusalEffect,
  secrets,
  registerRepeat,
  registerExists,
  authenticate,
  passwordExact,
  link,
];
