import { createTable } from "./columns.js";

/** Signing and link keys, encrypted with MASTER_KEY, shared by all replicas. */
export const secretKey = createTable("0007-secret-key", "secret_key", ({ word, long, instant }) => {
  word("keyId").notNullable().primary();
  word("purpose").notNullable();
  long("sealed").notNullable();
  instant("createdAt").notNullable();
});
