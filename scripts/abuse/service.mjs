import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { afterwards } from "../lib/clean-up.mjs";
import { portsIn, startProgram } from "../lib/program.mjs";

const secret = () => randomBytes(24).toString("base64url");

/** One `mia serve` in a temporary folder, and all that is needed to call it well. `url`: null for a SQLite file there. */
export async function startService(url) {
  const folder = mkdtempSync(join(tmpdir(), "mia-abuse-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const secrets = { all: secret(), limited: secret(), client: secret(), operate: secret(), view: secret() };
  const databaseUrl = url ?? `sqlite:${join(folder, "abuse.db")}`;
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(configuration(secrets)));
  const { started, ...program } = await startProgram({
    args: [join(process.cwd(), "dist/src/main.js"), "serve", "--migrate", "--json"],
    folder,
    env: environment(folder, databaseUrl),
    log: "log",
    heard: portsIn,
  });
  return { ...started, ...program, secrets, databaseUrl };
}

const configuration = ({ all, limited, client, operate, view }) => ({
  inbound: {
    credentials: [
      { id: "all", type: "basic", username: "bango", password: all, resellers: ["*"] },
      { id: "limited", type: "basic", username: "limited", password: limited, resellers: ["OTHERTEL"] },
      { id: "client", type: "oauth2-client", clientId: "client", clientSecret: client, resellers: ["*"] },
    ],
  },
  resellers: ["BANGOTEL", "OTHERTEL"].map((resellerId) => ({
    resellerId,
    returnUrls: ["https://shop.example/"],
    products: [
      { productKey: "MUSIC", plan: "premium", activation: "sign-up" },
      { productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" },
    ],
  })),
  accountSystem: { type: "demo" },
  admin: {
    tokens: [
      { id: "operate", token: operate, role: "operate" },
      { id: "view", token: view, role: "view" },
    ],
  },
});

const environment = (folder, databaseUrl) => ({
  PATH: process.env.PATH,
  // As in the Dockerfile.
  NODE_OPTIONS: "--max-old-space-size=128",
  MIA_PROFILE: "sandbox",
  CONFIG_FILE: join(folder, "mia.config.json"),
  DATABASE_URL: databaseUrl,
  MASTER_KEY: secret(),
  HOST: "127.0.0.1",
  ADMIN_HOST: "127.0.0.1",
  PORT: "0",
  ADMIN_PORT: "0",
  PUBLIC_URL: "http://localhost:0",
  LOG_LEVEL: "debug",
});
