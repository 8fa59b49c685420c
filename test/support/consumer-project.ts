import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireBuilt } from "./mia.js";

const ROOT = join(__dirname, "..", "..");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

type Files = Readonly<Record<string, string>>;

/** How a command ended: its exit code, and all that it printed. */
export type Ran = readonly [code: number | null, output: string];

/** Somebody else's strict TypeScript project, with our package in it as npm hands it out, and nothing else. */
export interface ConsumerProject {
  readonly folder: string;
  readonly write: (files: Files) => void;
  /** Compiles the sources; the JavaScript of each lies beside it. */
  readonly compile: () => Promise<Ran>;
  readonly node: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ran>;
  readonly remove: () => void;
}

/** Packing and compiling take seconds, and several times as many on a busy machine. */
export const CONSUMER_MS_MAX = 60_000;

const tsconfigOf = (sources: Files) => ({
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    // fetch is the DOM's or Node's; nothing of ours asks for more than that.
    lib: ["ES2023", "DOM"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    // Our declarations are checked, the compiler's own are not: those would take half of the time.
    skipLibCheck: false,
    skipDefaultLibCheck: true,
  },
  files: Object.keys(sources),
});

export async function openConsumerProject(sources: Files): Promise<ConsumerProject> {
  requireBuilt();
  const folder = mkdtempSync(join(tmpdir(), "mia-consumer-"));
  const write = (files: Files): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  };
  await install(folder);
  write({
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify(tsconfigOf(sources)),
    ...sources,
  });
  return {
    folder,
    write,
    compile: () => run(process.execPath, [TSC, "-p", "."], folder),
    node: (args, env) => run(process.execPath, args, folder, env),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function install(folder: string): Promise<void> {
  const installed = join(folder, "node_modules", "merchant-interface-adapter");
  mkdirSync(installed, { recursive: true });
  await mustRun("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  await mustRun("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"], folder);
}

async function mustRun(command: string, args: readonly string[], cwd: string): Promise<void> {
  const [code, output] = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${String(code)}:\n${output}`);
}

/** Does not block: the server that it may call lives in this process. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      resolve([code, output]);
    });
  });
}
