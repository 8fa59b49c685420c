import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { DESCRIPTIONS } from "../src/config/descriptions.js";
import { configJsonSchema } from "../src/config/json-schema.js";
import { sandboxFile } from "../src/config/sandbox-secrets.js";
import { fileSchema } from "../src/config/schema.js";

type Json = Record<string, unknown>;

const ROOT = join(__dirname, "..");
const schema = configJsonSchema() as Json;
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
const validate = ajv.compile(schema);
const faultsOf = (file: unknown): string[] => {
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? ""}`);
};

const good = (): Json => ({
  inbound: {
    credentials: [
      {
        id: "bango-1",
        type: "basic",
        username: "bango",
        password: ["env:ONE", "file:/two"],
        resellers: ["*"],
      },
    ],
  },
  resellers: [
    {
      resellerId: "*",
      returnUrls: ["https://shop.example/"],
      publicUrl: "https://tv.example",
      limits: { accountDeadlineMs: 2000 },
      products: [
        { productKey: "*", plan: "basic", activation: "immediate", validFrom: "2026-01-01T00:00:00+01:00" },
      ],
    },
  ],
  accountSystem: { type: "demo" },
});
const reseller = (more: Json): Json => {
  const [first] = good().resellers as [Json];
  return { ...good(), resellers: [{ ...first, ...more }] };
};
const product = (more: Json): Json => {
  const [first] = good().resellers as [Json];
  const [sold] = first.products as [Json];
  return reseller({ products: [{ ...sold, ...more }] });
};

describe("the JSON Schema of the configuration", () => {
  it("is draft 2020-12 and has an id", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.$id).toMatch(/^urn:/);
  });

  it("is content with README's sample, the sandbox's file and one with every kind of key", () => {
    const sample = /^```json\n([^]*?)^```$/m.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";
    const parsed = JSON.parse(sample) as Json;
    expect(parsed.$schema).toBe("./schema/mia.config.schema.json");
    for (const file of [parsed, sandboxFile(3002, { type: "demo" }), good()])
      expect(faultsOf(file)).toEqual([]);
  });

  it.each([
    ["an unknown key", { ...good(), limitz: {} }],
    ["one further in", reseller({ returnUrl: "https://shop.example/" })],
    ["a missing one", { ...good(), resellers: undefined }],
    ["an address that is none", reseller({ publicUrl: "tv example" })],
    ["a date that is none", product({ validFrom: "yesterday" })],
    ["a date without offset", product({ validTo: "2026-01-01T00:00:00" })],
    ["a word that is not offered", product({ activation: "later" })],
    ["text for a number, even from a variable", reseller({ limits: { accountDeadlineMs: "env:DEADLINE" } })],
    ["text for yes or no, even from a variable", product({ stopSell: "env:STOP" })],
  ])("flags %s, as the start does", (_, file) => {
    expect(faultsOf(JSON.parse(JSON.stringify(file)))).not.toEqual([]);
    expect(fileSchema.safeParse(file).success).toBe(false);
  });

  it.each([
    ["an address", reseller({ publicUrl: "env:BRAND_URL", returnUrls: ["file:/run/return-url"] })],
    ["a date", product({ validFrom: "env:FROM", validTo: "file:/run/to" })],
    ["one word of several", product({ activation: "env:ACTIVATION" })],
    [
      "a patterned name and hash",
      {
        ...good(),
        inbound: {
          credentials: [
            {
              id: "env:ID",
              type: "basic",
              username: "env:U",
              passwordHash: "env:HASH",
              resellers: ["env:R"],
            },
          ],
        },
      },
    ],
  ])("takes a reference in place of %s", (_, file) => {
    expect(faultsOf(file)).toEqual([]);
  });

  it("helps with every key of resellers, their products and limits", () => {
    const keys = keysOf(schema, "").filter(({ path }) => /^(resellers|limits)\b/.test(path));
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter(({ description }) => description === undefined)).toEqual([]);
  });

  it("describes no key that there is not", () => {
    const known = new Set(keysOf(schema, "").map(({ path }) => path));
    expect(Object.keys(DESCRIPTIONS).filter((path) => !known.has(path))).toEqual([]);
  });

  it("is the one that is published", () => {
    const published = readFileSync(join(ROOT, "schema/mia.config.schema.json"), "utf8");
    expect(JSON.parse(published)).toEqual(schema);
  });
});

/** Written out here, not taken from the code under test. */
function keysOf(node: Json, path: string): { path: string; description: unknown }[] {
  const within = (inner: unknown, next: string) =>
    typeof inner === "object" && inner !== null ? keysOf(inner as Json, next) : [];
  const alternatives = [node.anyOf, node.oneOf, node.allOf].flatMap(
    (list) => (list as Json[] | undefined) ?? [],
  );
  return [
    ...Object.entries((node.properties ?? {}) as Record<string, Json>).flatMap(([name, inner]) => {
      const at = path === "" ? name : `${path}.${name}`;
      return [{ path: at, description: inner.description }, ...within(inner, at)];
    }),
    ...within(node.items, `${path}[]`),
    ...alternatives.flatMap((inner) => within(inner, path)),
  ];
}
