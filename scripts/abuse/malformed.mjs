import { clearInterval, setInterval } from "node:timers";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { bearer, basic } from "./credentials.mjs";
import { eachOf, sendRaw } from "../lib/send.mjs";

/** Made and sent a few at a time, so that our own memory stays small too. */
const CHUNK = 500;
const CONNECTIONS = 16;
const SOCKETS_SHARE = 0.03;
const SAMPLE_EVERY_MS = 200;
const EXAMPLES_MAX = 5;

/** Sends `count` generated requests, and says what came of them: `{ kinds, faults, answered, rss }`. */
export async function sendMalformed({ service, send, world, count, seed }) {
  const { anyRequest } = await import("./requests.mjs");
  const { anySocket } = await import("./sockets.mjs");
  const requests = anyRequest(worldOf(service, world));
  const result = { kinds: new Map(), faults: [], faultCount: 0, sent: 0, rss: [] };
  const sampler = setInterval(() => {
    const rss = service.rssMiB();
    if (rss !== null) result.rss.push({ sent: result.sent, rss });
  }, SAMPLE_EVERY_MS);
  for (let done = 0; done < count; done += CHUNK) {
    const numRuns = Math.min(CHUNK, count - done);
    const onSockets = Math.round(numRuns * SOCKETS_SHARE);
    const chunkSeed = seed + done;
    const items = [
      ...fc.sample(requests, { numRuns: numRuns - onSockets, seed: chunkSeed }),
      ...(onSockets > 0 ? fc.sample(anySocket(), { numRuns: onSockets, seed: chunkSeed }) : []),
    ];
    await eachOf(items, CONNECTIONS, async (item) => {
      note(result, item, await ending(service, send, item));
    });
    if (!service.isRunning()) break;
  }
  clearInterval(sampler);
  return result;
}

const worldOf = ({ secrets }, world) => ({
  ...world,
  secrets,
  good: [basic("bango", secrets.all)],
  operate: [bearer(secrets.operate)],
});

async function ending(service, send, item) {
  if (!item.chunks) return send(item);
  return sendRaw(item.port === "admin" ? service.adminPort : service.publicPort, item);
}

function note(result, item, outcome) {
  result.sent += 1;
  const kind = result.kinds.get(item.what) ?? { count: 0, endings: {} };
  result.kinds.set(item.what, kind);
  kind.count += 1;
  const ended = endingOf(outcome);
  kind.endings[ended] = (kind.endings[ended] ?? 0) + 1;
  const fault = faultOf(item, outcome);
  if (fault === null) return;
  result.faultCount += 1;
  if (result.faults.length < EXAMPLES_MAX) result.faults.push(`${fault}: ${told(item)}`);
}

/** "4xx", "closed" and so on, by the last that was answered. */
function endingOf({ status, statuses, hung }) {
  if (hung) return "hung";
  const last = status ?? statuses?.at(-1);
  return last === undefined ? "closed" : `${Math.floor(last / 100)}xx`;
}

/** What must never be: no ending in time, one of ours that failed, or something done that is no mere look. */
function faultOf({ what, method }, { status, statuses, hung }) {
  if (hung) return "hung";
  const worst = Math.max(status ?? 0, ...(statuses ?? []));
  if (worst >= 500) return `answered ${worst}`;
  const mayPass = method !== "POST" && method !== "PATCH";
  return status >= 200 && status < 300 && !mayPass && what !== "landing pages" ? `accepted, ${status}` : null;
}

const told = ({ what, port, method, path, headers, body, chunks }) =>
  JSON.stringify(
    chunks
      ? { what, port, bytes: Buffer.concat(chunks).toString("latin1").slice(0, 300) }
      : { what, port, method, path: path.slice(0, 200), headers, body: body?.toString().slice(0, 300) },
  ).slice(0, 1200);

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** Of the quarters of what was sent: the medians of the second and the last, and the most there was. In MiB. */
export function memoryOf({ rss, sent }) {
  const quarter = (number) =>
    rss.filter((one) => one.sent >= (sent * (number - 1)) / 4 && one.sent <= (sent * number) / 4);
  const [second, last] = [2, 4].map((number) => median(quarter(number).map((one) => one.rss)));
  return { second, last, most: Math.max(...rss.map((one) => one.rss)) };
}

export { median };
