// `npm start`: from a fresh clone to a running sandbox. Arguments go on to `mia sandbox`.
import "./lib/node-version.mjs";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ensureBuilt } from "./lib/build.mjs";
import { cleanUp, cleanUpOnSignals } from "./lib/clean-up.mjs";
import { tell } from "./lib/fault.mjs";
import { ensureInstalled } from "./lib/install.mjs";

try {
  cleanUpOnSignals();
  console.log(`node: ${process.versions.node}`);
  await ensureInstalled();
  await ensureBuilt();
  await cleanUp();
  process.exitCode = await sandbox(process.argv.slice(2));
} catch (error) {
  tell(error);
  process.exitCode = 1;
}

function sandbox(args) {
  console.log(["sandbox: node dist/src/main.js sandbox", ...args].join(" "));
  // The channel says nothing: it breaks when we are gone, however that came, and the sandbox stops then.
  const stdio = ["inherit", "inherit", "inherit", "ipc"];
  const child = spawn(process.execPath, ["dist/src/main.js", "sandbox", ...args], { stdio });
  // From here on a signal is the sandbox's to answer, and we end as it ends.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the sandbox as well; a second one would look like impatience.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
