import { constants } from "node:os";

const cleaners = [];
let stoppedBy;

/** Registers something to be undone when the script ends, however it ends. */
export function afterwards(clean) {
  cleaners.push(clean);
}

/** Whether a signal has ended the script: nothing new may be begun, and no end be announced but that one. */
export const isStopping = () => stoppedBy !== undefined;

/** For what has nothing to go on to once the script is stopping. */
export const forever = () => new Promise(() => {});

export async function cleanUp() {
  if (!isStopping()) await undoAll();
  // A signal may have come meanwhile: nothing goes on that its end would leave behind.
  if (isStopping()) await forever();
}

/** Ctrl-C and kill must leave no server and no folder behind; `last` may say a closing line. */
export function cleanUpOnSignals(last = () => {}) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // npm passes the terminal's Ctrl-C on, so one key press can arrive twice.
      if (isStopping()) return;
      stoppedBy = signal;
      void undoAll().then(() => {
        last(signal);
        process.exit(128 + constants.signals[signal]);
      });
    });
  }
}

/** Undoes the newest first, and each once: what was started last may need what was started before it. */
async function undoAll() {
  for (let clean = cleaners.pop(); clean; clean = cleaners.pop()) {
    try {
      await clean();
    } catch (error) {
      console.error("could not clean up:", error);
    }
  }
}
