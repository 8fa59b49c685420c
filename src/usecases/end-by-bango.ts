import type { Command } from "../core/command.js";
import { ownTrace } from "../ports/trace.js";
import type { DeliveryDependencies } from "./deliver-messages.js";
import type { RunCommand } from "./run-command.js";

/**
 * Bango has answered a message that it has ended the entitlement meanwhile: access is taken away and it ends here
 * too (3.3). It is not told, since it knows.
 */
export const makeEndByBango =
  (run: RunCommand): DeliveryDependencies["endByBango"] =>
  async (entitlement, messageId, status) => {
    const { identity, merchantEntitlementId, resellerId } = entitlement;
    const command: Command = {
      operation: "endedByBango",
      move: status === "CANCELLED" ? "cancel" : "revoke",
      owner: "outbox",
      actor: "bango",
      requestId: messageId,
      identity,
      merchantEntitlementId,
      // A cancel that has expired ends now.
      reason:
        status === "CANCELLED"
          ? { category: "CUSTOMER_CANCELLED", code: "EXPIRED", description: null }
          : null,
      activation: null,
      update: null,
      unknownFields: null,
    };
    await run({ command, resellerId, fingerprint: messageId, trace: ownTrace(messageId) });
  };
