import type { Profile } from "./config.js";
import type { ConfigFault } from "./environment.js";
import type { ConfigFile } from "./schema.js";

/** Why this account system must not be called so, or could not be; empty where it can, and where there is another. */
export function httpAccountsRefusals({ accountSystem, limits }: ConfigFile, profile: Profile): ConfigFault[] {
  if (accountSystem.type !== "http") return [];
  const { auth, baseUrl, idempotent, lagMs, operations, timeoutMs } = accountSystem;
  const faults: ConfigFault[] = [];
  const fault = (path: string, reason: string, fix: string): void => {
    faults.push({ path: `accountSystem.${path}`, reason, fix });
  };
  if (profile !== "sandbox" && !baseUrl.startsWith("https:"))
    fault("baseUrl", "our secret would cross the network in the open", "Use https; http is for the sandbox");
  if (profile !== "sandbox" && auth.type === "oauth2" && !auth.tokenUrl.startsWith("https:"))
    fault(
      "auth.tokenUrl",
      "our secret would cross the network in the open",
      "Use https; http is for the sandbox",
    );
  if (auth.type === "oauth2")
    for (const place of unconditional401(operations))
      fault(
        place,
        "not set, so that a token which the API no longer takes would never be replaced",
        "Say by what a 401 of this meaning is told from a refused token",
      );
  if (operations.lookup === undefined && !idempotent)
    fault(
      "operations.lookup",
      "not set, so that after a time-out nobody could find out whether an effect took place",
      "Configure lookup, or set accountSystem.idempotent: true if a repeated key never acts twice",
    );
  if (operations.lookup !== undefined && lagMs === undefined)
    fault(
      "lagMs",
      "not set, so that an effect that lookup does not show yet would be taken for absent",
      "Set the longest time until lookup shows an effect; 0 where it reads what was written",
    );
  if (timeoutMs >= limits.accountDeadlineMs)
    fault(
      "timeoutMs",
      "not shorter than limits.accountDeadlineMs, so that no request would ever end before its call",
      "Make it shorter",
    );
  return faults;
}

type Operations = Extract<ConfigFile["accountSystem"], { type: "http" }>["operations"];

/** The missing `when` of each rule that takes any 401. */
const unconditional401 = (operations: Operations): string[] =>
  Object.entries(operations).flatMap(([name, operation]) =>
    (operation?.results ?? []).flatMap(({ status, when }, index) =>
      status === 401 && when === undefined ? [`operations.${name}.results[${String(index)}].when`] : [],
    ),
  );
