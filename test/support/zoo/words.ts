import type { AccountCall, AccountStep, SignUpStep } from "../../../src/ports/account-system.js";
import type { Animal } from "./animal.js";
import { customerOf, idOf, newAccount } from "./good-accounts.js";
import type { Good } from "./good-accounts.js";

/** One that keeps customers under something else than their ids. */
const keeps = (name: string, fails: string, change: (id: string) => string): Animal => ({
  name,
  fails: [fails],
  spoil: ({ system }) => ({
    activate: (call: AccountCall) =>
      system.activate({
        ...call,
        entitlement: { ...call.entitlement, sharedCustomerId: change(customerOf(call.entitlement)) },
      }),
  }),
});

const hold = ({ books }: Good, call: AccountCall): void => {
  books.holdings.set(idOf(call), {
    account: newAccount(),
    plan: null,
    access: "none",
    isEnded: false,
    endsAt: null,
  });
};

/** What it does with what others have written. */
export const WORDS: readonly Animal[] = [
  keeps("writes ids in small letters", "ids-case", (id) => id.toLowerCase()),
  keeps("trims ids", "ids-spaces", (id) => id.trim()),
  keeps("has room for 191 characters", "ids-length", (id) => id.slice(0, 191)),
  keeps("composes letters with accents", "ids-unicode", (id) => id.normalize("NFC")),
  keeps("leaves the accents out", "ids-unicode", (id) => id.normalize("NFD").replace(/\p{M}/gu, "")),
  {
    name: "joins ids into SQL",
    fails: ["ids-odd"],
    spoil: ({ system }) => {
      const activate: AccountStep = async (call) => {
        if (customerOf(call.entitlement).includes("'")) throw new Error("syntax error near DROP");
        return system.activate(call);
      };
      return { activate };
    },
  },
  {
    name: "joins ids into a path",
    fails: ["ids-odd"],
    spoil: ({ system }) => ({
      activate: (call: AccountCall) => {
        const { pathname } = new URL(`http://accounts/${customerOf(call.entitlement)}`);
        const isAnother = decodeURI(pathname).length < customerOf(call.entitlement).length;
        const sharedCustomerId = isAnother ? pathname.slice(0, 3) : customerOf(call.entitlement);
        return system.activate({ ...call, entitlement: { ...call.entitlement, sharedCustomerId } });
      },
    }),
  },
  {
    name: "writes into the call",
    fails: ["extension-data"],
    spoil: ({ system }) => ({
      activate: (call: { entitlement: { extensionData: { seen?: boolean } | null } }) => {
        if (call.entitlement.extensionData) call.entitlement.extensionData.seen = true;
        return system.activate(call as never);
      },
    }),
  },
  {
    name: "takes extension data for a list of words",
    fails: ["extension-data"],
    spoil: ({ system }) => {
      const activate: AccountStep = async (call) => {
        for (const value of Object.values(call.entitlement.extensionData ?? {}))
          if (typeof value !== "string") throw new TypeError("value.trim is not a function");
        return system.activate(call);
      };
      return { activate };
    },
  },
  {
    name: "refuses without a word",
    fails: ["refusal-named"],
    spoil: ({ system }) => {
      const change: AccountStep = async (call) => {
        const result = await system.change(call);
        return result.kind === "refused" ? ({ kind: "refused" } as never) : result;
      };
      return { change };
    },
  },
  {
    name: "sells to whom it should not",
    fails: ["refusal-named"],
    spoil: ({ system }) => ({
      activate: (call: AccountCall) =>
        system.activate({
          ...call,
          entitlement: {
            ...call.entitlement,
            sharedCustomerId: customerOf(call.entitlement).replace(/^decline-/, ""),
          },
        }),
    }),
  },
  {
    name: "refuses after it has written",
    fails: ["refusal-effect"],
    spoil: (good) => {
      const suspend: AccountStep = async (call) => {
        const result = await good.system.suspend(call);
        if (result.kind === "refused") hold(good, call);
        return result;
      };
      return { suspend };
    },
  },
  {
    name: "quotes a registration in its error",
    fails: ["secrets"],
    spoil: ({ system }) => {
      const register: SignUpStep = async (call) => {
        if (call.email.length > 255) throw new Error(`cannot insert ${JSON.stringify(call)}`);
        return system.register(call);
      };
      return { register };
    },
  },
  {
    name: "quotes its token in the cause of an error",
    fails: ["secrets"],
    spoil: ({ system }) => {
      const revoke: AccountStep = async (call) => {
        if (call.signal.aborted)
          throw new Error("no answer", { cause: new Error("Authorization: Bearer canary-token-of-the-zoo") });
        return system.revoke(call);
      };
      return { revoke };
    },
  },
  {
    name: "says where its database is",
    fails: ["secrets"],
    spoil: () => ({
      health: async () => ({
        ok: true,
        detail: `mysql://accounts:${encodeURIComponent("canary/password")}@db`,
      }),
    }),
  },
];

/** How it lets customers in. */
export const SIGN_UPS: readonly Animal[] = [
  {
    name: "does not know its own registration again",
    fails: ["register-repeat"],
    spoil: ({ system }) => {
      let seen = new Set<string>();
      const register: SignUpStep = async (call) => {
        const result = await system.register(call);
        if (result.kind !== "done" || !seen.has(call.idempotencyKey)) {
          seen = new Set([...seen, call.idempotencyKey]);
          return result;
        }
        return { kind: "emailExists" };
      };
      return { register };
    },
  },
  {
    name: "has two accounts of one address",
    fails: ["register-exists"],
    spoil: ({ system }) => {
      const register: SignUpStep = async (call) => {
        const result = await system.register(call);
        return result.kind === "emailExists" ? { kind: "done", accountReference: newAccount() } : result;
      };
      return { register };
    },
  },
  {
    name: "lets in whom it does not know",
    fails: ["authenticate"],
    spoil: ({ system, books }) => {
      const authenticate: SignUpStep = async (call) =>
        books.logins.has(call.email)
          ? system.authenticate(call)
          : { kind: "done", accountReference: newAccount() };
      return { authenticate };
    },
  },
  {
    name: "takes a password in any case",
    fails: ["password-exact"],
    spoil: ({ system }) => {
      const folded =
        (step: SignUpStep): SignUpStep =>
        (call) =>
          step({ ...call, password: call.password.toLowerCase() });
      return { register: folded(system.register), authenticate: folded(system.authenticate) };
    },
  },
  {
    name: "hashes with bare bcrypt",
    fails: ["password-exact"],
    spoil: ({ system }) => {
      const cut =
        (step: SignUpStep): SignUpStep =>
        (call) =>
          step({ ...call, password: call.password.slice(0, 72) });
      return { register: cut(system.register), authenticate: cut(system.authenticate) };
    },
  },
  {
    name: "forgets who signed in",
    fails: ["link"],
    spoil: ({ system }) => ({
      activate: (call: AccountCall) =>
        system.activate({ ...call, entitlement: { ...call.entitlement, accountReference: null } }),
    }),
  },
];
