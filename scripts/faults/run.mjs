import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { ownDatabase } from "../lib/own-database.mjs";
import { makeSend } from "../lib/send.mjs";
import { makeTable } from "../lib/table.mjs";
import { compareAll } from "./compare.mjs";
import { makeFates } from "./fates.mjs";
import { makeCaller } from "./lives.mjs";
import { makeLoad } from "./load.mjs";
import { startProxy, STALL_MS } from "./proxy.mjs";
import { ofComparison, ofFaulty, ofOther, ofProxy, ofSettling } from "./rows.mjs";
import { makeFolder, startMia, startOtt } from "./services.mjs";
import { makeStage } from "./stage.mjs";

const FAULTY = "FAULTYTEL";
const OTHER = "OTHERTEL";
const CALLS_PER_SECOND = { [FAULTY]: 17, [OTHER]: 25 };
const ANSWERED_SECONDS_MAX = 90;
const SETTLED_SECONDS_MAX = 90;
const EXAMPLES_MAX = 8;

/** Runs everything once, prints one table, and returns how many bars were missed. */
export async function runFaults({ pairs, phaseSeconds, seed, mysql }) {
  const stage = makeStage(pairs, phaseSeconds);
  const onceIds = new Set();
  const world = await startAll({ mysql, fateOf: fatesOf(stage, seed, onceIds) });
  const { ott, proxy, service } = world;
  const { send, close } = makeSend(service, Infinity);
  const callNext = makeCaller({ send, password: service.password, onceIds });
  const loadOf = (resellerId, plus) =>
    makeLoad({
      resellerId,
      perSecond: CALLS_PER_SECOND[resellerId],
      seed: seed + plus,
      givesUp: resellerId === FAULTY,
      callNext,
    });
  const loads = [loadOf(FAULTY, 1), loadOf(OTHER, 2)];
  stage.begin();
  await Promise.all(loads.map((load) => load.run(stage.now, stage.isOver)));
  const areAnswered = await Promise.all(loads.map((load) => load.rest(ANSWERED_SECONDS_MAX)));
  const settled = await settledAlone(service);
  await whenNothingStalls(proxy);
  const lives = loads.flatMap((load) => load.lives);
  await ott.lag(0);
  const compared = await compareAll({ lives, databaseUrl: service.databaseUrl, ott });
  const isRunning = service.isRunning();
  close();
  await service.stop();

  const table = makeTable();
  const [faulty, other] = loads;
  ofProxy(table, proxy.tally[FAULTY] ?? {});
  ofFaulty(table, faulty, areAnswered.every(Boolean));
  ofSettling(table, settled, service);
  ofComparison(table, compared, lives);
  ofOther(table, other, stage.pairs);
  table.row("still running", 1, isRunning ? "yes" : "no", (said) => said === "yes");
  const examples = [...lives.flatMap(({ faults }) => faults), ...Object.values(compared.found).flat()];
  return table.print(examples.slice(0, EXAMPLES_MAX));
}

async function startAll({ mysql, fateOf }) {
  const folder = makeFolder();
  const url = mysql === null ? null : await ownDatabase(mysql, "faults");
  const ott = await startOtt(folder);
  const proxy = await startProxy({ port: ott.port, fateOf });
  const resellers = [FAULTY, OTHER];
  const service = await startMia({ folder, url, proxyUrl: proxy.url, token: ott.token, resellers });
  return { ott, proxy, service };
}

/** The faulty partner's requests alone, and look-ups of what came of them. */
function fatesOf(stage, seed, onceIds) {
  const fate = makeFates(seed);
  return ({ partner, callId }) => {
    const { isFaulty, isOutage } = stage.now();
    if (partner !== FAULTY || !isFaulty) return "pass";
    // The configured lag promises that nothing arrives later, to whoever does not come back with the same key.
    return fate({ isOutage, mayStall: !onceIds.has(callId) });
  };
}

/** No call, no repeat and no command of a person: only time. */
async function settledAlone({ mia }) {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const first = (await mia("unknown", "list")).length;
  let left = first;
  while (left > 0 && seconds() < SETTLED_SECONDS_MAX) {
    await pause(500);
    left = (await mia("unknown", "list")).length;
  }
  return { first, left, seconds: seconds() };
}

/** What its caller has long given up takes effect late, or does not: either way nothing may come of it. */
async function whenNothingStalls(proxy) {
  const until = performance.now() + STALL_MS + 5000;
  while (proxy.stalledCount() > 0 && performance.now() < until) await pause(200);
}
