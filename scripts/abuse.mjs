// `npm run abuse`: whoever comes with whatever finds nothing to break; see --help.
import "./lib/node-version.mjs";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./lib/build.mjs";
import { cleanUp, cleanUpOnSignals } from "./lib/clean-up.mjs";
import { tell } from "./lib/fault.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { secondsSince } from "./lib/run.mjs";

const HELP = `Usage: npm run abuse [-- options]     or: node scripts/abuse.mjs [options]

Starts a service of its own on loopback and sends it malformed requests, bare sockets, bad logins and a burst of good
calls. Nothing may fail, hang or be written, memory stays flat, and the log holds no error and nothing that was sent.

  --quick         5,000 requests in place of 100,000
  --requests N    as many as that
  --seed S        the requests of an earlier run; without it, of the day
  --mysql URL     in a database of its own on this server, in place of a SQLite file:
                  mysql://user:password@host:port/database of a user who may create databases
  --help          this text

Example: npm run abuse -- --quick --seed 7`;

const MINUTES_MAX = 15;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    requests: { type: "string" },
    seed: { type: "string" },
    mysql: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const count = Number(values.requests ?? (values.quick ? 5000 : 100_000));
const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000));
if (values.help) {
  console.log(HELP);
} else if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error(`--requests and --seed are whole numbers\n\n${HELP}`);
  process.exitCode = 2;
} else {
  cleanUpOnSignals();
  const missed = await withinLimit(abuse).catch((error) => {
    tell(error);
    return 1;
  });
  await cleanUp();
  process.exit(missed > 0 ? 1 : 0);
}

async function abuse() {
  await ensureInstalled();
  await ensureBuilt();
  const { runAbuse } = await import("./abuse/run.mjs");
  const startedAt = Date.now();
  console.log(`abuse: ${count} requests, seed ${seed}`);
  const missed = await runAbuse({ count, seed, mysql: values.mysql ?? null });
  console.log(
    `abuse: ${missed === 0 ? "every bar held" : `${missed} bars missed`} (${secondsSince(startedAt)})`,
  );
  return missed;
}

function withinLimit(act) {
  const late = new Promise((_resolve, reject) =>
    setTimeout(
      () => reject(new Error(`not done within ${MINUTES_MAX} minutes`)),
      MINUTES_MAX * 60_000,
    ).unref(),
  );
  return Promise.race([act(), late]);
}
