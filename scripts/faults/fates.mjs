import { makeDice, pick } from "../lib/dice.mjs";

/** Out of a hundred requests so many meet it, where the proxy is told to misbehave. The rest pass. */
const IN_A_HUNDRED = [
  ["error before", 5],
  ["error after", 5],
  ["silence after", 4],
  ["garbage before", 2],
  ["garbage after", 2],
  ["reset before", 2],
  ["reset after", 2],
  ["cut after", 2],
  ["stall", 3],
];
export const FATES = IN_A_HUNDRED.map(([name]) => name);

/** What may meet a call that nobody repeats: all that is over when it is over. */
const PROMPT = FATES.filter((name) => name !== "stall");

/**
 * What becomes of one request: `before` it reaches the account system or `after` it has taken effect there, or a stall,
 * after which it reaches it all the same, with its caller long gone. `outage`: everything stalls.
 */
export function makeFates(seed) {
  const dice = makeDice(seed);
  return ({ isOutage, mayStall }) => {
    if (isOutage) return mayStall ? "stall" : pick(dice, PROMPT);
    let left = dice() * 100;
    for (const [name, share] of IN_A_HUNDRED) {
      left -= share;
      if (left < 0) return name === "stall" && !mayStall ? "silence after" : name;
    }
    return "pass";
  };
}
