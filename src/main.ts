#!/usr/bin/env node
import { runCli } from "./cli/program.js";

// Whoever reads only the beginning, as `| head` does, has what it wanted.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));

const LEFT_OPEN_MS_MAX = 500;

const stay = { isWanted: true };
process.exitCode = await runCli(process.argv, process.env, process.cwd(), () => {
  stay.isWanted = false;
});
// It holds nothing up by itself: where nothing else does, the process ends before.
if (!stay.isWanted)
  setTimeout(() => {
    const text = "ended, though the module still keeps something open: a timer, a connection, a pool\n";
    // Both are written in order, so what was printed before is out when these are.
    process.stderr.write(text, () => process.stdout.write("", () => process.exit()));
  }, LEFT_OPEN_MS_MAX).unref();
