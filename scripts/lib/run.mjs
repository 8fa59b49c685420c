import { spawn } from "node:child_process";
import { afterwards, forever, isStopping } from "./clean-up.mjs";

const windows = process.platform === "win32";

/**
 * Runs a command to its end and says how it ended: `{ ok, why }`. It gets a process group of its own, so
 * that stopping it stops whatever it started as well, and a limit, so that a hang is a failure and not a wait.
 */
export function run(command, args, { env = {}, limitMinutes = 10 } = {}) {
  if (isStopping()) return forever();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
      detached: !windows,
      shell: windows,
    });
    let why = "";
    const limit = setTimeout(() => {
      why = `did not end within ${limitMinutes} minutes`;
      stop(child, "SIGKILL");
    }, limitMinutes * 60_000);
    afterwards(() => stop(child, "SIGTERM"));
    child.on("error", (error) => {
      clearTimeout(limit);
      resolve({ ok: false, why: error.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      if (!isStopping())
        resolve({ ok: code === 0, why: why || (signal ? `ended by ${signal}` : `exit code ${code}`) });
    });
  });
}

function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It ended between the check and the signal, which is what was wanted.
  }
}

export const secondsSince = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
