/** Where the data lives, from `DATABASE_URL`. */
export type DatabaseAddress =
  | { readonly engine: "sqlite"; readonly file: string }
  | {
      readonly engine: "mysql";
      /** Tried in this order for each new connection. */
      readonly hosts: readonly string[];
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
      /** The `ssl` parameter: a mysql2 profile name or a JSON object of TLS options. */
      readonly ssl: string | Readonly<Record<string, unknown>> | null;
    };

const MYSQL_URL = /^mysql:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)\/([^/?]+)(?:\?(.*))?$/;

/** Throws an Error whose text says what is wrong, without the password. */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (url.startsWith("sqlite:")) {
    const file = url.slice("sqlite:".length).replace(/^\/\//, "");
    if (file === "" || file === ":memory:")
      throw new Error(
        "a SQLite database needs a file: sqlite:./data/mia.db (memory would lose every entitlement)",
      );
    return { engine: "sqlite", file };
  }
  const match = MYSQL_URL.exec(url);
  if (!match) throw new Error("expected sqlite:FILE or mysql://user:password@host[,host…]:port/database");
  const [, user = "", password = "", authority = "", database = "", query = ""] = match;
  const port = /:(\d+)$/.exec(authority)?.[1];
  const hosts = authority.replace(/:\d+$/, "").split(",");
  if (hosts.some((host) => host === "" || (host.includes(":") && !host.startsWith("["))))
    throw new Error("hosts are separated by commas and share one port at the end: mysql://u:p@h1,h2:3306/db");
  const ssl = new URLSearchParams(query).get("ssl");
  return {
    engine: "mysql",
    hosts: hosts.map((host) => host.replace(/^\[|\]$/g, "")),
    port: port === undefined ? 3306 : Number(port),
    user: decodeURIComponent(user),
    password: decodeURIComponent(password),
    database: decodeURIComponent(database),
    ssl:
      ssl === null || ssl === ""
        ? null
        : ssl.startsWith("{")
          ? (JSON.parse(ssl) as Record<string, unknown>)
          : ssl,
  };
}
