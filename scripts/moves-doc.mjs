// Writes docs/moves.md from the table of moves that the build left in dist; `--check` only compares.
import "./lib/node-version.mjs";
import { STANDINGS } from "../dist/src/core/entitlement.js";
import { MOVES } from "../dist/src/core/moves.js";
import { keepGenerated } from "./lib/generated.mjs";
import { grid, named } from "./lib/markdown.mjs";

const ROWS = {
  activate: "activate, same content",
  activateOther: "activate, other content",
  completeSignUp: "sign-up completed",
  activationInfo: "activationInfo",
  update: "update",
  suspend: "suspend",
  resume: "resume",
  cancel: "cancel; terminate, `immediate: false`",
  cancelExpired: "cancel with code EXPIRED",
  reinstate: "reinstate",
  revoke: "revoke; terminate, `immediate: true`",
  block: "block (the merchant's own)",
  unblock: "unblock (the merchant's own)",
  relink: "relink to another account (the merchant's own)",
  notify: "not eligible (the merchant's own)",
  endDateReached: "our clock: end date reached",
  pendingTooOld: "our clock: PENDING too old (off by default)",
  expiryPassed: "our clock: dateExpiry passed (off by default)",
};
const COLUMNS = {
  none: "none yet",
  PENDING: "PENDING",
  ACTIVE: "ACTIVE",
  "ACTIVE-ENDING": "ACTIVE-ENDING",
  SUSPENDED: "SUSPENDED",
  "SUSPENDED-ENDING": "SUSPENDED, end date set",
  ENDED: "CANCELLED or REVOKED",
};
const CODES = { notFound: "NOT_FOUND", conflict: "CONFLICT", alreadyExists: "ALREADY_EXISTS" };

const INTRODUCTION = `# The table of moves

Whatever Bango, a customer, the merchant or our own clock wants of an entitlement is one row here, the state that the entitlement is in is one column, and the cell says what comes of it.
A cell with a state also names, in brackets, what your account system is asked first; while an entitlement is PENDING because its customer has not signed up yet, an update or an end asks it nothing, and while it is PENDING because your account system has accepted the activation without finishing it, a repeated activate is answered without a link, and activationInfo and sign-up are refused.
"Already so" is success, status 200 with the present record and no effect anywhere; a word in capitals that is no state is the \`responseCode\` of a refusal, which has no effect either; a dash cannot come about.
A block is no state: access is given while the state grants it and no block holds. So while one holds, suspend and resume ask your account system nothing, every other call asks for no access, and only the first block and the last one lifted ask for a change.

`;

keepGenerated("docs/moves.md", INTRODUCTION + table(), "node scripts/moves-doc.mjs");

function table() {
  const rows = Object.entries(MOVES).map(([name, row]) => [
    named(ROWS, name),
    ...STANDINGS.map((standing) => cellText(row[standing])),
  ]);
  return grid([["", ...STANDINGS.map((standing) => named(COLUMNS, standing))], ...rows]);
}

function cellText(cell) {
  switch (cell.kind) {
    case "move":
      return `${cell.to.join(" or ")} (${cell.ask}${cell.note === undefined ? "" : `; ${cell.note}`})`;
    case "written":
      return `${cell.to.join(" or ")} (nothing asked)`;
    case "told":
      return "Bango is told";
    case "alreadySo":
      return cell.note === undefined ? "already so" : `already so, ${cell.note}`;
    case "freshUrl":
      return "PENDING, fresh URL";
    case "refuse":
      return named(CODES, cell.code);
    case "never":
      return "–";
    default:
      throw new Error(`a cell of a kind that is not documented: ${cell.kind}`);
  }
}
