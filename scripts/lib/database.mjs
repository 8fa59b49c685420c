import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Fault } from "./fault.mjs";
import { dockerDatabase, dockerAnswers } from "./database-docker.mjs";
import { privateDatabase } from "./database-private.mjs";
import { run, secondsSince } from "./run.mjs";
import { versionAt } from "./server.mjs";

// Debian and Fedora keep servers out of an ordinary user's PATH.
const PLACES = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/libexec", "/usr/local/sbin"];
const PACKAGES = ["mariadb-server-core", "mariadb-client-core"];
const root = process.getuid?.() === 0;

/** The URL of a real MySQL-compatible server whose user may create databases; says which one it is. */
export async function findDatabase() {
  const startedAt = Date.now();
  const { url, from } = await choose();
  const version = await versionAt(url).catch((error) => {
    const fix = "name a server that runs, and a user that may log in and create databases";
    throw new Fault(`The database server (${from}) cannot be used.`, error.message, fix);
  });
  console.log(`database: ${version}, ${from} (${secondsSince(startedAt)})`);
  return url;
}

async function choose() {
  if (process.env.TEST_MYSQL_URL) return { url: process.env.TEST_MYSQL_URL, from: "named by TEST_MYSQL_URL" };
  const server = serverHere() ?? (await install());
  if (server) {
    console.log(`database: starting a private ${server.path}`);
    return { url: await privateDatabase(server), from: `private, ${server.path}` };
  }
  if (dockerAnswers()) {
    console.log("database: starting a container with Docker");
    return { url: await dockerDatabase(), from: "private, in a container" };
  }
  throw new Fault(
    "The tests need a MySQL-compatible database server, and there is none.",
    "TEST_MYSQL_URL is not set, neither mariadbd nor mysqld is on this machine, it is not for us to install one " +
      "(that needs root and apt-get), and no Docker engine answers",
    `one of: sudo apt-get install ${PACKAGES.join(" ")}; start Docker; ` +
      "TEST_MYSQL_URL=mysql://user:password@host:3306/test with a user that may create databases",
  );
}

/** The first server that could make its own data folder; MariaDB needs two more programs for that. */
function serverHere() {
  const installer = find("my_print_defaults") && (find("mariadb-install-db") ?? find("mysql_install_db"));
  for (const path of [find("mariadbd"), find("mysqld")].filter(Boolean)) {
    const version = spawnSync(path, ["--version"], { encoding: "utf8" });
    if (version.status !== 0) continue;
    const isMariadb = version.stdout.includes("MariaDB");
    if (!isMariadb || installer) return { path, isMariadb, installer };
  }
  return undefined;
}

/** Only the programs: the full mariadb-server would also set up a system service that runs on after us. */
async function install() {
  if (!root || !find("apt-get")) return undefined;
  console.log(`database: no server on this machine, installing ${PACKAGES.join(" and ")} with apt-get`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const updated = await run("apt-get", ["update", "-qq"], { env });
  const args = ["install", "-y", "-qq", "--no-install-recommends", ...PACKAGES];
  const installed = await run("apt-get", args, { env });
  if (!installed.ok) console.error(`apt-get: ${(updated.ok ? installed : updated).why}`);
  return serverHere();
}

function find(program) {
  return PLACES.map((place) => join(place, program)).find((path) => existsSync(path));
}
