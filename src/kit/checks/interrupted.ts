import type { AccountResult } from "../../core/account-result.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { GRACE_MS, pause } from "../bounded.js";
import type { Came } from "../bounded.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { json } from "../same-result.js";
import { isTaken } from "../subject.js";
import type { Subject } from "../subject.js";

/** Before the call, in its very tick, and as a network would have it. */
const ABORT_AFTER_MS = [-1, 0, 1, 3, 10, 30, 100];
/** How long after an abort an effect that was already on its way is waited for. */
const LATE_EFFECT_MS = 400;

interface Interrupted {
  readonly isSlow: boolean;
  readonly entitlement: AccountEntitlement;
  readonly key: string;
  readonly abortedAfterMs: number;
  /** How long it took to end once it was aborted; less than nothing where it had ended before. */
  readonly endedAfterMs: number;
  readonly came: Came<AccountResult>;
}

async function interruptOne(subject: Subject, abortedAfterMs: number, part?: object): Promise<Interrupted> {
  const entitlement = subject.newEntitlement(part);
  const key = newKey();
  const controller = new AbortController();
  let abortedAt = Infinity;
  const abort = (): void => {
    abortedAt = performance.now();
    controller.abort(new Error("the deadline has passed"));
  };
  if (abortedAfterMs < 0) abort();
  const call = subject.interrupt("activate", entitlement, { key, signal: controller.signal });
  if (abortedAfterMs === 0) abort();
  const timer = abortedAfterMs > 0 ? setTimeout(abort, abortedAfterMs) : undefined;
  const came = await call;
  clearTimeout(timer);
  return {
    isSlow: part !== undefined,
    entitlement,
    key,
    abortedAfterMs,
    endedAfterMs: performance.now() - abortedAt,
    came,
  };
}

/** One activation for each moment; and, where the settings name what is slow, once more with that. */
async function interruptAll(subject: Subject): Promise<Interrupted[]> {
  const { slow } = subject.settings;
  return Promise.all([
    ...ABORT_AFTER_MS.map((ms) => interruptOne(subject, ms)),
    ...(slow ? ABORT_AFTER_MS.map((ms) => interruptOne(subject, ms, slow)) : []),
  ]);
}

export const abort: Check = {
  id: "abort",
  title: "ends soon after the signal aborts, by whatever answer or error",
  needs: [],
  async run(subject) {
    for (const { came, endedAfterMs, abortedAfterMs } of await interruptAll(subject))
      must(
        came.kind !== "late" && endedAfterMs < GRACE_MS,
        `activate had not ended ${String(GRACE_MS)} ms after it was aborted (${abortedAfterMs < 0 ? "before it began" : `${String(abortedAfterMs)} ms after it began`})`,
        "calls that nobody waits for pile up, with a connection each, while the system is slow",
        "hand `signal` to fetch, to your database driver, and to every wait of your own",
      );
  },
};

/** What nobody was told of: it threw, was unknown or was never answered. */
const isUnknown = ({ came }: Interrupted): boolean =>
  came.kind !== "answered" || came.answer.kind === "unknown";

const isClosed = async (subject: Subject, { entitlement }: Interrupted): Promise<boolean> =>
  (await subject.accessOf(entitlement.merchantEntitlementId)) !== "full";

export const lateEffect: Check = {
  id: "late-effect",
  title: "lets no effect come after lookup has called it absent",
  needs: ["lookup"],
  async run(subject) {
    const open = (await interruptAll(subject)).filter(isUnknown);
    await subject.settle();
    const absent: Interrupted[] = [];
    for (const one of open)
      if ((await subject.lookUp(one.key)).kind === "absent" && (await isClosed(subject, one)))
        absent.push(one);
    if (absent.length === 0) return;
    await pause(LATE_EFFECT_MS);
    for (const one of absent) {
      const { kind } = await subject.lookUp(one.key);
      must(
        kind !== "present" && (await isClosed(subject, one)),
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
    const interrupted = await interruptAll(subject);
    await subject.settle();
    for (const one of interrupted.filter(isUnknown)) await expectTruth(subject, one);
  },
};

async function expectTruth(subject: Subject, { key, entitlement, isSlow }: Interrupted): Promise<void> {
  const why = "the service goes by it: absent means that nothing was done, and a new call may do it";
  const fix =
    "write the key and its result in the transaction of the effect, so that there is never one without the other";
  const { merchantEntitlementId: id } = entitlement;
  const found = await subject.lookUp(key);
  if (found.kind === "unsure") return;
  const seen = await subject.accessOf(id);
  if (found.kind === "present") {
    const isWrong = found.result.kind === "done" && seen === "none";
    must(!isWrong, "lookup answered present, done, for an activate that gave no access", why, fix);
    return;
  }
  must(seen !== "full", "lookup answered absent for an activate that gave access", why, fix);
  // What is slow by itself would only run into the deadline again.
  if (isSlow) return;
  const again = await subject.ask("activate", entitlement, { key });
  must(
    isTaken(again) && again.kind !== "alreadySo",
    `after lookup had answered absent, the same key was answered ${json(again)}`,
    why,
    fix,
  );
  const times = await subject.effects(key);
  must(
    times === undefined || times === 1,
    `after an interrupted call the key took effect ${String(times)} times`,
    why,
    fix,
  );
}
