import { readFileSync } from "node:fs";
import { join } from "node:path";
import { httpAccountSystem } from "../../src/accounts/http/http-account-system.js";
import type { HttpAccountSystem } from "../../src/accounts/http/http-account-system.js";
import type { HttpExchange } from "../../src/accounts/http/options.js";
import { httpAccounts } from "../../src/config/http-accounts-schema.js";
import { pinoLogger } from "../../src/logger.js";
import type { AccountCall, SignUpCall } from "../../src/ports/account-system.js";
import { ownTrace } from "../../src/ports/trace.js";
import { OTT_TOKEN } from "./ott.js";

/** `examples/ott/accounts.json`, with the references in it resolved. */
export const ottSection = (baseUrl: string): Record<string, unknown> =>
  JSON.parse(
    readFileSync(join(__dirname, "..", "..", "examples", "ott", "accounts.json"), "utf8")
      .replace("env:OTT_API_URL", `${baseUrl}/api/v1`)
      .replace("env:OTT_API_TOKEN", OTT_TOKEN),
  ) as Record<string, unknown>;

export interface Observed {
  readonly accounts: HttpAccountSystem;
  readonly lines: string[];
  readonly exchanges: HttpExchange[];
  /** Of tokens and rests. */
  readonly clock: { now: number };
}

/** The adapter on a section of the configuration, as it is read at start. */
export function httpAccountsOf(section: object): Observed {
  const lines: string[] = [];
  const exchanges: HttpExchange[] = [];
  const clock = { now: 1_700_000_000_000 };
  const accounts = httpAccountSystem(httpAccounts.parse(section), {
    log: pinoLogger("debug", { write: (line: string) => lines.push(line) }),
    observe: (exchange) => exchanges.push(exchange),
    now: () => clock.now,
    random: () => 0.5,
  });
  return { accounts, lines, exchanges, clock };
}

/** A call as the use cases make it; `withinMs` is what its caller waits. */
export function accountCall(overrides: Partial<AccountCall> = {}, withinMs = 3000): AccountCall {
  return {
    idempotencyKey: "key-1",
    deadlineAt: Date.now() + withinMs,
    signal: AbortSignal.timeout(withinMs),
    trace: ownTrace("trace-1"),
    command: {
      operation: "activate",
      reason: { category: "REVOKED", code: "FRAUD", description: null },
      requestId: "request-1",
      unknownFields: { colour: "red" },
    },
    access: "full",
    entitlement: {
      merchantEntitlementId: "me-1",
      entitlementId: "e-1",
      resellerId: "BANGOTEL",
      productKey: "MUSIC",
      offerKey: null,
      entitlementDisplayName: "Größe “XL”",
      sharedCustomerId: "customer/1 ?&#",
      bangoUserId: null,
      customerIdentifier: null,
      accountReference: "account-1",
      dateActivated: null,
      dateExpiry: Date.parse("2027-01-01T00:00:00Z"),
      merchantBangoExtensionData: null,
      merchantExtensionData: null,
      extensionData: { a: 1 },
      extraInformation: null,
      plan: "premium",
    },
    now: Date.parse("2026-05-01T12:00:00Z"),
    ...overrides,
  };
}

export function signUpCall(password: string): SignUpCall {
  const { command: _command, access: _access, ...call } = accountCall();
  return { ...call, email: "ada@example.com", password };
}
