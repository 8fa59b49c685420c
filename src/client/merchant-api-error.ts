import type { MerchantFault, MerchantProblem, MerchantProblemCode } from "./merchant-types.js";

/** A call that was not done: refused, or without an answer after every try. */
export class MerchantApiError extends Error {
  override readonly name = "MerchantApiError";

  constructor(
    message: string,
    /** Of the answer; null where there was none. */
    readonly status: number | null,
    private readonly problem: MerchantProblem | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Null where what answered was not the Merchant API. */
  get code(): MerchantProblemCode | null {
    return this.problem?.code ?? null;
  }
  get title(): string | null {
    return this.problem?.title ?? null;
  }
  get detail(): string | null {
    return this.problem?.detail ?? null;
  }
  /** As in the adapter's log. */
  get requestId(): string | null {
    return this.problem?.requestId ?? null;
  }
  /** With `badRequest`: every fault, each with its field. */
  get errors(): readonly MerchantFault[] {
    return this.problem?.errors ?? [];
  }
  /** With `declined`: why the account system declines. */
  get reason(): string | null {
    return this.problem?.reason ?? null;
  }
}
