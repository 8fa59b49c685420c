import type { BangoState } from "./bango-states.js";

/** What Bango notifies resellers of (1.5). */
export type NoticeName =
  | "ACTIVATION_SUCCESS"
  | "TERMINATION_PENDING"
  | "TERMINATION_SUCCESS"
  | "PRODUCT_UPDATE"
  | "METADATA_UPDATE"
  | "SUSPENSION_SUCCESS"
  | "RESUMPTION_SUCCESS";

export interface Notice {
  readonly notification: NoticeName;
  readonly at: string;
  readonly status: BangoState;
  readonly productKey: string;
}

/**
 * The notification of a change of state, whoever caused it. A reversed cancel has no name of its own; on the
 * reseller's side it is a PATCH of the record, so METADATA_UPDATE is our guess.
 */
export function noticeOf(before: BangoState | null, after: BangoState): NoticeName | null {
  if (before === after) return null;
  switch (after) {
    case "ACTIVE":
      if (before === "SUSPENDED") return "RESUMPTION_SUCCESS";
      return before === "ACTIVE-ENDING" ? "METADATA_UPDATE" : "ACTIVATION_SUCCESS";
    case "ACTIVE-ENDING":
      return before === "SUSPENDED" ? "RESUMPTION_SUCCESS" : "TERMINATION_PENDING";
    case "SUSPENDED":
      return "SUSPENSION_SUCCESS";
    case "CANCELLED":
    case "REVOKED":
      return "TERMINATION_SUCCESS";
    case "PENDING":
    case "FAILED":
      return null;
  }
}
