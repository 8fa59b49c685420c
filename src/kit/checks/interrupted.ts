import type { AccountResult } from "../../core/account-result.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { isTaken } from "../answers.js";
import { GRACE_MS, pause } from "../bounded.js";
import type { Came } from "../bounded.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import type { Subject } from "../subject.js";
import { json } from "../texts.js";

/** Before the call, in its very tick, and as a network would have it. */
const ABORT_AFTER_MS = [-1, 0, 1, 3, 10, 30, 100];
/** How long after an abort an effect that was already on its way is waited for. */
const LATE_EFFECT_MS = 400;

/** What an interruption of `revoke` is tried at: few, since an adapter may count them against the API. */
const REVOKED_AFTER_MS = [0, 3];

interface Interrupted {
  readonly operation: "activate" | "revoke";
  readonly isSlow: boolean;
  readonly entitlement: AccountEntitlement;
  readonly key: string;
  readonly abortedAfterMs: number;
  /** How long it took to end once it was aborted; less than nothing where it had ended before. */
  readonly endedAfterMs: number;
  readonly came: Came<AccountResult>;
}

type Asked = Pick<Interrupted, "operation" | "entitlement" | "isSlow">;

async function interruptOne(subject: Subject, abortedAfterMs: number, asked: Asked): Promise<Interrupted> {
  const key = newKey();
  const controller = new AbortController();
  let abortedAt = Infinity;
  const abort = (): void => {
    abortedAt = performance.now();
    controller.abort(new Error("the deadline has passed"));
  };
  if (abortedAfterMs < 0) abort();
  const call = subject.interrupt(asked.operation, asked.entitlement, { key, signal: controller.signal });
  if (abortedAfterMs === 0) abort();
  const timer = abortedAfterMs > 0 ? setTimeout(abort, abortedAfterMs) : undefined;
  const came = await call;
  clearTimeout(timer);
  return { ...asked, key, abortedAfterMs, endedAfterMs: performance.now() - abortedAt, came };
}

/** One activation for each moment; and, where the settings name what is slow, once more with that. */
async function interruptAll(subject: Subject): Promise<Interrupted[]> {
  const { slow } = subject.settings;
  const asked: { readonly ms: number; readonly of: Asked }[] = [];
  for (const part of [undefined, ...(slow ? [slow] : [])])
    for (const ms of ABORT_AFTER_MS) {
      const entitlement = await subject.newEntitlement(part);
      asked.push({ ms, of: { operation: "activate", entitlement, isSlow: part !== undefined } });
    }
  return Promise.all(asked.map(({ ms, of }) => interruptOne(subject, ms, of)));
}

async function interruptRevokes(subject: Subject): Promise<Interrupted[]> {
  const asked: { readonly ms: number; readonly of: Asked }[] = [];
  for (const ms of REVOKED_AFTER_MS)
    asked.push({ ms, of: { operation: "revoke", entitlement: await subject.active(), isSlow: false } });
  return Promise.all(asked.map(({ ms, of }) => interruptOne(subject, ms, of)));
}

export const abort: Check = {
  id: "abort",
  title: "ends soon after the signal aborts, by whatever answer or error",
  needs: [],
  async run(subject) {
    const interrupted = [...(await interruptAll(subject)), ...(await interruptRevokes(subject))];
    for (const { operation, came, endedAfterMs, abortedAfterMs } of interrupted)
      must(
        came.kind !== "late" && endedAfterMs < GRACE_MS,
        `${operation} had not ended ${String(GRACE_MS)} ms after it was aborted (${abortedAfterMs < 0 ? "before it began" : `${String(abortedAfterMs)} ms after it began`})`,
        "calls that nobody waits for pile up, with a connection each, while the system is slow",
        "hand `signal` to fetch, to your database driver, and to every wait of your own",
      );
  },
};

/** What nobody was told of: it threw, was unknown or was never answered. */
const isUnknown = ({ came }: Interrupted): boolean =>
  came.kind !== "answered" || came.answer.kind === "unknown";

async function lookAll(subject: Subject, all: readonly Interrupted[]) {
  const seen = await subject.look(all.map(({ entitlement }) => entitlement.merchantEntitlementId));
  return ({ entitlement }: Interrupted) => seen.get(entitlement.merchantEntitlementId);
}

export const lateEffect: Check = {
  id: "late-effect",
  title: "lets no effect come after lookup has called it absent",
  needs: ["lookup"],
  async run(subject) {
    const open = (await interruptAll(subject)).filter(isUnknown);
    await subject.settle();
    const missing: Interrupted[] = [];
    for (const one of open) if ((await subject.lookUp(one.key)).kind === "absent") missing.push(one);
    const accessBefore = await lookAll(subject, missing);
    const absent = missing.filter((one) => accessBefore(one) !== "full");
    if (absent.length === 0) return;
    await pause(LATE_EFFECT_MS);
    const accessAfter = await lookAll(subject, absent);
    for (const one of absent) {
      const { kind } = await subject.lookUp(one.key);
      must(
        kind !== "present" && accessAfter(one) !== "full",
        "an interrupted activate took effect after lookup had answered absent",
        "the service has told Bango that nothing happened, and asks no more",
        "stop the work when the signal aborts, or declare a lagMs that is longer than the work can take",
      );
    }
  },
};

export const unknownOutcome: Check = {
  id: "unknown-outcome",
  title: "tells by lookup what became of an interrupted call, and is right",
  needs: ["lookup"],
  async run(subject) {
    const interrupted = [...(await interruptAll(subject)), ...(await interruptRevokes(subject))];
    await subject.settle();
    for (const one of interrupted.filter(isUnknown)) await expectTruth(subject, one);
  },
};

const WHY_TRUTH = "the service goes by it: absent means that nothing was done, and a new call may do it";
const FIX_TRUTH =
  "write the key and its result in the transaction of the effect, so that there is never one without the other";

async function expectTruth(subject: Subject, interrupted: Interrupted): Promise<void> {
  const { key, entitlement, operation, isSlow } = interrupted;
  const wished = operation === "activate" ? "full" : "none";
  const found = await subject.lookUp(key);
  if (found.kind === "unsure") return;
  const seen = await subject.accessOf(entitlement.merchantEntitlementId);
  if (found.kind === "present") {
    const isWrong = found.result.kind === "done" && seen !== undefined && seen !== wished;
    must(
      !isWrong,
      `lookup answered present, done, for ${operation}, which left access ${String(seen)}`,
      WHY_TRUTH,
      FIX_TRUTH,
    );
    return;
  }
  must(
    seen !== wished,
    `lookup answered absent for ${operation}, which left access ${wished}`,
    WHY_TRUTH,
    FIX_TRUTH,
  );
  // What is slow by itself would only run into the deadline again.
  if (!isSlow) await expectNotDone(subject, interrupted);
}

/** What lookup calls absent can be done by the same key, as if it had never come. */
async function expectNotDone(subject: Subject, { key, entitlement, operation }: Interrupted): Promise<void> {
  const again = await subject.ask(operation, entitlement, { key, repeat: true });
  must(
    isTaken(again) && again.kind !== "alreadySo",
    `after lookup had answered absent, the same key was answered ${json(again)} by ${operation}`,
    WHY_TRUTH,
    FIX_TRUTH,
  );
  const times = await subject.effects(key);
  must(
    times === undefined || times === 1,
    `after an interrupted ${operation} the key took effect ${String(times)} times`,
    WHY_TRUTH,
    FIX_TRUTH,
  );
}
