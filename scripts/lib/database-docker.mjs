import { spawnSync } from "node:child_process";
import { afterwards } from "./clean-up.mjs";
import { WITHOUT_WAITING } from "./database-private.mjs";
import { Fault } from "./fault.mjs";
import { ready } from "./server.mjs";

const IMAGE = "mariadb:11";
// An ordinary user of this image is confined to one database. The tests create theirs, so they log in as root.
const PASSWORD = "test";

/** Whether an engine answers, not merely whether the command exists. */
export function dockerAnswers() {
  return docker(["version", "--format", "{{.Server.Version}}"], 10_000).status === 0;
}

/** Starts a container that deletes itself when stopped. */
export async function dockerDatabase() {
  const environment = ["--env", `MARIADB_ROOT_PASSWORD=${PASSWORD}`, "--env", "MARIADB_DATABASE=test"];
  const publish = ["--publish", "127.0.0.1::3306"];
  const server = ["--max-connections=400", "--skip-name-resolve", ...WITHOUT_WAITING];
  const started = docker(["run", "--rm", "--detach", ...publish, ...environment, IMAGE, ...server], 600_000);
  const id = started.stdout?.trim();
  if (started.status !== 0 || !id) throw failure(started.stderr || String(started.error));
  afterwards(() => docker(["stop", id], 60_000));
  const port = /:(\d+)\s*$/m.exec(docker(["port", id, "3306/tcp"], 10_000).stdout ?? "")?.[1];
  const url = `mysql://root:${PASSWORD}@127.0.0.1:${port}/test`;
  const gone = () => docker(["inspect", id], 10_000).status !== 0;
  if (!port || !(await ready(url, { gone, limitSeconds: 120 })))
    throw failure(docker(["logs", id], 10_000).stderr);
  return url;
}

function docker(args, timeout) {
  return spawnSync("docker", args, { encoding: "utf8", timeout, stdio: ["ignore", "pipe", "pipe"] });
}

function failure(why) {
  const fix = "see Docker's words above, or name a server that runs in TEST_MYSQL_URL";
  return new Fault(`The container ${IMAGE} could not be started.`, why?.trim() || "it said nothing", fix);
}
