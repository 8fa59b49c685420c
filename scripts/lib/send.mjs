import { performance } from "node:perf_hooks";
import { Buffer } from "node:buffer";
import { Agent, request } from "node:http";
import { connect } from "node:net";

/** Nothing that is asked here may take longer, whatever else goes on. */
export const ANSWER_SECONDS_MAX = 15;

/**
 * Sends one request, and says how it ended: `{ status, headers, text, ms }`, `{ closed }` where the connection was closed
 * without an answer, or `{ hung }`.
 */
export function makeSend({ publicPort, adminPort }, connectionsMax) {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const send = ({ port, method, path, headers, body }, secondsMax = ANSWER_SECONDS_MAX) => {
    const startedAt = performance.now();
    const ms = () => performance.now() - startedAt;
    return new Promise((resolve) => {
      const options = {
        agent,
        host: "127.0.0.1",
        port: port === "admin" ? adminPort : publicPort,
        method,
        path,
        headers: framed(headers, body),
      };
      const outgoing = request(options);
      const timer = setTimeout(() => {
        resolve({ hung: true, ms: ms() });
        outgoing.destroy();
      }, secondsMax * 1000);
      outgoing.on("close", () => clearTimeout(timer));
      outgoing.on("error", (error) => resolve({ closed: error.code ?? error.message, ms: ms() }));
      outgoing.on("response", (incoming) => {
        const chunks = [];
        incoming.on("data", (chunk) => chunks.push(chunk));
        incoming.on("error", (error) => resolve({ closed: error.code, ms: ms() }));
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
            ms: ms(),
          }),
        );
      });
      outgoing.end(body ?? undefined);
    });
  };
  return { send, close: () => agent.destroy() };
}

/** As a list, so that a name may stand there twice. */
function framed(headers, body) {
  const list = ["Host", "127.0.0.1", ...headers.flat()];
  return body === null ? list : [...list, "Content-Length", String(Buffer.byteLength(body))];
}

/** Writes bytes that need not be HTTP, and reads until the other side closes; `{ statuses }`, or `{ hung }`. */
export function sendRaw(port, { chunks, stayOpen = false }, secondsMax = ANSWER_SECONDS_MAX) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    let heard = "";
    const settle = (outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...outcome, statuses: statusesIn(heard) });
    };
    const timer = setTimeout(() => settle({ hung: true }), secondsMax * 1000);
    socket.on("data", (data) => (heard += data.toString("latin1")));
    for (const event of ["end", "close", "error"]) socket.on(event, () => settle({}));
    for (const chunk of chunks) socket.write(chunk);
    if (!stayOpen) socket.end();
  });
}

const statusesIn = (text) =>
  [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));

/** Runs `act` on each item, `width` at a time. */
export async function eachOf(items, width, act) {
  const left = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of left) await act(item, index);
    }),
  );
}
