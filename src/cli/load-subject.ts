import { exportedAccountSystem } from "../compose.js";
import type { Made, Make } from "../kit/kit.js";
import type { AccountSystem } from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";

/** What the kit is to run on, and how to let go of it in the end. */
export interface LoadedSubject {
  readonly make: Make;
  readonly close: Made["close"];
}

const say = (): void => undefined;
const SILENT: Logger = { debug: say, info: say, warn: say, error: say };

/**
 * The account system that a file or package exports, found as `mia serve` finds it: itself, or a factory of it, which
 * makes a new one for each check. One with faults is taken too: the kit is there to name them. A text says why not.
 */
export async function loadSubject(
  module: string,
  folder: string,
  options: unknown,
): Promise<LoadedSubject | string> {
  try {
    const exported = await exportedAccountSystem({ module, folder, options });
    if (typeof exported === "function")
      return {
        close: undefined,
        make: async () => {
          const system = await exported(options, { log: SILENT });
          const close = closeOf(system);
          return { system, ...(close && { close }) };
        },
      };
    // The kit judges its shape, whatever is missing.
    const system = exported as AccountSystem;
    return { make: () => ({ system }), close: closeOf(system) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Of whatever a factory returned: the kit says what is wrong with it. */
const closeOf = (system: Partial<AccountSystem> | undefined): Made["close"] =>
  typeof system?.close === "function" ? () => system.close?.() : undefined;
