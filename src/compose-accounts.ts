import { AccountSystemRefused, checkAccountSystem } from "./accounts/check-account-system.js";
import type { AccountSystemFault } from "./accounts/check-account-system.js";
import { demoAccountSystem } from "./accounts/demo/demo-account-system.js";
import type { DemoAccountSystem } from "./accounts/demo/demo-account-system.js";
import { httpAccountSystem } from "./accounts/http/http-account-system.js";
import type { HttpExchange } from "./accounts/http/options.js";
import { withForcedResults } from "./accounts/forced-results.js";
import { loadHooks } from "./accounts/load-hooks.js";
import { closeAccounts, loadAccountSystem } from "./accounts/load-module.js";
import { withHooks } from "./accounts/with-hooks.js";
import { withLimits } from "./accounts/with-limits.js";
import type { Config } from "./config/config.js";
import { ConfigError } from "./config/environment.js";
import type { Live } from "./config/live-config.js";
import type { AccountSystem } from "./ports/account-system.js";
import type { Logger } from "./ports/logger.js";
import type { Database } from "./store/database.js";

export type Ledger = DemoAccountSystem["ledger"];

export interface AccountParts {
  readonly database: Database;
  /** In place of the configured one. */
  readonly accounts?: ((database: Database) => AccountSystem) | undefined;
  /** The configured one's own books, where the sandbox knows them. */
  readonly ledger?: Ledger | undefined;
  readonly log: Logger;
  /** Hears of every request to an `http` account system, and its reply, without secrets. */
  readonly observeAccounts?: ((exchange: HttpExchange) => void) | undefined;
}

export interface ComposedAccounts {
  readonly accounts: AccountSystem;
  /** The account system's own books, of an entitlement by Bango's id; null where they are not to be seen. */
  readonly ledger: Ledger | null;
  readonly close: () => Promise<void>;
}

/** The account system of the configuration, with the hooks and the limits. Throws ConfigError where it does not fit. */
export async function composeAccounts(live: Live, parts: AccountParts): Promise<ComposedAccounts> {
  const { config } = live.current();
  const { limits, accountSystem } = config.file;
  const { log } = parts;
  const { system, ledger } = await choose(config, parts);
  // What was handed in is its owner's to close.
  const close = async (): Promise<void> => (parts.accounts ? undefined : closeAccounts(system, log));
  const hooks = await atKey("accountSystem.hooks.module", () => openHooks(config)).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  const hooked =
    hooks === null
      ? system
      : withHooks(system, hooks, { timeoutMs: accountSystem.hooks?.timeoutMs ?? 0, log });
  for (const path of unsellable(config, system)) log.warn("product.not_sellable", { path, why: NO_SIGN_UP });
  const accounts = withLimits(hooked, {
    accountCalls: (resellerId) =>
      live.current().catalogue.limits(resellerId).accountCalls ?? limits.accountCallsPerReseller,
    queueMs: limits.accountQueueMs,
    log,
  });
  return { accounts, ledger, close };
}

type Chosen = Pick<ComposedAccounts, "ledger"> & { readonly system: AccountSystem };

/** The configured account system as it is, without hooks and limits. Throws ConfigError where it does not fit. */
export const openAccounts = async (config: Config, parts: AccountParts): Promise<AccountSystem> =>
  (await choose(config, parts)).system;

async function choose(
  { file, fileFolder }: Config,
  { database, accounts, ledger: known, log, observeAccounts }: AccountParts,
): Promise<Chosen> {
  const ledger = known ?? null;
  const { accountSystem } = file;
  if (accounts) return { system: await fitting(accounts(database)), ledger };
  if (accountSystem.type === "demo") {
    const demo = demoAccountSystem(database.knex);
    return { system: demo, ledger: demo.ledger };
  }
  const system =
    accountSystem.type === "http"
      ? await fitting(httpAccountSystem(accountSystem, { log, observe: observeAccounts }))
      : await atKey("accountSystem.module", () =>
          loadAccountSystem({ ...accountSystem, folder: fileFolder }, log),
        );
  return { system: accountSystem.forcedResults ? withForcedResults(system) : system, ledger };
}

const fitting = (system: AccountSystem): Promise<AccountSystem> =>
  atKey("accountSystem", () => {
    const faults = checkAccountSystem(system);
    return faults.length > 0 ? Promise.reject(new AccountSystemRefused(faults)) : Promise.resolve(system);
  });

const openHooks = async ({ file, fileFolder }: Config) =>
  file.accountSystem.hooks
    ? loadHooks({ module: file.accountSystem.hooks.module, folder: fileFolder })
    : null;

async function atKey<T>(path: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof AccountSystemRefused)) throw error;
    throw new ConfigError(error.faults.map((fault) => faultAt(path, fault)));
  }
}

const faultAt = (path: string, { what, why, fix }: AccountSystemFault) => ({
  path,
  reason: `${what}: ${why}`,
  fix: fix.charAt(0).toUpperCase() + fix.slice(1),
});

const NO_SIGN_UP =
  "the sign-up pages need register and authenticate, which the account system does not offer";

/** Products of which every activation will be answered NOT_AVAILABLE. */
const unsellable = ({ file }: Config, { register, authenticate }: AccountSystem): string[] =>
  register && authenticate
    ? []
    : file.resellers.flatMap(({ products }, reseller) =>
        products.flatMap(({ activation }, product) =>
          activation === "sign-up" ? [`resellers[${String(reseller)}].products[${String(product)}]`] : [],
        ),
      );
