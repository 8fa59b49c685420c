import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterwards } from "./clean-up.mjs";
import { Fault } from "./fault.mjs";
import { freePort, ready } from "./server.mjs";

const NOBODY = 65534;
const STOP_SECONDS_MAX = 20;
const root = process.getuid?.() === 0;

const USERS = `CREATE USER 'test'@'127.0.0.1' IDENTIFIED BY 'test';
GRANT ALL PRIVILEGES ON *.* TO 'test'@'127.0.0.1' WITH GRANT OPTION;
CREATE DATABASE test;
`;

/**
 * No test ends the server, so nothing that it has committed needs to be on the disk before it says so: a hundred commits
 * took 0.02 s so, and 0.19 s with its defaults, on a busy machine.
 */
export const WITHOUT_WAITING = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"];

/** Starts a server with a data folder, socket and port of its own, and has it stopped and deleted afterwards. */
export async function privateDatabase({ path: server, isMariadb, installer }) {
  const home = mkdtempSync(join(tmpdir(), "mia-test-db-"));
  afterwards(() => rmSync(home, { recursive: true, force: true }));
  const data = join(home, "data");
  mkdirSync(data);
  writeFileSync(join(home, "users.sql"), USERS);
  if (root) for (const path of [home, data, join(home, "users.sql")]) chownSync(path, NOBODY, NOBODY);

  makeTables({ server, isMariadb, installer, home, data });
  const port = await freePort();
  const url = `mysql://test:test@127.0.0.1:${port}/test`;
  const child = start(server, optionsFor({ isMariadb, home, data, port }), home);
  afterwards(() => stop(child));
  if (!(await ready(url, { gone: () => hasEnded(child) }))) throw failure(server, logOf(home));
  return url;
}

function makeTables({ server, isMariadb, installer, home, data }) {
  const [program, options] = isMariadb
    ? [installer, ["--auth-root-authentication-method=normal", "--skip-test-db"]]
    : [server, ["--initialize-insecure"]];
  const [command, ...args] = asNobody([program, "--no-defaults", `--datadir=${data}`, ...options]);
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: home, encoding: "utf8" });
  if (status !== 0) throw failure(server, error?.message ?? stdout + stderr);
}

function optionsFor({ isMariadb, home, data, port }) {
  return [
    "--no-defaults",
    `--datadir=${data}`,
    `--socket=${join(home, "s.sock")}`,
    `--pid-file=${join(home, "pid")}`,
    `--init-file=${join(home, "users.sql")}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    // Every test file has its own pool, and several files run at once.
    "--max-connections=400",
    // What Debian's own configuration and every MySQL since 8 say; without it MariaDB 10 falls back to latin1.
    "--character-set-server=utf8mb4",
    ...WITHOUT_WAITING,
    ...(isMariadb ? ["--sync-frm=OFF"] : ["--mysqlx=OFF", "--skip-log-bin"]),
  ];
}

function start(server, options, home) {
  const log = openSync(join(home, "log"), "a");
  const [command, ...args] = asNobody([server, ...options]);
  // A group of its own keeps the terminal's Ctrl-C from it: we stop it, after the tests that use it.
  return spawn(command, args, { cwd: home, stdio: ["ignore", log, log], detached: true }).on(
    "error",
    () => {},
  );
}

/** Servers refuse to run as root. Where setpriv exists, the server also ends if we are killed outright. */
function asNobody(command) {
  const setpriv = spawnSync("setpriv", ["--version"]).status === 0;
  const drop = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  if (setpriv) return ["setpriv", "--pdeathsig=TERM", ...(root ? drop : []), ...command];
  return root ? [...command, `--user=${NOBODY}`] : command;
}

async function stop(child) {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(STOP_SECONDS_MAX * 1000, undefined, { ref: false })]);
  if (hasEnded(child)) return;
  child.kill("SIGKILL");
  await ended;
}

const hasEnded = (child) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const logOf = (home) => readFileSync(join(home, "log"), "utf8").split("\n").slice(-15).join("\n");

function failure(server, why) {
  const fix = "see the server's words above, or name a server that runs in TEST_MYSQL_URL";
  return new Fault(
    `A private database server could not be started with ${server}.`,
    why.trim() || "it said nothing",
    fix,
  );
}
