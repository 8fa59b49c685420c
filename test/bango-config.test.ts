import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { bangoFor } from "../src/config/bango.js";
import { catalogueOf } from "../src/config/catalogue.js";
import type { BangoConfig, Config } from "../src/config/config.js";
import { ConfigError } from "../src/config/environment.js";
import type { Environment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load-config.js";

type Json = Readonly<Record<string, unknown>>;

const folder = mkdtempSync(join(tmpdir(), "mia-bango-config-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const ADDRESS = { baseUrl: "https://bango.example", username: "us", password: "for-bango" };
const production: Environment = {
  MASTER_KEY: "0123456789abcdef0123456789abcdef",
  PUBLIC_URL: "https://merchant.example.com",
  DATABASE_URL: "mysql://mia:mia@localhost:3306/mia",
};

function load(bango: Json | undefined, own?: Json, env: Environment = {}): Config {
  const products = [{ productKey: "MUSIC", plan: "premium", activation: "immediate" }];
  writeFileSync(
    join(folder, "mia.config.json"),
    JSON.stringify({
      inbound: {
        credentials: [
          {
            id: "bango-1",
            type: "basic",
            username: "bango",
            password: "a-good-inbound-secret-of-32-chars",
            resellers: ["*"],
          },
        ],
      },
      resellers: [
        { resellerId: "BANGOTEL", products },
        { resellerId: "OWNTEL", products, bango: own },
      ],
      accountSystem: { type: "demo", allowOutsideSandbox: true },
      bango,
    }),
  );
  return loadConfig({ ...production, ...env }, folder);
}

/** Where each fault is; fails where there is none, or one that does not explain itself. */
function faults(bango: Json | undefined, own?: Json, env: Environment = {}): readonly string[] {
  let config: Config;
  try {
    config = load(bango, own, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, reason, fix } of error.faults)
      for (const text of [path, reason, fix]) expect(text).toMatch(/\S/);
    return error.faults.map(({ path }) => path);
  }
  throw new Error(`nothing stopped ${JSON.stringify(config)}`);
}

const operation = (name: string, change: Json): Json => ({ ...ADDRESS, operations: { [name]: change } });

const bangoOf = ({ file }: Config, resellerId: string): BangoConfig | null =>
  bangoFor(file.bango, catalogueOf(file.resellers).bango(resellerId));

describe("how Bango is called", () => {
  it("is for each reseller what all have, with what is its own put over it", () => {
    const config = load(
      {
        ...ADDRESS,
        statusNames: { REVOKED: "GONE" },
        outcomes: [{ httpStatus: 404, outcome: "retry" }],
        operations: { notify: { enabled: false }, suspend: { method: "PUT", request: { requestId: "rid" } } },
      },
      {
        baseUrl: "https://asia.bango.example",
        requestIdHeader: "X-Id",
        outcomes: [{ httpStatus: "4xx", responseCode: "WAIT", outcome: "retry" }],
        operations: { suspend: { path: "/pause/{entitlementId}", request: { reasonCode: null } } },
      },
    );
    expect(config.bango).toMatchObject({ ...ADDRESS, password: ["for-bango"] });
    expect(bangoOf(config, "BANGOTEL")).toEqual(config.bango);
    expect(bangoOf(config, "OWNTEL")).toMatchObject({
      baseUrl: "https://asia.bango.example",
      username: "us",
      password: ["for-bango"],
      requestIdHeader: "X-Id",
      statusNames: { REVOKED: "GONE" },
      outcomes: [{ httpStatus: "4xx" }, { httpStatus: 404 }],
      operations: {
        notify: { enabled: false },
        suspend: {
          method: "PUT",
          path: "/pause/{entitlementId}",
          request: { requestId: "rid", reasonCode: null },
        },
      },
    });
  });

  it("may be in the file while the address is in the environment", () => {
    const env = {
      BANGO_BASE_URL: ADDRESS.baseUrl,
      BANGO_USERNAME: ADDRESS.username,
      BANGO_PASSWORD: ADDRESS.password,
    };
    const config = load({ requestIdHeader: "X-Id" }, undefined, env);
    expect(config.bango).toMatchObject({ ...ADDRESS, password: ["for-bango"], requestIdHeader: "X-Id" });
    expect(load({ requestIdHeader: "X-Id" }).bango).toBeNull();
  });

  it("may be known for one reseller alone", () => {
    const config = load(undefined, ADDRESS);
    expect(bangoOf(config, "BANGOTEL")).toBeNull();
    expect(bangoOf(config, "OWNTEL")).toMatchObject(ADDRESS.baseUrl ? { baseUrl: ADDRESS.baseUrl } : {});
    expect(bangoOf(config, "NOBODY")).toBeNull();
  });

  it("is shown in docs/configuration.md by an example that loads", () => {
    const readme = readFileSync(join(import.meta.dirname, "../docs/configuration.md"), "utf8");
    const [, example = ""] = /^```json\n(\{\n {2}"bango": [^]*?)^```$/m.exec(readme) ?? [];
    const { bango } = JSON.parse(example) as { readonly bango: Json };
    expect(load({ ...ADDRESS, ...bango }).bango).toMatchObject(bango);
  });

  it("takes two secrets", () => {
    const config = load({ ...ADDRESS, password: ["old", "new"] });
    expect(config.bango?.password).toEqual(["old", "new"]);
  });
});

describe("a configuration by which Bango cannot be called", () => {
  it.each<[string, Json, readonly string[]]>([
    ["an unknown message", operation("upgrade", {}), ["bango.operations.upgrade"]],
    ["an unknown key of one", operation("suspend", { url: "/x" }), ["bango.operations.suspend.url"]],
    ["a path without a slash", operation("suspend", { path: "x" }), ["bango.operations.suspend.path"]],
    ["a path that names a host", operation("suspend", { path: "//x/y" }), ["bango.operations.suspend.path"]],
    ["a path with a space", operation("suspend", { path: "/a b" }), ["bango.operations.suspend.path"]],
    ["a path that climbs", operation("suspend", { path: "/a/../b" }), ["bango.operations.suspend.path"]],
    ["a placeholder of nothing", operation("suspend", { path: "/{id}" }), ["bango.operations.suspend.path"]],
    [
      "an id of an entitlement in echo",
      operation("echo", { path: "/{entitlementId}" }),
      ["bango.operations.echo.path"],
    ],
    ["half a brace", operation("suspend", { path: "/{entitlementId" }), ["bango.operations.suspend.path"]],
    ["a method of its own", operation("suspend", { method: "HEAD" }), ["bango.operations.suspend.method"]],
    ...["activate", "terminate", "suspend", "resume", "update", "notify"].map(
      (name): [string, Json, readonly string[]] => [
        `a GET for ${name}`,
        operation(name, { method: "GET" }),
        [`bango.operations.${name}.method`],
      ],
    ),
    [
      "a field that the message has not",
      operation("suspend", { request: { productKey: "p" } }),
      ["bango.operations.suspend.request.productKey"],
    ],
    [
      "two fields in one place",
      operation("suspend", { request: { reasonCode: "/a", reasonCategory: "a" } }),
      ["bango.operations.suspend.request.reasonCode"],
    ],
    [
      "a field within another",
      operation("suspend", { request: { reasonCategory: "/a", reasonCode: "/a/b" } }),
      ["bango.operations.suspend.request.reasonCode"],
    ],
    [
      "a field upon one that stays as it is",
      operation("suspend", { request: { requestId: "entitlementId" } }),
      ["bango.operations.suspend.request.requestId"],
    ],
    [
      "a field in a prototype",
      operation("suspend", { request: { requestId: "/a/__proto__" } }),
      ["bango.operations.suspend.request.requestId"],
    ],
    [
      "an answer read from a prototype",
      operation("suspend", { reply: { status: "/constructor/name" } }),
      ["bango.operations.suspend.reply.status"],
    ],
    ["a status of nothing", { ...ADDRESS, statusNames: { LOST: "X" } }, ["bango.statusNames.LOST"]],
    ["an empty status", { ...ADDRESS, statusNames: { ACTIVE: "" } }, ["bango.statusNames.ACTIVE"]],
    ["a header with a space", { ...ADDRESS, requestIdHeader: "X Id" }, ["bango.requestIdHeader"]],
    ["the header of the secret", { ...ADDRESS, requestIdHeader: "authorization" }, ["bango.requestIdHeader"]],
    ["three secrets", { ...ADDRESS, password: ["a", "b", "c"] }, ["bango.password"]],
    ["no user", { baseUrl: ADDRESS.baseUrl, password: "x" }, ["bango.username"]],
    ["http", { ...ADDRESS, baseUrl: "http://bango.example" }, ["bango.baseUrl"]],
    ["ftp", { ...ADDRESS, baseUrl: "ftp://bango.example" }, ["bango.baseUrl"]],
    ["a secret in the address", { ...ADDRESS, baseUrl: "https://u:p@bango.example" }, ["bango.baseUrl"]],
    ["a query behind it", { ...ADDRESS, baseUrl: "https://bango.example/?a=b" }, ["bango.baseUrl"]],
  ])("with %s is refused where that stands", (_name, bango, where) => {
    expect(faults(bango)).toEqual(where);
  });

  it.each([
    [{ httpStatus: 99 }, "httpStatus"],
    [{ httpStatus: 600 }, "httpStatus"],
    [{ httpStatus: [409, 400] }, "httpStatus"],
    [{ httpStatus: "6xx" }, "httpStatus"],
    [{ httpStatus: "409" }, "httpStatus"],
    [{ httpStatus: 409, outcome: "ignored" }, "outcome"],
    [{ httpStatus: 409, message: "upgrade" }, "message"],
    [{ httpStatus: 409, status: [] }, "status"],
    [{ httpStatus: 409, code: "X" }, "code"],
  ])("with the outcome rule %j is refused", (rule, where) => {
    const at = (rules: readonly Json[]) => faults({ ...ADDRESS, outcomes: rules });
    expect(
      at([
        { httpStatus: 200, outcome: "delivered" },
        { outcome: "dead", ...rule },
      ]),
    ).toEqual([`bango.outcomes[1].${where}`]);
  });

  it("is refused in each reseller's own part, and what is wrong for all is said once", () => {
    expect(faults(ADDRESS, { baseUrl: "http://bango.example" })).toEqual(["resellers[1].bango.baseUrl"]);
    expect(faults(ADDRESS, { password: "x" })).toEqual(["resellers[1].bango.username"]);
    expect(faults(operation("suspend", { path: "x" }), { requestIdHeader: "X-Id" })).toEqual([
      "bango.operations.suspend.path",
    ]);
    const clash = { operations: { suspend: { request: { reasonCode: "rid" } } } };
    expect(faults(operation("suspend", { request: { requestId: "rid" } }), clash)).toEqual([
      "resellers[1].bango.operations.suspend.request.reasonCode",
    ]);
    expect(faults({ username: "us", password: "for-bango" }, { baseUrl: ADDRESS.baseUrl })).toEqual([
      "bango.baseUrl",
    ]);
  });

  it("is refused where the environment alone holds the address", () => {
    const env = { BANGO_BASE_URL: "http://bango.example", BANGO_USERNAME: "us", BANGO_PASSWORD: "x" };
    expect(faults(undefined, undefined, env)).toEqual(["bango.baseUrl"]);
    expect(faults(undefined, undefined, { BANGO_BASE_URL: "https://bango.example" })).toEqual([
      "bango.username",
      "bango.password",
    ]);
  });

  it("may be http in the sandbox alone", () => {
    const sandbox = { MIA_PROFILE: "sandbox", PUBLIC_URL: "http://localhost:3000" };
    expect(load({ ...ADDRESS, baseUrl: "http://127.0.0.1:3002" }, undefined, sandbox).bango?.baseUrl).toBe(
      "http://127.0.0.1:3002",
    );
  });
});
