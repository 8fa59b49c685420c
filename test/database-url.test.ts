import { describe, expect, it } from "@jest/globals";
import { parseDatabaseUrl } from "../src/store/database-url.js";

describe("the address of a SQLite database", () => {
  it.each([
    ["sqlite:./data/mia.db", "./data/mia.db"],
    ["sqlite:data/mia.db", "data/mia.db"],
    ["sqlite:/var/lib/mia/mia.db", "/var/lib/mia/mia.db"],
    ["sqlite:///var/lib/mia/mia.db", "/var/lib/mia/mia.db"],
    ["sqlite://./data/mia.db", "./data/mia.db"],
    ["sqlite:C:\\data\\mia.db", "C:\\data\\mia.db"],
  ])("%s is the file %s", (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ engine: "sqlite", file });
  });

  it.each(["sqlite:", "sqlite://", "sqlite::memory:"])(
    "%s is no file, and memory would lose everything",
    (url) => {
      expect(() => parseDatabaseUrl(url)).toThrow(/needs a file/);
    },
  );
});

describe("the address of a MySQL or MariaDB database", () => {
  const address = (url: string) => {
    const parsed = parseDatabaseUrl(url);
    if (parsed.engine !== "mysql") throw new Error("not MySQL");
    return parsed;
  };

  it("has user, password, host, port and database", () => {
    expect(address("mysql://mia:secret@db.example:3307/entitlements")).toEqual({
      engine: "mysql",
      hosts: ["db.example"],
      port: 3307,
      user: "mia",
      password: "secret",
      database: "entitlements",
      ssl: null,
    });
  });

  it("keeps the order of several hosts, which share the one port", () => {
    expect(address("mysql://u:p@h1,h2,h3:3308/db")).toMatchObject({ hosts: ["h1", "h2", "h3"], port: 3308 });
  });

  it("takes 3306 where no port is named", () => {
    expect(address("mysql://u:p@h1,h2/db")).toMatchObject({ hosts: ["h1", "h2"], port: 3306 });
  });

  it("takes addresses of IPv6 in brackets", () => {
    expect(address("mysql://u:p@[2001:db8::1],[::1]:3306/db").hosts).toEqual(["2001:db8::1", "::1"]);
    expect(address("mysql://u:p@[2001:db8::1]/db")).toMatchObject({ hosts: ["2001:db8::1"], port: 3306 });
  });

  it("decodes what had to be written as %-codes", () => {
    expect(address("mysql://m%40a:p%2F%3A%40%25@h/d%20b")).toMatchObject({
      user: "m@a",
      password: "p/:@%",
      database: "d b",
    });
  });

  it("needs neither password nor user", () => {
    expect(address("mysql://mia@h/db")).toMatchObject({ user: "mia", password: "" });
    expect(address("mysql://h/db")).toMatchObject({ user: "", password: "" });
  });

  it("takes a TLS profile by name, or TLS options as JSON", () => {
    expect(address("mysql://u:p@h/db?ssl=Amazon%20RDS").ssl).toBe("Amazon RDS");
    const options = { minVersion: "TLSv1.2", rejectUnauthorized: true };
    expect(address(`mysql://u:p@h/db?ssl=${encodeURIComponent(JSON.stringify(options))}`).ssl).toEqual(
      options,
    );
    expect(address("mysql://u:p@h/db?ssl=").ssl).toBeNull();
  });

  it.each([
    "mysql:",
    "mysql://",
    "mysql://u:canary@h",
    "mysql://u:canary@h/",
    "mysql://u:canary@/db",
    "mysql://u:canary@h1,/db",
    "mysql://u:canary@h1:3306,h2:3306/db",
    "mysql://u:canary@2001:db8::1/db",
    "mysql://u:can/ary@h/db",
    "postgres://u:canary@h/db",
    "mysql://u:canary@h/db?ssl={broken",
    "",
  ])("%s is refused, without its password being told", (url) => {
    expect(() => parseDatabaseUrl(url)).toThrow(Error);
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      expect(String(error)).not.toMatch(/canary|ary@/);
    }
  });
});
