import type {
  AccountCall,
  AccountStep,
  AccountSystem,
  SignUpStep,
} from "../../../src/ports/account-system.js";
import type { Animal } from "./animal.js";
import { idOf } from "./good-accounts.js";

type Lookup = NonNullable<AccountSystem["lookup"]>;

const SECRET = "canary-token-of-the-zoo";

const failsAborted = (name: string, makeError: () => Error): Animal => ({
  name,
  fails: ["secrets"],
  spoil: ({ system }) => ({
    revoke: async (call: AccountCall) => {
      if (call.signal.aborted) throw makeError();
      return system.revoke(call);
    },
  }),
});

/** What it says: in errors, by lookup, and of a call that was handed to it. */
export const SAID: readonly Animal[] = [
  failsAborted("quotes its Basic authorization", () => {
    const pair = Buffer.from(`accounts:${SECRET}`).toString("base64");
    return new Error(`request failed: Authorization: Basic ${pair}`);
  }),
  failsAborted(
    "hides its token in one of several errors",
    () => new AggregateError([new Error(`token ${SECRET}`)], "all addresses failed"),
  ),
  failsAborted("throws the whole request, which goes in a circle", () => {
    const request: Record<string, unknown> = { headers: new Headers({ authorization: `Bearer ${SECRET}` }) };
    request.self = request;
    return Object.assign(new Error("request failed"), { request });
  }),
  {
    name: "quotes a sign-in as the form that it sent",
    fails: ["secrets"],
    spoil: ({ system }) => {
      const authenticate: SignUpStep = async (call) => {
        const { email, password } = call;
        if (email.length > 255)
          throw new Error(`POST /login ${new URLSearchParams({ email, password }).toString()}`);
        return system.authenticate(call);
      };
      return { authenticate };
    },
  },
  {
    name: "refuses with the address of its database",
    fails: ["secrets"],
    spoil: ({ system, books }) => {
      const suspend: AccountStep = async (call) =>
        books.holdings.has(idOf(call))
          ? system.suspend(call)
          : { kind: "refused", reason: "NOT_HELD", text: `not in mysql://accounts:${SECRET}@db` };
      return { suspend };
    },
  },
  {
    name: "finds everything refused",
    fails: ["lookup-result"],
    spoil: ({ system }) => {
      const lookup: Lookup = async (key, context) => {
        const found = await system.lookup(key, context);
        return found.kind === "present" ? { ...found, result: { kind: "refused", reason: "NO" } } : found;
      };
      return { lookup };
    },
  },
  {
    name: "looks up activations alone",
    fails: ["lookup-result"],
    spoil: ({ system }) => {
      const others = new Set<string>();
      const seen =
        (step: AccountStep): AccountStep =>
        (call) => {
          others.add(call.idempotencyKey);
          return step(call);
        };
      const lookup: Lookup = async (key, context) =>
        others.has(key) ? { kind: "absent" } : system.lookup(key, context);
      return {
        change: seen(system.change),
        suspend: seen(system.suspend),
        resume: seen(system.resume),
        lookup,
      };
    },
  },
  {
    name: "looks up nothing as nothing",
    fails: ["lookup-unused"],
    spoil: ({ books }) => ({
      lookup: async (key: string) => {
        const result = books.results.get(key);
        return result && { kind: "present", result };
      },
    }),
  },
  {
    name: "looks up results bare",
    fails: ["lookup-result"],
    spoil: ({ system, books }) => ({
      lookup: async (key: string, context: Parameters<Lookup>[1]) =>
        books.results.get(key) ?? system.lookup(key, context),
    }),
  },
  { name: "offers a list that is no function", fails: ["shape"], spoil: () => ({ list: true }) },
  {
    name: "writes into the call of a suspend, where that can be written",
    fails: ["extension-data"],
    spoil: ({ system }) => ({
      suspend: (call: AccountCall) => {
        const { entitlement } = call;
        if (!Object.isFrozen(entitlement)) Object.assign(entitlement, { entitlementDisplayName: "seen" });
        return system.suspend(call);
      },
    }),
  },
  {
    name: "does not hear an abort of a revoke",
    fails: ["abort"],
    spoil: ({ system }) => ({
      revoke: (call: AccountCall) =>
        call.signal.aborted
          ? system.revoke(call)
          : system.revoke(call).catch(() => new Promise(() => undefined)),
    }),
  },
  {
    name: "lets in whoever types nothing",
    fails: ["password-exact"],
    spoil: ({ system, books }) => {
      const authenticate: SignUpStep = async (call) => {
        const login = books.logins.get(call.email);
        if (call.password !== "" || !login) return system.authenticate(call);
        return { kind: "done", accountReference: login.account };
      };
      return { authenticate };
    },
  },
];
