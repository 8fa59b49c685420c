import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireBuilt } from "./mia.js";

export const TIME_OUT_MS = 300;
const DEADLINE_MS = 5000;
const ROOT = join(__dirname, "..", "..");

/** Asks a server that never answers, and collects garbage all the while; prints how long it took. */
const SCRIPT = `
import { createServer } from "node:http";
import { httpAccountSystem } from "${ROOT}/dist/src/accounts/http/http-account-system.js";
import { httpAccounts } from "${ROOT}/dist/src/config/http-accounts-schema.js";
const server = createServer(() => {}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const say = () => {};
const rule = [{ status: 200, kind: "done" }];
const step = { method: "POST", path: "/x", results: rule };
const options = httpAccounts.parse({
  type: "http", baseUrl: "http://127.0.0.1:" + server.address().port, lagMs: 0, timeoutMs: ${String(TIME_OUT_MS)}, retries: { max: 0 },
  operations: { activate: step, revoke: step, lookup: { ...step, method: "GET" }, health: { method: "GET", path: "/" } },
});
const accounts = httpAccountSystem(options, { log: { debug: say, info: say, warn: say, error: say } });
const collecting = setInterval(gc, 20);
const controller = new AbortController();
const deadline = setTimeout(() => controller.abort(new Error("late")), ${String(DEADLINE_MS)});
const startedAt = performance.now();
await accounts.activate({
  idempotencyKey: "k", deadlineAt: Date.now() + ${String(DEADLINE_MS)}, signal: controller.signal, access: "full", now: Date.now(),
  trace: { requestId: "t", traceparent: null }, command: { operation: "activate", reason: null, requestId: null, unknownFields: null },
  entitlement: { resellerId: "R", accountReference: null, dateActivated: null, dateExpiry: null },
});
console.log(Math.round(performance.now() - startedAt));
clearInterval(collecting); clearTimeout(deadline);
await accounts.close();
server.closeAllConnections(); server.close();
`;

/** How long a request of the built adapter waits for an answer that never comes, in milliseconds. */
export async function timeOutUnderCollection(): Promise<number> {
  requireBuilt();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--expose-gc", "--input-type=module", "--eval", SCRIPT],
    { cwd: ROOT },
  );
  return Number(stdout);
}
