import type { JsonObject } from "./json.js";

const MESSAGES = ["activate", "terminate", "suspend", "resume", "update", "notify", "echo"] as const;
export type MessageName = (typeof MESSAGES)[number];

const FAULT_KINDS = ["down", "slow", "status", "cutAfterEffect", "unauthorized"] as const;

/**
 * How Bango's endpoint misbehaves for the merchant's calls. `down`: the socket is destroyed before any effect (a live
 * port cannot refuse a connection). `slow`: effect and answer come after `delayMs`, though the caller may have gone.
 * `status`: this answer and no effect. `cutAfterEffect`: effect, but no answer. `unauthorized`: 401 to good credentials.
 */
export interface Fault {
  readonly operation: MessageName | "*";
  readonly kind: (typeof FAULT_KINDS)[number];
  readonly status?: number;
  readonly delayMs?: number;
  /** How many calls it meets; without it, all until the faults are cleared. */
  readonly times?: number;
  /** Sent as Retry-After: seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  readonly responseCode?: string;
  /** `status` in the body of the answer. */
  readonly bodyStatus?: string;
}

export interface Faults {
  readonly add: (fault: Fault) => void;
  readonly clear: () => void;
  readonly list: () => readonly Fault[];
  /** The fault that meets this call, oldest first; it counts as one time. */
  readonly take: (message: string) => Fault | null;
}

const FAULTS_MAX = 100;
const DELAY_MAX_MS = 120_000;

export function makeFaults(): Faults {
  let pending: { fault: Fault; left: number }[] = [];
  return {
    add(fault) {
      pending.push({ fault, left: fault.times ?? Infinity });
      if (pending.length > FAULTS_MAX) pending.shift();
    },
    clear() {
      pending = [];
    },
    list: () => pending.map(({ fault, left }) => (left === Infinity ? fault : { ...fault, times: left })),
    take(message) {
      const met = pending.find(({ fault }) => fault.operation === "*" || fault.operation === message);
      if (!met) return null;
      met.left -= 1;
      pending = pending.filter(({ left }) => left > 0);
      return met.fault;
    },
  };
}

type Check = readonly [name: keyof Fault, fits: (value: unknown) => boolean, what: string];

const within = (least: number, most: number) => (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
const oneOf = (names: readonly string[]) => (value: unknown) => names.some((name) => name === value);
const isText = (value: unknown): boolean => typeof value === "string" && /^[\x20-\x7e]{1,100}$/.test(value);

const CHECKS: readonly Check[] = [
  ["operation", oneOf([...MESSAGES, "*"]), `one of ${MESSAGES.join(", ")}, *`],
  ["kind", oneOf(FAULT_KINDS), `one of ${FAULT_KINDS.join(", ")}`],
  ["status", within(200, 599), "a status from 200 to 599"],
  ["delayMs", within(0, DELAY_MAX_MS), `milliseconds up to ${String(DELAY_MAX_MS)}`],
  ["times", within(1, 1_000_000), "a count from 1"],
  ["retryAfter", (value) => within(0, 86_400)(value) || isText(value), "seconds or an HTTP date"],
  ["responseCode", isText, "a text"],
  ["bodyStatus", isText, "a text"],
];

/** The fault, or what is wrong with it. */
export function parseFault(body: JsonObject): Fault | string {
  const asked: JsonObject = { operation: "*", ...body };
  const known: readonly string[] = CHECKS.map(([name]) => name);
  const wrong = [
    ...Object.keys(asked)
      .filter((name) => !known.includes(name))
      .map((name) => `${name}: no such field`),
    ...CHECKS.filter(
      ([name, fits]) => (name === "kind" || asked[name] !== undefined) && !fits(asked[name]),
    ).map(([name, , what]) => `${name}: ${what}`),
  ];
  if (asked.kind === "status" && asked.status === undefined) wrong.push("status: needed by kind status");
  // With no check failed it is a Fault.
  return wrong.length > 0 ? wrong.join("; ") : (asked as unknown as Fault);
}
