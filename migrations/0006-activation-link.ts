import { createTable } from "./columns.js";

/** A sign-up link that was given out. The token itself is never stored, only its SHA-256. */
export const activationLink = createTable("0006-activation-link", "activation_link", ({ word, instant }) => {
  word("tokenHash").notNullable().primary();
  word("merchantEntitlementId").notNullable();
  instant("linkNumber").notNullable();
  word("keyId").notNullable();
  instant("expiresAt").notNullable();
});
