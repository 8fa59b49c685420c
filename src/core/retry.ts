/** Pauses between attempts, in seconds: about 72 hours in all. One line of data (4.2.4). */
export const RETRY_PAUSES_SECONDS = [
  1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 43_200,
  43_200, 43_200,
] as const;

/** A pause is up to a tenth longer or shorter, so that messages that failed together do not return together. */
const JITTER = 0.1;

/** Milliseconds until the next attempt after `attempts` real ones; null when the last has failed. `dice`: 0 to 1. */
export function retryPauseMs(attempts: number, dice: number, scale = 1): number | null {
  const seconds = RETRY_PAUSES_SECONDS[attempts - 1];
  return seconds === undefined ? null : seconds * 1000 * scale * (1 - JITTER + 2 * JITTER * dice);
}
