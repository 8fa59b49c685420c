import type { OperationName } from "../../../src/contract/operations.js";

export type Body = Record<string, unknown>;

/** A call as the suites say it: in the words of the default contract. */
export interface SuiteCall {
  readonly body?: Body | string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The same call as it goes on the wire. */
export interface WireCall {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Body | string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back: on the wire, or in the words of the default contract. */
export interface SaidReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One way in which Bango may speak to us, as a client of its own. Routes, names and statuses are written out in it,
 * with nothing of ours in between: a wrong mapping is then wrong on one side only.
 */
export interface Shape {
  readonly name: "merchant-interface" | "dvm" | "odd";
  /** The section `contract` of the configuration that asks for this shape. */
  readonly contract: Readonly<Record<string, unknown>>;
  /** Operations whose route is there but answers that it is switched off. */
  readonly refused: readonly OperationName[];
  /** As which operation of the contract this client sends one of the suites' operations. */
  readonly sentAs: (operation: OperationName) => OperationName;
  /** Where the request id is. */
  readonly requestIdIn: "body" | "header";
  /** Whether entitlements are named by the activating call's request id alone, unless a test says otherwise. */
  readonly anonymous: boolean;
  readonly toWire: (operation: OperationName, id: string | null, call: SuiteCall) => WireCall;
  readonly fromWire: (operation: OperationName, reply: SaidReply) => SaidReply;
}
