import { performance } from "node:perf_hooks";
import { randomUUID } from "node:crypto";
import { basic } from "./credentials.mjs";
import { median } from "./malformed.mjs";

const GOOD_AT_ONCE = 4;
const GOOD_CALLS = 400;
const ROUNDS = 3;
/** The last of them waits for all others, and each second one for a disk. */
const BURST_SECONDS_MAX = 60;
const JSON_HEADER = ["Content-Type", "application/json"];

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

export const activation = (auth, overrides = {}) => ({
  port: "public",
  method: "POST",
  path: "/bango/v1/entitlement",
  headers: [auth, JSON_HEADER],
  body: JSON.stringify({
    requestId: randomUUID(),
    entitlementId: randomUUID(),
    resellerId: "BANGOTEL",
    productKey: "MUSIC_DIRECT",
    sharedCustomerId: randomUUID(),
    ...overrides,
  }),
});

const reading = (auth, id) => ({
  port: "public",
  method: "GET",
  path: `/bango/v1/entitlement/${id}`,
  headers: [auth],
  body: null,
});

/**
 * Good calls a few at a time: first alone, then for as long as bad logins, sent all at once, are being refused. Some
 * rounds of it, of which the one in the middle counts: another program of this machine may spoil any.
 */
export async function badLogins({ send, secrets, id, count }) {
  const good = () => send(reading(basic("bango", secrets.all), id));
  const enough = (done) => done < GOOD_CALLS;
  // The first ones find cold code, which is slower than any stranger makes them.
  await goodCalls(good, enough);
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const alone = await goodCalls(good, enough);
    let isOver = false;
    const bad = Promise.all(
      times(count, (index) => send(reading(basic("bango", `wrong-${index}`), id))),
    ).finally(() => (isOver = true));
    const beside = await goodCalls(good, () => !isOver);
    const ratio = median(beside.map(({ ms }) => ms)) / median(alone.map(({ ms }) => ms));
    rounds.push({ beside, bad: await bad, ratio });
  }
  const beside = rounds.flatMap((one) => one.beside);
  const bad = rounds.flatMap((one) => one.bad);
  const isLimited = ({ status, headers }) => status === 429 && Number(headers["retry-after"]) > 0;
  return {
    goodSent: beside.length,
    goodAnswered: beside.filter(({ status }) => status === 200).length,
    badSent: bad.length,
    refused: bad.filter(({ status }) => status === 401).length,
    limited: bad.filter(isLimited).length,
    ratio: median(rounds.map((one) => one.ratio)),
    medianMs: median(beside.map(({ ms }) => ms)),
  };
}

/** Until they are no longer wanted, told how many there have been. */
async function goodCalls(good, isWanted) {
  const outcomes = [];
  await Promise.all(
    times(GOOD_AT_ONCE, async () => {
      while (isWanted(outcomes.length)) outcomes.push(await good());
    }),
  );
  return outcomes;
}

/** All at once, from one address: every second one changes something. */
export async function burst({ send, secrets, id, count }) {
  const auth = basic("bango", secrets.all);
  const startedAt = performance.now();
  const outcomes = await Promise.all(
    times(count, (index) => send(index % 2 === 0 ? activation(auth) : reading(auth, id), BURST_SECONDS_MAX)),
  );
  return {
    ms: performance.now() - startedAt,
    good: outcomes.filter(({ status }) => status >= 200 && status < 300).length,
    busy: outcomes.filter(({ status, headers }) => status === 503 && headers["retry-after"]).length,
  };
}
