import { mergeSettings } from "../contract/outbound-settings.js";
import type { BangoConfig } from "./config.js";
import type { ConfigFile } from "./schema.js";

/** How Bango is called, as far as one place of the configuration says it. */
export type BangoSettings = NonNullable<ConfigFile["bango"]>;

/** The keys without which nothing can be sent. */
export const ADDRESS_KEYS = ["baseUrl", "username", "password"] as const;

/** What one reseller's route has of its own, before what all have. */
export const mergeBango = (shared: BangoSettings, own: BangoSettings): BangoSettings => ({
  ...(mergeSettings(shared, own) as BangoSettings),
  baseUrl: own.baseUrl ?? shared.baseUrl,
  username: own.username ?? shared.username,
  password: own.password ?? shared.password,
});

/** Null where an address, a user or a secret is missing: then messages wait in the outbox. */
export function completeBango(settings: BangoSettings | undefined): BangoConfig | null {
  const { baseUrl, username, password } = settings ?? {};
  return baseUrl === undefined || username === undefined || password === undefined
    ? null
    : { ...settings, baseUrl, username, password };
}

/** The file with what the environment says of Bango where the file does not. */
export function withBango(file: ConfigFile, variables: BangoSettings): ConfigFile {
  const bango = Object.fromEntries(
    Object.entries({ ...variables, ...file.bango }).filter(([, value]) => value !== undefined),
  );
  return Object.keys(bango).length === 0 && file.bango === undefined ? file : { ...file, bango };
}

/** How Bango is called for a reseller with settings of its `own`; null where it is not. */
export const bangoFor = (
  shared: BangoSettings | undefined,
  own: BangoSettings | undefined,
): BangoConfig | null => completeBango(own === undefined ? shared : mergeBango(shared ?? {}, own));
