import { createTable } from "./columns.js";

/** Inbound credentials made by `mia credentials new`, beside those of the file. Of a secret only its SHA-256 is kept. */
export const credential = createTable("0018-credential", "credential", ({ word, text, long, instant }) => {
  word("credentialId").notNullable().primary();
  word("type").notNullable();
  text("name").notNullable();
  word("secretHash").notNullable();
  long("resellers").notNullable();
  word("owner").notNullable();
  instant("createdAt").notNullable();
  instant("retiredAt");
});
