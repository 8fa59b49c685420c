import { Fault } from "../lib/fault.mjs";
import { ownDatabase } from "../lib/own-database.mjs";
import { makeTable } from "../lib/table.mjs";
import { basic } from "./credentials.mjs";
import { activation, badLogins, burst } from "./logins.mjs";
import { memoryOf, sendMalformed } from "./malformed.mjs";
import { makeSend, sendRaw } from "../lib/send.mjs";
import { startService } from "./service.mjs";
import { SLOW_SENDERS } from "./sockets.mjs";
import { differences, readTables } from "./tables.mjs";

/** A whole request has 30 s to arrive, and the service looks for the late ones every 5 s. */
const SLOW_SECONDS_MAX = 40;
const LOGINS = 1000;
const RSS_MIB_MAX = 300;
const RSS_GROWTH_MAX = 1.15;
/** Below this many the process has not yet seen everything once, and its memory says nothing. */
const REQUESTS_FOR_GROWTH_MIN = 20_000;
const RATIO_MAX = 3;

/** Runs everything once, prints one table, and returns how many bars were missed. */
export async function runAbuse({ count, seed, mysql }) {
  const service = await startService(mysql === null ? null : await ownDatabase(mysql, "abuse"));
  const canary = `~canary${seed.toString(36)}~`;
  const { send, close } = makeSend(service, Infinity);
  const table = makeTable();
  const good = basic("bango", service.secrets.all);
  const world = { canary, ...(await firstEntitlements(send, good)) };
  const slow = Promise.all(SLOW_SENDERS.map((one) => sendRaw(service.publicPort, one, SLOW_SECONDS_MAX)));

  const before = await readTables(service.databaseUrl);
  const malformed = await sendMalformed({ service, send, world, count, seed });
  ofMalformed(table, malformed);
  const letGo = await slow;
  table.row(
    "slow senders let go",
    letGo.length,
    countOf(letGo, ({ hung }) => hung),
    (hung) => hung === 0,
  );
  const changed = differences(before, await readTables(service.databaseUrl));
  table.row(
    "tables written",
    Object.keys(before).length,
    changed.join(" ") || "none",
    () => changed.length === 0,
  );
  ofMemory(table, malformed, count);

  const after = await send(activation(good));
  table.row("a good call afterwards", 1, after.status ?? "none", (status) => status === 201);
  const asked = { send, secrets: service.secrets, id: world.existing[0], count: LOGINS };
  ofLogins(table, await badLogins(asked));
  ofBurst(table, await burst(asked));
  table.row("still running", 1, service.isRunning() ? "yes" : "no", (said) => said === "yes");
  close();
  await service.stop();
  ofLog(table, service, canary);
  return table.print(malformed.faults);
}

const countOf = (items, test) => items.filter(test).length;

/** One that is active, one that has ended, and the link of one that waits for its customer. */
async function firstEntitlements(send, good) {
  const made = async (overrides) => {
    const { status, text } = await send(activation(good, overrides));
    if (status !== 201 && status !== 202)
      throw new Fault("The first activation failed.", `${status} ${text}`, "mend it first");
    return JSON.parse(text);
  };
  const active = await made();
  const ended = await made();
  const path = `/bango/v1/entitlement/${ended.merchantEntitlementId}/revoke`;
  await send({ port: "public", method: "POST", path, headers: [good], body: null });
  const pending = await made({ productKey: "MUSIC" });
  return {
    existing: [active.merchantEntitlementId, ended.merchantEntitlementId],
    linkToken: pending.activationUrl.split("/").at(-1),
  };
}

function ofMemory(table, malformed, count) {
  if (malformed.rss.length < 8) {
    table.row("memory", malformed.rss.length, "too few samples to say", () => true);
    return;
  }
  const { second, last, most } = memoryOf(malformed);
  const growth = last / second;
  table.row("memory at most, MiB", malformed.rss.length, Math.round(most), (mib) => mib < RSS_MIB_MAX);
  const isJudged = count >= REQUESTS_FOR_GROWTH_MIN;
  const said = `${growth.toFixed(3)} (${Math.round(second)} to ${Math.round(last)} MiB)`;
  table.row(
    `memory, last quarter to second${isJudged ? "" : ", not judged"}`,
    malformed.rss.length,
    said,
    () => !isJudged || growth <= RSS_GROWTH_MAX,
  );
}

function ofLogins(table, { goodSent, goodAnswered, badSent, refused, limited, ratio, medianMs }) {
  const isGood = limited > 0 && refused + limited === badSent;
  table.row("bad logins refused: 401, then 429", badSent, `${refused} + ${limited}`, () => isGood);
  table.row(
    "good calls beside them",
    goodSent,
    `${goodAnswered} answered 200`,
    () => goodAnswered === goodSent,
  );
  table.row(
    "their median, to that without",
    goodSent,
    `${ratio.toFixed(2)} (${medianMs.toFixed(1)} ms)`,
    () => ratio <= RATIO_MAX,
  );
}

function ofBurst(table, { ms, good, busy }) {
  const said = `${good} answered 2xx, ${busy} 503 (${Math.round(ms)} ms)`;
  table.row("a burst of good calls", LOGINS, said, () => good === LOGINS);
}

function ofLog(table, service, canary) {
  const lines = service.logLines();
  const errors = lines.filter(
    (line) => /"level":"(error|fatal)"/.test(line) || (line !== "" && !line.startsWith("{")),
  );
  const leaks = lines.filter((line) => line.includes(canary));
  table.row("lines of the log that are errors", lines.length, errors.length, (found) => found === 0);
  table.row("lines of the log with what was sent", lines.length, leaks.length, (found) => found === 0);
  for (const line of [...errors, ...leaks].slice(0, 5)) console.error(line.slice(0, 1000));
}

function ofMalformed(table, { kinds, faultCount, sent }) {
  for (const [what, { count, endings }] of [...kinds].sort(([one], [other]) => one.localeCompare(other))) {
    const said = Object.entries(endings)
      .sort()
      .map(([name, number]) => `${name} ${number}`);
    const isGood = !("hung" in endings) && !("5xx" in endings);
    table.row(what, count, said.join(", "), () => isGood);
  }
  table.row("5xx, hung, or accepted", sent, faultCount, (found) => found === 0);
}
