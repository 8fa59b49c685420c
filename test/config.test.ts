import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ConfigError } from "../src/config/environment.js";
import type { ConfigFault, Environment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load-config.js";
import type { Config } from "../src/config/config.js";

type Json = Record<string, unknown>;

const SECRET = "a-good-inbound-secret-of-32-chars";
const MASTER_KEY = "0123456789abcdef0123456789abcdef";

const base = mkdtempSync(join(tmpdir(), "mia-config-"));
let folder = "";
let count = 0;

beforeEach(() => {
  folder = mkdtempSync(join(base, `${String((count += 1))}-`));
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

const credential = (overrides: Json = {}): Json => ({
  id: "bango-1",
  type: "basic",
  username: "bango",
  password: SECRET,
  resellers: ["*"],
  ...overrides,
});

const client = (overrides: Json = {}): Json => ({
  id: "bango-2",
  type: "oauth2-client",
  clientId: "bango",
  clientSecret: SECRET,
  resellers: ["*"],
  ...overrides,
});

const issuer = (overrides: Json = {}): Json => ({
  id: "bango-3",
  type: "oauth2-issuer",
  issuer: "https://idp.example.com",
  audience: "merchant",
  jwksUri: "https://idp.example.com/jwks",
  resellers: ["*"],
  ...overrides,
});

const good = (): Json => ({
  inbound: { credentials: [credential()] },
  resellers: [
    {
      resellerId: "BANGOTEL",
      products: [{ productKey: "MUSIC", plan: "premium", activation: "immediate" }],
    },
  ],
  accountSystem: { type: "demo", allowOutsideSandbox: true },
});

const PRODUCT = { productKey: "MUSIC", plan: "premium", activation: "immediate" };
const withReseller = (more: Json): Json => ({
  resellers: [{ resellerId: "BANGOTEL", products: [PRODUCT], ...more }],
});
const withProduct = (more: Json): Json => withReseller({ products: [{ ...PRODUCT, ...more }] });
const NOON = "2026-03-15T12:00:00Z";

const production: Environment = {
  MASTER_KEY,
  PUBLIC_URL: "https://merchant.example.com",
  DATABASE_URL: "mysql://mia:mia@localhost:3306/mia",
};

const writeFile = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

function load(file: Json | string, env: Environment = production): Config {
  writeFile("mia.config.json", typeof file === "string" ? file : JSON.stringify(file));
  return loadConfig(env, folder);
}

/** Every fault that stops this configuration; fails where nothing does, or where one does not explain itself. */
function faultsOf(file: Json | string, env: Environment = production): readonly ConfigFault[] {
  let config: Config;
  try {
    config = load(file, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, reason, fix } of error.faults)
      for (const text of [path, reason, fix]) expect(text).toMatch(/\S/);
    return error.faults;
  }
  throw new Error(`nothing stopped ${JSON.stringify(config)}`);
}

const paths = (faults: readonly ConfigFault[]): readonly string[] => faults.map(({ path }) => path);

describe("a configuration without fault", () => {
  it("is loaded from mia.config.json in the folder, and frozen", () => {
    const config = load(good());
    expect(config).toMatchObject({
      profile: "production",
      publicUrl: "https://merchant.example.com",
      databaseUrl: production.DATABASE_URL,
      masterKey: MASTER_KEY,
      sandbox: null,
    });
    expect(config.file.inbound.credentials).toEqual([
      { ...credential(), password: [SECRET], owner: "bango" },
    ]);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("is read from CONFIG_FILE, relative to the folder or absolute", () => {
    const path = writeFile("other.json", JSON.stringify(good()));
    for (const CONFIG_FILE of ["other.json", path])
      expect(loadConfig({ ...production, CONFIG_FILE }, folder).file.resellers).toHaveLength(1);
  });

  it("has the defaults of production", () => {
    expect(load(good())).toMatchObject({
      host: "0.0.0.0",
      port: 3000,
      adminHost: "127.0.0.1",
      adminPort: 3001,
      trustProxy: false,
      replicas: 1,
      logLevel: "info",
    });
    expect(load(good(), { ...production, DATABASE_URL: undefined }).databaseUrl).toBe("sqlite:./data/mia.db");
  });

  it("has the limits of 2.5, each of which can be set", () => {
    expect(load(good()).file.limits).toEqual({
      turnWaitMs: 2000,
      accountDeadlineMs: 5000,
      leaseMs: 10_000,
      activationTtlMs: 86_400_000,
      orphanGraceMs: 60_000,
      expiryGraceMs: 0,
      pendingMaxAgeMs: 0,
      completionAlarmMs: 3_600_000,
      failedAuthPerMinute: 100,
      accountCallsPerReseller: 64,
      accountQueueMs: 1000,
      tokenTtlMs: 3_600_000,
    });
    const limits = { accountDeadlineMs: 300, leaseMs: 700 };
    expect(load({ ...good(), limits }).file.limits).toMatchObject({ ...limits, turnWaitMs: 2000 });
  });

  it("takes what differs by machine from the environment", () => {
    const env = {
      ...production,
      HOST: "192.0.2.7",
      PORT: "8080",
      ADMIN_HOST: "::1",
      ADMIN_PORT: "0",
      PUBLIC_URL: "https://merchant.example.com/sign-up//",
      TRUST_PROXY: "2",
      REPLICAS: "3",
      LOG_LEVEL: "warn",
    };
    expect(load(good(), env)).toMatchObject({
      host: "192.0.2.7",
      port: 8080,
      adminHost: "::1",
      adminPort: 0,
      publicUrl: "https://merchant.example.com/sign-up",
      trustProxy: 2,
      replicas: 3,
      logLevel: "warn",
    });
    expect(load(good(), { ...env, TRUST_PROXY: "192.0.2.0/24" }).trustProxy).toBe("192.0.2.0/24");
    expect(load(good(), { ...env, TRUST_PROXY: "false" }).trustProxy).toBe(false);
  });

  it("counts an empty variable as one that is not set", () => {
    expect(load(good(), { ...production, PORT: "", LOG_LEVEL: "", HOST: "" })).toMatchObject({
      port: 3000,
      logLevel: "info",
      host: "0.0.0.0",
    });
  });

  it("takes brands, limits, dates of sale and catch-alls of a reseller", () => {
    const dates = { validFrom: NOON, validTo: "2026-03-15T13:00:01+01:00", stopSell: true };
    const more = {
      resellerId: "*",
      publicUrl: "https://tv.example.com/brand/",
      limits: { accountDeadlineMs: 9999, activationTtlMs: 60_000 },
      products: [
        { ...PRODUCT, ...dates },
        { ...PRODUCT, productKey: "*" },
      ],
    };
    const config = load({ ...good(), ...withReseller(more) });
    expect(config.file.resellers).toEqual([expect.objectContaining(more)]);
    expect(config.notInForce).toEqual([]);
  });

  it("says what it names that has no effect in this release", () => {
    expect(load(good()).notInForce).toEqual([]);
    const file = good();
    expect(load({ ...file, reports: { bucket: "ours" } }).notInForce).toEqual(["reports"]);
  });

  it("calls Bango as the file says, else as the environment says, else not at all", () => {
    const env = {
      ...production,
      BANGO_BASE_URL: "https://b.example",
      BANGO_USERNAME: "us",
      BANGO_PASSWORD: "one",
    };
    const bango = { baseUrl: "https://bango.example", username: "us", password: "for-bango" };
    expect(load(good()).bango).toBeNull();
    expect(load(good(), env).bango).toEqual({
      baseUrl: "https://b.example",
      username: "us",
      password: ["one"],
    });
    expect(load({ ...good(), bango }, env).bango).toEqual({ ...bango, password: ["for-bango"] });
  });

  it.each(["clock", "sign-up", "merchant", "compensation", "outbox"])(
    "refuses the owner %s, which is ours",
    (owner) => {
      const credentials = [credential({ owner }), client({ owner }), issuer({ owner })];
      expect(paths(faultsOf({ ...good(), inbound: { credentials } }))).toEqual([
        "inbound.credentials[0].owner",
        "inbound.credentials[1].owner",
        "inbound.credentials[2].owner",
      ]);
    },
  );

  it("takes each user name and each client id once, a user and a client of one name beside each other", () => {
    const faults = (...credentials: Json[]): readonly string[] =>
      paths(faultsOf({ ...good(), inbound: { credentials } }));
    expect(faults(credential(), credential({ id: "other" }))).toEqual(["inbound.credentials"]);
    expect(faults(client(), client({ id: "other" }))).toEqual(["inbound.credentials"]);
    const both = { ...good(), inbound: { credentials: [credential({ username: "bango" }), client()] } };
    expect(load(both).file.inbound.credentials).toHaveLength(2);
  });

  it.each([
    ["two forms of a secret", { passwordHash: `sha256:${"0a".repeat(32)}` }, "clientSecret"],
    ["no secret", { clientSecret: undefined }, "clientSecret"],
    ["three secrets", { clientSecret: [SECRET, SECRET, SECRET] }, "clientSecret"],
    ["no client id", { clientId: undefined }, "clientId"],
    ["a client id that RFC 6749 does not have", { clientId: "bängo" }, "clientId"],
    ["no resellers", { resellers: undefined }, "resellers"],
    ["a key that there is not", { username: "bango" }, "username"],
  ])("refuses a client with %s", (_what, change, key) => {
    const faults = faultsOf({ ...good(), inbound: { credentials: [client(change)] } });
    expect(paths(faults)).toEqual([`inbound.credentials[0].${key}`]);
  });

  it.each(["issuer", "audience", "jwksUri", "resellers"])("refuses an issuer without %s", (key) => {
    const faults = faultsOf({ ...good(), inbound: { credentials: [issuer({ [key]: undefined })] } });
    expect(paths(faults)).toEqual([`inbound.credentials[0].${key}`]);
  });

  it("takes one secret or a list of two, or hashes instead", () => {
    const passwords = ["the-first-secret-of-two", "the-second-secret-of-two"];
    const hash = `sha256:${"0a".repeat(32)}`;
    const with_ = (one: Json): Json => ({ ...good(), inbound: { credentials: [credential(one)] } });
    expect(load(with_({ password: passwords })).file.inbound.credentials[0]).toMatchObject({
      password: passwords,
    });
    expect(
      load(with_({ password: undefined, passwordHash: hash })).file.inbound.credentials[0],
    ).toMatchObject({ passwordHash: [hash] });
    for (const wrong of [
      { password: ["a".repeat(20), "b".repeat(20), "c".repeat(20)] },
      { password: [] },
      { passwordHash: hash },
      { password: undefined },
      { password: undefined, passwordHash: "sha256:abc" },
    ])
      expect(paths(faultsOf(with_(wrong)))[0]).toMatch(/^inbound\.credentials\[0\]\.password/);
  });
});

describe("values from elsewhere", () => {
  it("env:NAME is that variable, wherever a string stands", () => {
    const file = good();
    file.inbound = {
      credentials: [credential({ username: "env:THE_USER", password: ["env:OLD", "env:NEW"] })],
    };
    const env = { ...production, THE_USER: "bango-live", OLD: `${SECRET}-old`, NEW: `${SECRET}-new` };
    expect(load(file, env).file.inbound.credentials[0]).toMatchObject({
      username: "bango-live",
      password: [`${SECRET}-old`, `${SECRET}-new`],
    });
  });

  it("file:PATH is that file's content without the line break at its end", () => {
    for (const end of ["", "\n", "\r\n"]) {
      const path = writeFile("secret", `${SECRET} ${end}`);
      const file = good();
      file.inbound = { credentials: [credential({ password: `file:${path}` })] };
      expect(load(file).file.inbound.credentials[0]).toMatchObject({ password: [`${SECRET} `] });
    }
  });

  it("NAME_FILE stands in for every variable, also one that the file names by env:", () => {
    const file = good();
    file.inbound = { credentials: [credential({ password: "env:INBOUND_PASSWORD" })] };
    const env = {
      PORT_FILE: writeFile("port", "8081\n"),
      MASTER_KEY_FILE: writeFile("master-key", `${MASTER_KEY}\n`),
      PUBLIC_URL_FILE: writeFile("url", "https://from-a-file.example.com\n"),
      INBOUND_PASSWORD_FILE: writeFile("password", `${SECRET}\n`),
    };
    const config = load(file, env);
    expect(config).toMatchObject({
      port: 8081,
      masterKey: MASTER_KEY,
      publicUrl: "https://from-a-file.example.com",
    });
    expect(config.file.inbound.credentials[0]).toMatchObject({ password: [SECRET] });
  });

  it("the variable itself goes before its file", () => {
    expect(load(good(), { ...production, PORT: "8082", PORT_FILE: writeFile("port", "1") }).port).toBe(8082);
  });

  it("what cannot be found is a fault at the place that wants it, once", () => {
    const file = good();
    file.inbound = {
      credentials: [
        credential({ password: ["env:NOT_THERE", "file:/not/there"] }),
        credential({ id: "bango-2", password: "env:NOT_THERE_EITHER" }),
      ],
    };
    const faults = faultsOf(file, { ...production, LOG_LEVEL_FILE: "/not/there/either" });
    expect(faults).toEqual([
      {
        path: "inbound.credentials[0].password[0]",
        reason: "the variable NOT_THERE is not set",
        fix: "Set NOT_THERE, or NOT_THERE_FILE to a file",
      },
      expect.objectContaining({ path: "inbound.credentials[0].password[1]" }),
      expect.objectContaining({ path: "inbound.credentials[1].password" }),
      expect.objectContaining({ path: "LOG_LEVEL_FILE" }),
    ]);
  });
});

describe("faults", () => {
  it("are all listed at once, those of the environment with those of the file", () => {
    const file = good();
    file.resellers = [
      {
        resellerId: "BANGOTEL",
        maxLivePerCustomer: 0,
        products: [{ productKey: "MUSIC", plan: "premium", activation: "now" }],
      },
    ];
    const faults = faultsOf(file, {
      MIA_PROFILE: "productoin",
      PORT: "70000",
      ADMIN_PORT: "x",
      REPLICAS: "0",
      LOG_LEVEL: "loud",
      TRUST_PROXY: "true",
      DATABASE_URL: "postgres://mia@localhost/mia",
      PUBLIC_URL: "http://merchant.example.com",
    });
    expect([...paths(faults)].sort()).toEqual([
      "ADMIN_PORT",
      "DATABASE_URL",
      "LOG_LEVEL",
      "MASTER_KEY",
      "MIA_PROFILE",
      "PORT",
      "PUBLIC_URL",
      "REPLICAS",
      "TRUST_PROXY",
      "resellers[0].maxLivePerCustomer",
      "resellers[0].products[0].activation",
    ]);
  });

  it("of the environment are listed where the file is missing, too", () => {
    expect(() => loadConfig({ PORT: "x" }, folder)).toThrow(ConfigError);
    try {
      loadConfig({ PORT: "x" }, folder);
    } catch (error) {
      const { faults } = error as ConfigError;
      expect(paths(faults)).toEqual(["CONFIG_FILE", "PORT", "MASTER_KEY", "PUBLIC_URL"]);
      expect(faults[0]?.reason).toContain(join(folder, "mia.config.json"));
    }
  });

  it("name each key that nobody knows, at every depth", () => {
    const file = good();
    file.limitz = {};
    file.inbound = { credentials: [credential({ passwrod: "x" })], alowed: [] };
    file.resellers = [
      {
        resellerId: "BANGOTEL",
        operations: { suspnd: false },
        products: [{ productKey: "MUSIC", plan: "premium", activation: "immediate", prize: 1 }],
      },
    ];
    file.accountSystem = { type: "demo", allowOutsideSandbox: true, url: "x" };
    file.limits = { turnWaitS: 2 };
    expect([...paths(faultsOf(file))].sort()).toEqual([
      "accountSystem.url",
      "inbound.alowed",
      "inbound.credentials[0].passwrod",
      "limits.turnWaitS",
      "limitz",
      "resellers[0].operations.suspnd",
      "resellers[0].products[0].prize",
    ]);
  });

  it.each([
    ["resellers", { resellers: [] }],
    ["resellers", { resellers: undefined }],
    ["accountSystem", { accountSystem: undefined }],
    ["accountSystem.type", { accountSystem: { type: "deemo" } }],
    ["contract.preset", { contract: { preset: "vdm" } }],
    ["limits.leaseMs", { limits: { leaseMs: 5000 } }],
    ["limits.turnWaitMs", { limits: { turnWaitMs: 0 } }],
    ["limits.accountDeadlineMs", { limits: { accountDeadlineMs: "5000" } }],
    ["admin.tokens[0].role", { admin: { tokens: [{ id: "t", token: SECRET, role: "root" }] } }],
    [
      "inbound.allowedAddresses[1]",
      { inbound: { credentials: [credential()], allowedAddresses: ["192.0.2.0/24", "192.0.2.0/33"] } },
    ],
    ["inbound.credentials", { inbound: { credentials: [credential(), credential({ username: "other" })] } }],
    ["inbound.credentials[0].username", { inbound: { credentials: [credential({ username: "a:b" })] } }],
    ["inbound.credentials[0].type", { inbound: { credentials: [credential({ type: "digest" })] } }],
    ["resellers[0].products", { resellers: [{ resellerId: "R", products: [] }] }],
    ...[
      "http://tv.example.com",
      "ftp://tv.example.com",
      "https://tv.example.com/?brand=a",
      "https://tv.example.com/#top",
      "https://tv.example.com/tv?",
      "tv.example.com",
    ].map((publicUrl) => ["resellers[0].publicUrl", withReseller({ publicUrl })] as const),
    [
      "resellers[0].limits.accountDeadlineMs",
      { ...withReseller({ limits: { accountDeadlineMs: 10_000 } }), limits: { leaseMs: 10_000 } },
    ],
    ["resellers[0].limits.activationTtlMs", withReseller({ limits: { activationTtlMs: 0 } })],
    ["resellers[0].limits.turnWaitMs", withReseller({ limits: { turnWaitMs: 1 } })],
    ["resellers[0].products[0].validTo", withProduct({ validFrom: NOON, validTo: NOON })],
    [
      "resellers[0].products[0].validTo",
      withProduct({ validFrom: NOON, validTo: "2026-03-15T12:59:59+01:00" }),
    ],
    ["resellers[0].products[0].validFrom", withProduct({ validFrom: "2026-03-15T12:00:00" })],
  ] as const)("%s is where the fault is said to be", (path, change) => {
    expect(paths(faultsOf({ ...good(), ...change }))).toEqual([path]);
  });

  it("name a product or a reseller that stands there twice", () => {
    const product = { productKey: "MUSIC", plan: "premium", activation: "immediate" };
    expect(
      paths(faultsOf({ ...good(), resellers: [{ resellerId: "R", products: [product, product] }] })),
    ).toEqual(["resellers[0].products"]);
    const reseller = { resellerId: "R", products: [product] };
    expect(paths(faultsOf({ ...good(), resellers: [reseller, reseller] }))).toEqual(["resellers"]);
  });

  it("say of a file that is no JSON where it breaks, without quoting it", () => {
    const secret = "hunter2-hunter2-hunter2";
    for (const text of [
      `{"admin": {"tokens": [{"token": ${secret}}]}}`,
      `{"token": "${secret}`,
      `{"token": "${secret}" "id": 1}`,
      `{"token": "${secret}",}`,
      "",
      "[1, 2",
    ]) {
      const [fault, ...others] = faultsOf(text);
      expect(others).toEqual([]);
      expect(fault).toMatchObject({ path: "CONFIG_FILE", reason: expect.stringContaining("is not JSON") });
      expect(JSON.stringify(fault)).not.toContain("hunter2");
    }
  });

  it("say of JSON that is no object that the file is wrong", () => {
    for (const text of ["[]", "null", '"text"']) expect(paths(faultsOf(text))).toEqual(["CONFIG_FILE"]);
  });

  it("hold no secret, whatever is wrong beside it", () => {
    const canary = (name: string): string => `canary-${name}`;
    const file = {
      inbound: {
        credentials: [
          { id: "b 1", type: "basic", username: canary("user"), password: [canary("p1"), 5, canary("p2")] },
          {
            id: "b2",
            type: "basic",
            username: "b2",
            password: "env:SECRET_TWO",
            passwordHash: canary("hash"),
          },
          {
            id: "b3",
            type: "basic",
            username: "b3",
            password: `file:${writeFile("s3", canary("p3"))}`,
            resellers: 7,
          },
        ],
        allowedAddresses: [canary("address")],
      },
      resellers: canary("resellers"),
      accountSystem: { type: canary("type") },
      bango: { baseUrl: canary("url"), username: "", password: canary("p4") },
      admin: { tokens: [{ id: "t", token: canary("token"), role: canary("role") }] },
    };
    const env = {
      SECRET_TWO: canary("two"),
      MASTER_KEY: canary("master"),
      DATABASE_URL: `mysl://u:${canary("db")}@h/d`,
      PUBLIC_URL: `https://u:${canary("public")}@h/?x`,
      LOG_LEVEL: canary("level"),
      PORT: canary("port"),
    };
    expect(faultsOf(file, env).length).toBeGreaterThan(12);
    const text = JSON.stringify(faultsOf(file, env)) + textOf(file, env);
    expect(text).not.toContain("canary");

    const short = { ...good(), inbound: { credentials: [credential({ password: "canary-short" })] } };
    expect(JSON.stringify(faultsOf(short)) + textOf(short, production)).not.toContain("canary");
  });

  function textOf(file: Json, env: Environment): string {
    try {
      load(file, env);
    } catch (error) {
      return String(error);
    }
    return "";
  }
});

describe("outside the sandbox a start is refused", () => {
  const lone = (file: Json, env: Environment = production): string => {
    const faults = faultsOf(file, env);
    expect(faults).toHaveLength(1);
    return faults[0]?.path ?? "";
  };

  it("where a foreign issuer's keys would come over plain http", () => {
    const fault = (jwksUri: string): string =>
      lone({ ...good(), inbound: { credentials: [issuer({ jwksUri })] } });
    expect(fault("http://idp.example.com/jwks")).toBe("inbound.credentials[0].jwksUri");
    expect(load({ ...good(), inbound: { credentials: [issuer()] } }).file.inbound.credentials).toHaveLength(
      1,
    );
  });

  it.each([
    "short",
    "fifteen-letters",
    "changeme-changeme-changeme",
    "change-me-change-me-change-me",
    "password12345678",
    "Secret_0123456789",
    "example-example-example",
    "your-password-goes-here",
    "<put the secret here>",
  ])("with a secret that is short or a default: %s", (password) => {
    expect(lone({ ...good(), inbound: { credentials: [credential({ password })] } })).toBe(
      "inbound.credentials (bango-1).password",
    );
    expect(
      lone({ ...good(), inbound: { credentials: [credential({ password: [SECRET, password] })] } }),
    ).toBe("inbound.credentials (bango-1).password");
    expect(
      lone({ ...good(), inbound: { credentials: [client({ clientSecret: [SECRET, password] })] } }),
    ).toBe("inbound.credentials (bango-2).clientSecret");
    expect(lone({ ...good(), admin: { tokens: [{ id: "office", token: password }] } })).toBe(
      "admin.tokens (office).token",
    );
  });

  it("without a MASTER_KEY of 32 bytes", () => {
    expect(lone(good(), { ...production, MASTER_KEY: undefined })).toBe("MASTER_KEY");
    expect(lone(good(), { ...production, MASTER_KEY: MASTER_KEY.slice(1) })).toBe("MASTER_KEY");
  });

  it("with a PUBLIC_URL that is not https, or none", () => {
    for (const PUBLIC_URL of [
      undefined,
      "http://merchant.example.com",
      "ftp://merchant.example.com",
      "merchant.example.com",
      "https://",
      "https://merchant.example.com/?shop=1",
      "https://merchant.example.com/#top",
    ])
      expect(lone(good(), { ...production, PUBLIC_URL })).toBe("PUBLIC_URL");
  });

  it("with the demo account system, unless it is allowed in so many words", () => {
    expect(lone({ ...good(), accountSystem: { type: "demo" } })).toBe("accountSystem.type");
    expect(lone({ ...good(), accountSystem: { type: "demo", allowOutsideSandbox: false } })).toBe(
      "accountSystem.type",
    );
  });

  it("with SQLite for more than one replica", () => {
    for (const DATABASE_URL of [undefined, "sqlite:./data/mia.db"]) {
      expect(lone(good(), { ...production, DATABASE_URL, REPLICAS: "2" })).toBe("REPLICAS");
      expect(load(good(), { ...production, DATABASE_URL, REPLICAS: "1" }).replicas).toBe(1);
    }
    expect(load(good(), { ...production, REPLICAS: "2" }).replicas).toBe(2);
  });
});

describe("in the sandbox", () => {
  const sandbox: Environment = { MIA_PROFILE: "sandbox" };
  const secretsFile = (): string => join(folder, "data", "sandbox-secrets.json");

  it("nothing has to be set: it sells, has a credential and a token, and listens on loopback", () => {
    const config = loadConfig(sandbox, folder);
    expect(config).toMatchObject({
      profile: "sandbox",
      host: "127.0.0.1",
      adminHost: "127.0.0.1",
      port: 3000,
      publicUrl: "http://localhost:3000",
      databaseUrl: "sqlite:./data/mia.db",
    });
    expect(config.file.resellers[0]?.resellerId).toBe("BANGOTEL");
    expect(config.file.inbound.credentials).toEqual([
      expect.objectContaining({ username: "bango", password: [config.sandbox?.password], resellers: ["*"] }),
    ]);
    expect(config.file.admin.tokens).toEqual([
      { id: "sandbox", token: [config.sandbox?.adminToken], role: "admin" },
    ]);
    expect(config.notInForce).toEqual([]);
  });

  it("has what its file leaves out, which no other profile has", () => {
    const { resellers, accountSystem } = good();
    const [sold, accounts] = [load({ resellers }, sandbox), load({ accountSystem }, sandbox)];
    expect([sold.file.accountSystem.type, sold.namesAccounts]).toEqual(["demo", false]);
    expect(sold.file.resellers[0]?.products).toHaveLength(1);
    expect([accounts.file.resellers[0]?.products.length, accounts.namesAccounts]).toEqual([3, true]);
    const paths = (file: Json): string[] => faultsOf(file, production).map(({ path }) => path);
    expect([paths({ resellers }), paths({ accountSystem })]).toEqual([["accountSystem"], ["resellers"]]);
  });

  it("follows PORT with the address of its links", () => {
    expect(loadConfig({ ...sandbox, PORT: "8080" }, folder).publicUrl).toBe("http://localhost:8080");
  });

  it("makes its secrets once, readable for this user alone, and uses them again", () => {
    const first = loadConfig(sandbox, folder);
    expect(statSync(secretsFile()).mode & 0o777).toBe(0o600);
    const text = readFileSync(secretsFile(), "utf8");
    const second = loadConfig(sandbox, folder);
    expect(second.sandbox).toEqual(first.sandbox);
    expect(second.masterKey).toBe(first.masterKey);
    expect(readFileSync(secretsFile(), "utf8")).toBe(text);
    expect(Buffer.byteLength(first.masterKey)).toBeGreaterThanOrEqual(32);
    const secrets = [first.masterKey, first.sandbox?.password, first.sandbox?.adminToken];
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{32,}$/);
  });

  it("makes others in another folder", () => {
    const first = loadConfig(sandbox, folder);
    const other = loadConfig(sandbox, mkdtempSync(join(base, "other-")));
    expect(other.sandbox?.password).not.toBe(first.sandbox?.password);
    expect(other.masterKey).not.toBe(first.masterKey);
  });

  it("says so where its secrets file is broken, without quoting it", () => {
    loadConfig(sandbox, folder);
    writeFileSync(secretsFile(), '{"masterKey": canary');
    expect(() => loadConfig(sandbox, folder)).toThrow(ConfigError);
    expect(() => loadConfig(sandbox, folder)).not.toThrow(/canary/);
  });

  it("uses the configuration file where there is one, with its own credential and MASTER_KEY", () => {
    const config = load(good(), { ...sandbox, MASTER_KEY });
    expect(config.file.resellers[0]?.products).toHaveLength(1);
    expect(config.file.inbound.credentials).toHaveLength(1);
    expect(config.file.inbound.credentials[0]?.id).toBe("bango-1");
    expect(config.masterKey).toBe(MASTER_KEY);
  });

  it("does not fall back where CONFIG_FILE names a file that is missing", () => {
    expect(() => loadConfig({ ...sandbox, CONFIG_FILE: "gone.json" }, folder)).toThrow(/gone\.json/);
  });

  it("lets short secrets and plain http pass, but never a short MASTER_KEY or SQLite for two", () => {
    const file = { ...good(), inbound: { credentials: [credential({ password: "short" })] } };
    expect(load(file, { ...sandbox, PUBLIC_URL: "http://localhost:3000" }).profile).toBe("sandbox");
    expect(paths(faultsOf(file, { ...sandbox, MASTER_KEY: "short", REPLICAS: "2" }))).toEqual([
      "MASTER_KEY",
      "REPLICAS",
    ]);
  });
});

describe("the sample file of the specification", () => {
  const sample = (clientSecretFile: string): string => `{
  "inbound": { "credentials": [ { "id": "bango-1", "type": "basic", "username": "bango", "password": "env:INBOUND_PASSWORD", "resellers": ["*"], "owner": "bango" },
                                { "id": "bango-2", "type": "oauth2-client", "clientId": "bango", "clientSecret": "file:${clientSecretFile}", "resellers": ["*"] } ],
               "allowedAddresses": [] },
  "resellers": [ { "resellerId": "BANGOTEL", "returnUrls": ["https://shop.bangotel.example/"], "maxLivePerCustomer": 1,
                   "products": [ { "productKey": "MUSIC", "plan": "premium", "activation": "sign-up", "signUp": "hosted" },
                                 { "productKey": "MUSIC_DIRECT", "plan": "basic", "activation": "immediate" } ] } ],
  "accountSystem": { "type": "demo", "allowOutsideSandbox": true },
  "contract": { "preset": "merchant-interface", "operations": {} },
  "bango": { "baseUrl": "env:BANGO_BASE_URL", "username": "env:BANGO_USERNAME", "password": "env:BANGO_PASSWORD" },
  "admin": { "tokens": [ { "id": "back-office", "token": "env:ADMIN_TOKEN", "role": "operate" } ], "users": [ { "name": "ops", "passwordHash": "…", "role": "admin" } ] },
  "limits": {}, "links": {}, "reports": {}
}`;

  it("loads", () => {
    const config = load(sample(writeFile("client-secret", `${SECRET}\n`)), {
      ...production,
      INBOUND_PASSWORD: SECRET,
      BANGO_BASE_URL: "https://resale.api.sandbox.bango.com",
      BANGO_USERNAME: "merchant",
      BANGO_PASSWORD: "what-bango-gave-us",
      ADMIN_TOKEN: "a-good-admin-token-of-32-characters",
    });
    expect(config.file).toMatchObject({
      inbound: {
        credentials: [
          { id: "bango-1", password: [SECRET] },
          { id: "bango-2", clientSecret: [SECRET], owner: "bango" },
        ],
      },
      resellers: [
        { resellerId: "BANGOTEL", products: [{ activation: "sign-up" }, { activation: "immediate" }] },
      ],
      bango: { baseUrl: "https://resale.api.sandbox.bango.com" },
      admin: { tokens: [{ role: "operate" }] },
    });
    expect(config.notInForce).toEqual(["admin.users"]);
  });
});
