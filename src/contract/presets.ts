import type { ContractConfig, OperationOverrides } from "./contract-schema.js";
import type { OperationName } from "./operations.js";

type Overrides = Partial<Record<OperationName, OperationOverrides>>;

const BASE = "/bango";
const ONE = `${BASE}/entitlements/{merchantEntitlementId}`;
const absent: OperationOverrides = { enabled: false, path: null };

/** What each preset says otherwise than the operations table; the configuration's own overrides go on top (2.6). */
export const PRESETS: Readonly<Record<ContractConfig["preset"], Overrides>> = {
  "merchant-interface": {},
  dvm: {
    activate: { path: `${BASE}/entitlements`, success: { created: 200 } },
    activationInfo: { path: `${ONE}/activationInfo` },
    read: { path: ONE },
    update: { path: `${BASE}/entitlements` },
    suspend: { path: `${ONE}/suspend` },
    resume: { path: `${ONE}/resume` },
    terminate: { path: `${ONE}/terminate` },
    reinstate: { enabled: false, path: `${ONE}/reinstate` },
    cancel: absent,
    revoke: absent,
    echo: { path: `${BASE}/echo/{echoRequestId}` },
  },
};
