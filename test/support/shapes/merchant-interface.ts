import type { OperationName } from "../../../src/contract/operations.js";
import type { Shape, WireCall } from "./shape.js";

const ENTITLEMENT = "/bango/v1/entitlement";

const ROUTES: Readonly<Record<OperationName, (id: string) => readonly [WireCall["method"], string]>> = {
  activate: () => ["post", ENTITLEMENT],
  activationInfo: (id) => ["get", `${ENTITLEMENT}/${id}/activationInfo`],
  read: (id) => ["get", `${ENTITLEMENT}/${id}`],
  update: () => ["patch", ENTITLEMENT],
  suspend: (id) => ["post", `${ENTITLEMENT}/${id}/suspend`],
  resume: (id) => ["post", `${ENTITLEMENT}/${id}/resume`],
  cancel: (id) => ["post", `${ENTITLEMENT}/${id}/cancel`],
  revoke: (id) => ["post", `${ENTITLEMENT}/${id}/revoke`],
  terminate: (id) => ["post", `${ENTITLEMENT}/${id}/terminate`],
  reinstate: (id) => ["post", `${ENTITLEMENT}/${id}/reinstate`],
  echo: (id) => ["get", `/bango/v1/echo/${id}`],
};

/** The default contract, in whose words the suites speak. */
export const merchantInterface: Shape = {
  name: "merchant-interface",
  contract: {},
  refused: [],
  sentAs: (operation) => operation,
  requestIdIn: "body",
  anonymous: false,
  toWire: (operation, id, call) => {
    const [method, path] = ROUTES[operation](encodeURIComponent(id ?? ""));
    return { ...call, method, path };
  },
  fromWire: (_operation, reply) => reply,
};
