import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { afterwards } from "../lib/clean-up.mjs";
import { portsIn, startProgram } from "../lib/program.mjs";

/** How late reads and look-ups of the account system see what was written, and what the configuration says of it. */
const LAG_MS = 400;
/** Short, so that activations that nobody comes back for are undone within the run; longer than any caller's pause. */
const ORPHAN_GRACE_MS = 15_000;
const MAIN = join(process.cwd(), "dist/src/main.js");
const secret = () => randomBytes(24).toString("base64url");

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "mia-faults-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The example's streaming service, with a file of its own. */
export async function startOtt(folder) {
  const token = secret();
  const { started: port } = await startProgram({
    args: [join(process.cwd(), "dist/examples/ott/main.js")],
    folder,
    env: {
      PATH: process.env.PATH,
      OTT_API_TOKEN: token,
      OTT_DATABASE: join(folder, "ott.db"),
      EXAMPLE_OTT_PORT: "0",
      LOG_LEVEL: "warn",
    },
    log: "ott.log",
    heard: (line) => Number(/^Lantern is at http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0) || null,
  });
  const ask = async (method, path, body = null) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`${method} ${path} of the account system: ${reply.status}`);
    return reply.json();
  };
  const lag = (lagMs) => ask("POST", "/operator/mode", { mode: "normal", lagMs });
  await lag(LAG_MS);
  return { port, token, ask, lag };
}

/** One `mia serve` whose account system is the example, by its own configuration, behind the proxy. */
export async function startMia({ folder, url, proxyUrl, token, resellers }) {
  const password = secret();
  const databaseUrl = url ?? `sqlite:${join(folder, "mia.db")}`;
  const configFile = join(folder, "mia.config.json");
  writeFileSync(configFile, JSON.stringify(configuration({ password, proxyUrl, token, resellers })));
  const env = environment(configFile, databaseUrl);
  const { started, ...program } = await startProgram({
    args: [MAIN, "serve", "--migrate", "--json"],
    folder,
    env,
    log: "mia.log",
    heard: portsIn,
  });
  const run = promisify(execFile);
  return {
    ...started,
    ...program,
    password,
    databaseUrl,
    /** What a person would type: standard output of `mia …`, as JSON. */
    mia: async (...args) =>
      JSON.parse((await run(process.execPath, [MAIN, ...args, "--json"], { cwd: folder, env })).stdout),
  };
}

const configuration = ({ password, proxyUrl, token, resellers }) => ({
  inbound: {
    credentials: [{ id: "bango", type: "basic", username: "bango", password, resellers: ["*"] }],
  },
  resellers: resellers.map((resellerId) => ({
    resellerId,
    products: [
      { productKey: "BASIC", plan: "basic", activation: "immediate" },
      { productKey: "PREMIUM", plan: "premium", activation: "immediate" },
    ],
  })),
  accountSystem: accountSystem(proxyUrl, token),
  limits: { orphanGraceMs: ORPHAN_GRACE_MS },
});

/** The example's own file, but for its address, its secret and two headers by which the proxy knows what it meets. */
function accountSystem(proxyUrl, token) {
  const example = JSON.parse(readFileSync("examples/ott/accounts.json", "utf8"));
  return {
    ...example,
    baseUrl: `${proxyUrl}/api/v1`,
    auth: { ...example.auth, value: token },
    lagMs: LAG_MS,
    headers: {
      ...example.headers,
      "X-Partner": "=entitlement.resellerId",
      "X-Caller-Request": "=call.callerRequestId",
    },
  };
}

const environment = (configFile, databaseUrl) => ({
  PATH: process.env.PATH,
  // As in the Dockerfile.
  NODE_OPTIONS: "--max-old-space-size=128",
  MIA_PROFILE: "sandbox",
  CONFIG_FILE: configFile,
  DATABASE_URL: databaseUrl,
  MASTER_KEY: secret(),
  HOST: "127.0.0.1",
  ADMIN_HOST: "127.0.0.1",
  PORT: "0",
  ADMIN_PORT: "0",
  PUBLIC_URL: "http://localhost:0",
});
