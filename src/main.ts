#!/usr/bin/env node
import { runCli } from "./cli/program.js";

// Whoever reads only the beginning, as `| head` does, has what it wanted.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));

process.exitCode = await runCli(process.argv, process.env, process.cwd());
