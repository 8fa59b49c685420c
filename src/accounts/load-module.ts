import type { AccountSystem, AccountSystemFactory } from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";
import { around } from "./around.js";
import { AccountSystemRefused, checkAccountSystem } from "./check-account-system.js";
import { importModule, refuse, within } from "./import-module.js";
import type { ModuleSource } from "./import-module.js";

/**
 * The account system that a module is, or makes: its export `accountSystem`, else its default one, the thing itself or
 * a factory of it. Throws AccountSystemRefused with every fault.
 */
export async function loadAccountSystem(source: ModuleSource, log: Logger): Promise<AccountSystem> {
  const loaded = await importModule(source);
  const exported = loaded.accountSystem ?? loaded.default ?? loaded;
  const made: unknown =
    typeof exported === "function"
      ? await within(source, "its factory", async () =>
          (exported as AccountSystemFactory)(source.options, { log }),
        )
      : exported;
  if (typeof made !== "object" || made === null || !looksLikeOne(made))
    throw refuse(
      `the module ${source.module} has no account system`,
      typeof exported === "function"
        ? "its factory returned something else"
        : "its export accountSystem, or its default export, has to be one, or a factory of one",
      "export default defineAccountSystem((options, { log }) => ({ … }))",
    );
  const faults = checkAccountSystem(made);
  if (faults.length > 0) throw new AccountSystemRefused(faults);
  return around(made as AccountSystem, {});
}

const looksLikeOne = (made: object): boolean =>
  ["accountSystemVersion", "activate", "revoke", "health"].some((member) => member in made);
