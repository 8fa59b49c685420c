import { spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterwards } from "./clean-up.mjs";
import { Fault } from "./fault.mjs";

const START_SECONDS_MAX = 30;
const STOP_SECONDS_MAX = 30;

/**
 * Starts one of our programs in a folder, with all that it prints in the file `log` there, and waits until `heard` makes
 * something of a line that it prints: `{ started, pid, isRunning, logLines, rssMiB, stop }`. It ends with the script.
 */
export async function startProgram({ args, folder, env, log, heard }) {
  const logFile = join(folder, log);
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  afterwards(() => stop(child, gone));
  const started = await whenStarted(child, gone, logFile, heard);
  return {
    started,
    pid: child.pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    logLines: () => readFileSync(logFile, "utf8").split("\n"),
    rssMiB: () => rssMiBOf(child.pid),
    stop: () => stop(child, gone),
  };
}

/** The two ports of `mia serve --json`, from the line that it prints when it listens. */
export function portsIn(line) {
  if (!line.startsWith('{"port":')) return null;
  const { port, adminPort } = JSON.parse(line);
  return { publicPort: port, adminPort };
}

/** Everything it prints goes to the file, since a leak on standard error is a leak too. */
function whenStarted(child, gone, logFile, heard) {
  const log = createWriteStream(logFile);
  child.stderr.pipe(log, { end: false });
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const refuse = (why) => reject(new Fault("The service did not start.", why, "look at its log above"));
    const timer = setTimeout(() => refuse(`not within ${START_SECONDS_MAX} s`), START_SECONDS_MAX * 1000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.write(`${line}\n`);
      const started = isOpen ? null : heard(line);
      if (started === null) return;
      clearTimeout(timer);
      isOpen = true;
      resolve(started);
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
