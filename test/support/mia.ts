import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { runCli } from "../../src/cli/program.js";

const ROOT = join(__dirname, "..", "..");
const MAIN = join(ROOT, "dist", "src", "main.js");

type Env = Readonly<Record<string, string | undefined>>;

/** The built binary as a user has it. `npm test` builds first; a test that is run alone builds what is missing. */
export function requireBuilt(): void {
  if (existsSync(MAIN)) return;
  const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: ROOT, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of `mia` that runs until it ends by itself or is told to. */
export interface Running {
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves once what it has printed matches; rejects where it ends, or takes too long, before. */
  readonly prints: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
  readonly signal: (signal: "SIGHUP") => void;
  /** From now on nobody reads what it prints, as after `| head`. */
  readonly closeOutput: () => void;
  readonly kill: (signal: "SIGTERM" | "SIGINT" | "SIGKILL") => Promise<Ended>;
}

const WAIT_MS = 12_000;

export function startMia(args: readonly string[], folder: string, env: Env = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    heard();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, out, err });
    });
  });
  return {
    out: () => out,
    err: () => err,
    ended,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const look = (): void => {
          const match = pattern.exec(out);
          if (!match) return;
          stop();
          resolve(match);
        };
        const fail = (why: string): void => {
          stop();
          reject(
            new Error(`mia ${args.join(" ")} ${why} before it printed ${String(pattern)}:\n${out}${err}`),
          );
        };
        const timer = setTimeout(() => {
          child.kill("SIGKILL");
          fail("took too long");
        }, WAIT_MS);
        listeners.add(look);
        void ended.then(() => {
          fail("ended");
        });
        look();
      }),
    signal: (signal) => {
      child.kill(signal);
    },
    closeOutput: () => child.stdout.destroy(),
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs one command to its end; one that does not come to it is killed, and has no code. */
export async function mia(args: readonly string[], folder: string, env: Env = {}): Promise<Ended> {
  const process = startMia(args, folder, env);
  const timer = setTimeout(() => void process.kill("SIGKILL"), WAIT_MS);
  const ended = await process.ended;
  clearTimeout(timer);
  return ended;
}

/** One command in this process, which is what `mia` does in one of its own; many of those would take a minute. */
export async function miaHere(args: readonly string[], folder: string, env: Env = {}): Promise<Ended> {
  const said = { out: "", err: "" };
  const hear = (stream: NodeJS.WriteStream, name: "out" | "err") =>
    jest.spyOn(stream, "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    });
  const spies = [hear(process.stdout, "out"), hear(process.stderr, "err")];
  try {
    const code = await runCli(["node", "mia", ...args], { PORT: "0", ADMIN_PORT: "0", ...env }, folder);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
