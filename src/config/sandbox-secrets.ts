import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "./environment.js";

const secretsSchema = z.object({
  masterKey: z.string(),
  inboundPassword: z.string(),
  adminToken: z.string(),
  bangoPassword: z.string(),
});
export type SandboxSecrets = z.output<typeof secretsSchema>;

/** 192 random bits as text. */
const secret = (): string => randomBytes(24).toString("base64url");

/** The sandbox's secrets: made once, kept in the data folder for this user alone, used again at every start. */
export function sandboxSecrets(dataFolder: string): SandboxSecrets {
  const file = join(dataFolder, "sandbox-secrets.json");
  mkdirSync(dataFolder, { recursive: true });
  if (!existsSync(file)) makeSecrets(file);
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new ConfigError([
      {
        path: file,
        reason: "the sandbox's secrets cannot be read from it",
        fix: "Let this process read it, or delete it together with the sandbox's database: new ones will be made",
      },
    ]);
  }
}

/** Of two processes that start at once the first one's secrets stand, and nobody reads half a file. */
function makeSecrets(file: string): void {
  const made: SandboxSecrets = {
    masterKey: randomBytes(32).toString("base64url"),
    inboundPassword: secret(),
    adminToken: secret(),
    bangoPassword: secret(),
  };
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { flag: "wx", mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What the sandbox sells, and to whom, where the configuration file does not say it; customers go back to the simulator's page. */
export const sandboxFile = (simulatorPort: number, accountSystem: object) => ({
  resellers: [
    {
      resellerId: "BANGOTEL",
      maxLivePerCustomer: 1,
      returnUrls: [`http://localhost:${String(simulatorPort)}/`],
      products: [
        { productKey: "MUSIC", plan: "premium", activation: "sign-up" },
        { productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" },
        { productKey: "MUSIC_PREMIUM", plan: "premium", activation: "immediate" },
      ],
    },
  ],
  accountSystem,
});
