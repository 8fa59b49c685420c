import pino from "pino";
import type { SettingsInput } from "./operator-switch.js";
import { startOtt } from "./start-ott.js";

const PORT_USUAL = 3003;
const TOKEN_CHARACTERS_MIN = 16;

/** Runs until SIGINT or SIGTERM, as the environment says. */
export async function runOtt(settings?: SettingsInput): Promise<void> {
  const { HOST, EXAMPLE_OTT_PORT, OTT_API_TOKEN = "", OTT_DATABASE, LOG_LEVEL = "info" } = process.env;
  if (OTT_API_TOKEN.length < TOKEN_CHARACTERS_MIN) {
    process.stderr.write(
      "OTT_API_TOKEN is missing: set it to at least 16 characters, the same as the caller's\n",
    );
    process.exitCode = 1;
    return;
  }
  const log = pino({ level: LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const running = await startOtt({
    host: HOST ?? "127.0.0.1",
    port: EXAMPLE_OTT_PORT === undefined ? PORT_USUAL : Number(EXAMPLE_OTT_PORT),
    databaseFile: OTT_DATABASE ?? "data/ott.db",
    apiToken: OTT_API_TOKEN,
    ...(settings && { switch: settings }),
    log: (event, fields) => {
      log.info(fields ?? {}, event);
    },
  });
  process.stdout.write(`Lantern is at ${running.baseUrl}, its back office at ${running.baseUrl}/operator\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void running.stop());
}
