import { randomBytes } from "node:crypto";
import { URL } from "node:url";
import { afterwards } from "./clean-up.mjs";

/** A database of our own on this server, gone when the script ends: nobody's data are met by mistake. */
export async function ownDatabase(serverUrl, purpose) {
  const { createConnection } = await import("mysql2/promise");
  const name = `mia_${purpose}_${randomBytes(6).toString("hex")}`;
  const say = async (statement) => {
    const connection = await createConnection({ uri: serverUrl });
    try {
      await connection.query(statement);
    } finally {
      await connection.end();
    }
  };
  await say(`create database ${name} character set utf8mb4`);
  afterwards(() => say(`drop database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
