import { createTable } from "./columns.js";

/** When each inbound secret, of file or table, was last used. `secretKey`: a hash of the secret's hash. */
export const secretUse = createTable("0019-secret-use", "secret_use", ({ word, instant }, table) => {
  word("credentialId").notNullable();
  word("secretKey").notNullable();
  instant("lastUsedAt").notNullable();
  table.primary(["credentialId", "secretKey"]);
});
