import { z } from "zod";

const MODES = ["normal", "slow", "flaky", "down", "timeout-after-commit", "garbage"] as const;
export type Mode = (typeof MODES)[number];

/** What can be told to misbehave alone. */
export const OPERATIONS = [
  "membership.create",
  "membership.pause",
  "membership.unpause",
  "membership.change",
  "membership.end_at_period",
  "membership.undo_end",
  "membership.end",
  "membership.find",
  "membership.list",
  "link.set",
  "eligibility.check",
  "account.register",
  "account.sign_in",
  "operation.find",
  "health",
  "page",
] as const;
export type OperationName = (typeof OPERATIONS)[number];

export const LATENCY_MAX_MS = 60_000;
export const LAG_MAX_MS = 600_000;
export const SEED_MAX = 4_294_967_295;
export const PAGE_MAX = 200;

export const settingsSchema = z.strictObject({
  mode: z.enum(MODES),
  /** Every call waits this long before it takes effect; 3,000 in mode slow. */
  latencyMs: z.int().min(0).max(LATENCY_MAX_MS).optional(),
  /** The share of calls that the mode meets: 0.3 in mode flaky, else 1. */
  failureRate: z.number().min(0).max(1).optional(),
  /** The same seed throws the same dice. */
  seed: z.int().min(0).max(SEED_MAX).default(1),
  /** Look-ups and reads see what was written this long ago. */
  lagMs: z.int().min(0).max(LAG_MAX_MS).default(0),
  /** The most memberships on one page of the list, whatever was asked. */
  pageMax: z.int().min(1).max(PAGE_MAX).default(PAGE_MAX),
  /** What down looks like: 503, 429 or a connection that is reset. */
  downAs: z.enum(["unavailable", "busy", "reset"]).default("unavailable"),
  /** Whose calls are met; without it, all. */
  only: z.array(z.enum(OPERATIONS)).min(1).optional(),
  /** How many calls the mode meets before all is normal again. */
  times: z.int().min(1).optional(),
});
export type SettingsInput = z.input<typeof settingsSchema>;
export type Settings = z.infer<typeof settingsSchema>;

/** What becomes of one call. */
export interface Fate {
  readonly latencyMs: number;
  /** Instead of any effect. */
  readonly before: "unavailable" | "busy" | "reset" | "error" | null;
  /** Instead of the answer, the effect having been taken. */
  readonly after: "error" | "silence" | "garbage" | null;
}

export interface OperatorSwitch {
  readonly settings: () => Settings;
  readonly set: (input: SettingsInput) => void;
  /** Throws the dice for one call. `isEffect`: it changes something. */
  readonly fateOf: (operation: OperationName, isEffect: boolean) => Fate;
}

const SLOW_MS = 3000;
const FLAKY_RATE = 0.3;
const CALM: Fate = { latencyMs: 0, before: null, after: null };

export function makeOperatorSwitch(initial: SettingsInput = { mode: "normal" }): OperatorSwitch {
  let settings = settingsSchema.parse(initial);
  let dice = makeDice(settings.seed);
  let met = 0;

  function isMet(): boolean {
    const rate = settings.failureRate ?? (settings.mode === "flaky" ? FLAKY_RATE : 1);
    if (settings.mode === "normal" || settings.mode === "slow") return false;
    if (settings.times !== undefined && met >= settings.times) return false;
    const isStruck = dice() < rate;
    if (isStruck) met += 1;
    return isStruck;
  }

  return {
    settings: () => settings,
    set(input) {
      settings = settingsSchema.parse(input);
      dice = makeDice(settings.seed);
      met = 0;
    },
    fateOf(operation, isEffect) {
      if (settings.only && !settings.only.includes(operation)) return CALM;
      const calm = { ...CALM, latencyMs: settings.latencyMs ?? (settings.mode === "slow" ? SLOW_MS : 0) };
      if (settings.mode === "timeout-after-commit" && !isEffect) return calm;
      return isMet() ? { ...calm, ...misfortune(settings, dice) } : calm;
    },
  };
}

function misfortune({ mode, downAs }: Settings, dice: () => number): Partial<Fate> {
  switch (mode) {
    case "normal":
    case "slow":
      return {};
    case "flaky":
      return dice() < 0.5 ? { before: "error" } : { after: "error" };
    case "down":
      return { before: downAs };
    case "timeout-after-commit":
      return { after: "silence" };
    case "garbage":
      return { after: "garbage" };
  }
}

/** Mulberry32: from 0 to below 1, the same for the same seed. */
function makeDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
