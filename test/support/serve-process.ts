import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";

/** An adapter in a process of its own, as an operator would run it; it can be killed. */
export interface ServeProcess {
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Resolves when the process has gone, by its own doing or ours. */
  readonly gone: Promise<void>;
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
}

const ROOT = join(__dirname, "..", "..");
const START_MS = 20_000;

/** `crashAt` names a step of the data path at which the process kills itself; see crashing-serve.mjs. */
export function startServe(
  env: Readonly<Record<string, string>>,
  folder: string,
  crashAt?: string,
): Promise<ServeProcess> {
  const args =
    crashAt === undefined ? ["dist/src/main.js", "serve"] : ["test/support/crashing-serve.mjs", crashAt];
  const child = spawn(process.execPath, [join(ROOT, args[0] ?? ""), ...args.slice(1)], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return new Promise((resolve, reject) => {
    const output: string[] = [];
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`serve did not start:\n${output.join("\n")}`));
    }, START_MS);
    const hear = (line: string): void => {
      output.push(line);
      const started = startedOf(line);
      if (!started) return;
      clearTimeout(timer);
      resolve({
        publicUrl: `http://127.0.0.1:${String(started.port)}`,
        adminUrl: `http://127.0.0.1:${String(started.adminPort)}`,
        gone,
        kill: (signal) => end(child, signal, gone),
      });
    };
    createInterface({ input: child.stdout }).on("line", hear);
    createInterface({ input: child.stderr }).on("line", hear);
    void gone.then(() => {
      clearTimeout(timer);
      reject(new Error(`serve ended before it had started:\n${output.join("\n")}`));
    });
  });
}

function startedOf(line: string): { port: number; adminPort: number } | null {
  if (!line.includes('"service.started"')) return null;
  return JSON.parse(line) as { port: number; adminPort: number };
}

async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM", gone: Promise<void>): Promise<void> {
  child.kill(signal);
  await gone;
}
