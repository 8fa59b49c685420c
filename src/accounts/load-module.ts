import type { AccountSystem, AccountSystemFactory } from "../ports/account-system.js";
import { nameOfError } from "../ports/logger.js";
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
  const exported = await exportedAccountSystem(source);
  const made: unknown =
    typeof exported === "function"
      ? await within(source, "its factory", async () => exported(source.options, { log }))
      : exported;
  if (!looksLikeOne(made)) throw noAccountSystem(source, "its factory returned something else");
  const faults = checkAccountSystem(made);
  if (faults.length > 0) {
    await closeAccounts(made, log);
    throw new AccountSystemRefused(faults);
  }
  return around(made as AccountSystem, {});
}

/** The account system that a module exports, or its factory, as it is: whatever faults it has. Throws AccountSystemRefused. */
export async function exportedAccountSystem(
  source: ModuleSource,
): Promise<AccountSystemFactory | Partial<AccountSystem>> {
  const loaded = await importModule(source);
  const exported = loaded.accountSystem ?? loaded.default ?? loaded;
  if (typeof exported === "function") return exported;
  if (looksLikeOne(exported)) return exported;
  throw noAccountSystem(
    source,
    "its export accountSystem, or its default export, has to be one, or a factory of one",
  );
}

/** What it has opened would keep the process alive; a fault of it there is no reason not to end. */
export async function closeAccounts(system: Partial<AccountSystem>, log: Logger): Promise<void> {
  try {
    await system.close?.();
  } catch (error) {
    log.warn("account_system.not_closed", { error: nameOfError(error) });
  }
}

const noAccountSystem = ({ module }: ModuleSource, why: string): AccountSystemRefused =>
  refuse(
    `the module ${module} has no account system`,
    why,
    "export default defineAccountSystem((options, { log }) => ({ … }))",
  );

const looksLikeOne = (made: unknown): made is Partial<AccountSystem> =>
  typeof made === "object" &&
  made !== null &&
  ["accountSystemVersion", "activate", "revoke", "health"].some((member) => member in made);
