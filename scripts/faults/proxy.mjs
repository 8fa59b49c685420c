import { clearTimeout, setTimeout } from "node:timers";
import { Buffer } from "node:buffer";
import { Agent, createServer, request } from "node:http";
import { afterwards } from "../lib/clean-up.mjs";

export const STALL_MS = 30_000;
const GARBAGE = [
  ["text/html", "<!doctype html><title>It works!</title><p>This is the default page of this server."],
  ["application/json", '{"membership": {"reference": "'],
  ["application/json", ""],
  ["application/octet-stream", "\0\xff\xfe\x01"],
];
const BROKEN = JSON.stringify({ error: { code: "internal", message: "something broke" } });
/** Of its hop alone: node writes its own. */
const HOP = /^(connection|keep-alive|transfer-encoding|content-length|host)$/i;

/**
 * Stands between the adapter and the account system at `port`. `fateOf({ partner, key, callId })` says what becomes of a
 * request; of a look-up the partner is the one whose effect had that key. `tally` counts what became of all.
 */
export async function startProxy({ port, fateOf }) {
  const agent = new Agent({ keepAlive: true });
  const partners = new Map();
  const stalled = new Set();
  const tally = {};
  const take = async (req, res) => {
    // Whoever gives up closes its connection; what it sent may arrive all the same.
    res.on("error", () => {});
    const body = await bodyOf(req).catch(() => null);
    if (body === null) return;
    const asked = askedBy(req, partners);
    const fate = fateOf(asked);
    const { partner = "nobody" } = asked;
    tally[partner] ??= {};
    tally[partner][fate] = (tally[partner][fate] ?? 0) + 1;
    const met = { req, res, forward: () => forward(agent, port, req, body), stalled };
    await MEET[fate](met).catch(() => req.socket.destroy());
  };
  const server = createServer((req, res) => void take(req, res));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(() => {
    for (const { id } of stalled) clearTimeout(id);
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, tally, stalledCount: () => stalled.size };
}

const MEET = {
  pass: async ({ res, forward }) => answer(res, await forward()),
  "error before": async ({ res }) => say(res, 500, "application/json", BROKEN),
  "error after": async ({ res, forward }) => {
    await forward();
    say(res, 500, "application/json", BROKEN);
  },
  "silence after": ({ forward }) => forward(),
  "garbage before": async ({ req, res }) => garble(req, res),
  "garbage after": async ({ req, res, forward }) => {
    await forward();
    garble(req, res);
  },
  "reset before": async ({ req }) => req.socket.resetAndDestroy(),
  "reset after": async ({ req, forward }) => {
    await forward();
    req.socket.resetAndDestroy();
  },
  "cut after": async ({ req, res, forward }) => {
    const { status, headers, body } = await forward();
    res.writeHead(status, { ...headers, "content-length": body.length });
    res.write(body.subarray(0, body.length / 2), () => req.socket.resetAndDestroy());
  },
  stall: async ({ res, forward, stalled }) => {
    const timer = {};
    stalled.add(timer);
    await new Promise((resolve) => (timer.id = setTimeout(resolve, STALL_MS)));
    answer(res, await forward().finally(() => stalled.delete(timer)));
  },
};

/** One kind for one address, so that a run can be had again. */
function garble({ url }, res) {
  const [type, text] = GARBAGE[url.length % GARBAGE.length];
  say(res, 200, type, Buffer.from(text, "latin1"));
}

function say(res, status, type, body) {
  res.writeHead(status, { "content-type": type });
  res.end(body);
}

function answer(res, { status, headers, body }) {
  if (res.destroyed) return;
  res.writeHead(status, headers);
  res.end(body);
}

function askedBy({ headers, url }, partners) {
  const own = headers["x-partner"];
  const key = headers["idempotency-key"] ?? url.split("/").at(-1);
  if (own !== undefined) partners.set(key, own);
  return { partner: own ?? partners.get(key), callId: headers["x-caller-request"] };
}

async function bodyOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forward(agent, port, { method, url, headers }, body) {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name)));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      host: "127.0.0.1",
      port,
      method,
      path: url,
      headers: { ...own, "content-length": body.length },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const kept = Object.entries(incoming.headers).filter(([name]) => !HOP.test(name));
      bodyOf(incoming).then(
        (received) =>
          resolve({ status: incoming.statusCode, headers: Object.fromEntries(kept), body: received }),
        reject,
      );
    });
    outgoing.end(body);
  });
}
