import type { SettingsInput } from "../ott/operator-switch.js";

/**
 * Everything that an adapter has to live with, in one service: it answers late, its reads lag behind its own writes,
 * it pages short, and some of its calls take effect and are never answered.
 */
export const AWKWARD: SettingsInput = {
  mode: "timeout-after-commit",
  failureRate: 0.25,
  seed: 7,
  latencyMs: 300,
  lagMs: 1500,
  pageMax: 2,
};
