import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { afterwards } from "../lib/clean-up.mjs";
import { Fault } from "../lib/fault.mjs";

const START_SECONDS_MAX = 30;
const STOP_SECONDS_MAX = 30;
const secret = () => randomBytes(24).toString("base64url");

/** One `mia serve` in a temporary folder, and all that is needed to call it well. `url`: null for a SQLite file there. */
export async function startService(url) {
  const folder = mkdtempSync(join(tmpdir(), "mia-abuse-"));
  const secrets = { all: secret(), limited: secret(), client: secret(), operate: secret(), view: secret() };
  const databaseUrl = url ?? `sqlite:${join(folder, "abuse.db")}`;
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(configuration(secrets)));
  const logFile = join(folder, "log");
  const child = spawn(
    process.execPath,
    [join(process.cwd(), "dist/src/main.js"), "serve", "--migrate", "--json"],
    { cwd: folder, env: environment(folder, databaseUrl), stdio: ["ignore", "pipe", "pipe"] },
  );
  const gone = new Promise((resolve) => child.once("exit", resolve));
  afterwards(async () => {
    await stop(child, gone);
    rmSync(folder, { recursive: true, force: true });
  });
  const ports = await portsOf(child, gone, logFile);
  return {
    ...ports,
    secrets,
    databaseUrl,
    pid: child.pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    logLines: () => readFileSync(logFile, "utf8").split("\n"),
    rssMiB: () => rssMiBOf(child.pid),
    stop: () => stop(child, gone),
  };
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

/** Everything it prints goes to the file, since a leak on standard error is a leak too. */
function portsOf(child, gone, logFile) {
  const log = createWriteStream(logFile);
  child.stderr.pipe(log, { end: false });
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const refuse = (why) => reject(new Fault("The service did not start.", why, "look at its log above"));
    const timer = setTimeout(() => refuse(`not within ${START_SECONDS_MAX} s`), START_SECONDS_MAX * 1000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.write(`${line}\n`);
      if (!line.startsWith('{"port":')) return;
      clearTimeout(timer);
      isOpen = true;
      const { port, adminPort } = JSON.parse(line);
      resolve({ publicPort: port, adminPort });
    });
    void gone.then((code) => {
      clearTimeout(timer);
      if (isOpen) return;
      console.error(readFileSync(logFile, "utf8"));
      refuse(`it ended with ${code}`);
    });
  });
}

async function stop(child, gone) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_SECONDS_MAX * 1000);
  await gone;
  clearTimeout(timer);
}

function rssMiBOf(pid) {
  try {
    const [, kiB] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kiB === undefined ? null : Number(kiB) / 1024;
  } catch {
    // No /proc on this system, or the process has gone, which is told elsewhere.
    return null;
  }
}
