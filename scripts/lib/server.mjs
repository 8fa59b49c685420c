import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Engine and version in the server's own words. */
export async function versionAt(url) {
  // Loaded late: the scripts that install mysql2 cannot begin by importing it.
  const { createConnection } = await import("mysql2/promise");
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [[row]] = await connection.query("select version() as version, @@version_comment as comment");
    return `${/mariadb/i.test(row.version + row.comment) ? "MariaDB" : "MySQL"} ${row.version}`;
  } finally {
    await connection.end();
  }
}

/** Waits until the server lets us in; `gone` tells that it never will. */
export async function ready(url, { gone, limitSeconds = 60 }) {
  const endsAt = Date.now() + limitSeconds * 1000;
  for (;;) {
    try {
      await versionAt(url);
      return true;
    } catch {
      if (gone() || Date.now() > endsAt) return false;
      await sleep(100);
    }
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
