import type { OperationName } from "../../../src/contract/operations.js";
import type { Body, Shape, SuiteCall, WireCall } from "./shape.js";

const ENTITLEMENTS = "/bango/entitlements";

const terminate = (id: string): readonly ["post", string] => ["post", `${ENTITLEMENTS}/${id}/terminate`];

const ROUTES: Readonly<Record<OperationName, (id: string) => readonly [WireCall["method"], string]>> = {
  activate: () => ["post", ENTITLEMENTS],
  activationInfo: (id) => ["get", `${ENTITLEMENTS}/${id}/activationInfo`],
  read: (id) => ["get", `${ENTITLEMENTS}/${id}`],
  update: () => ["patch", ENTITLEMENTS],
  suspend: (id) => ["post", `${ENTITLEMENTS}/${id}/suspend`],
  resume: (id) => ["post", `${ENTITLEMENTS}/${id}/resume`],
  cancel: terminate,
  revoke: terminate,
  terminate,
  reinstate: (id) => ["post", `${ENTITLEMENTS}/${id}/reinstate`],
  echo: (id) => ["get", `/bango/echo/${id}`],
};

/** There is no cancel and no revoke: either is a terminate that says which of them is meant. */
function bodyOf(operation: OperationName, { body }: SuiteCall): Body | string | undefined {
  if (operation !== "cancel" && operation !== "revoke") return body;
  return { ...(body as Body | undefined), immediate: operation === "revoke" };
}

/** The preset of the same name. */
export const dvm: Shape = {
  name: "dvm",
  contract: { preset: "dvm" },
  refused: ["reinstate"],
  sentAs: (operation) => (operation === "cancel" || operation === "revoke" ? "terminate" : operation),
  requestIdIn: "body",
  anonymous: false,
  toWire: (operation, id, call) => {
    const [method, path] = ROUTES[operation](encodeURIComponent(id ?? ""));
    return { ...call, method, path, body: bodyOf(operation, call) };
  },
  fromWire: (operation, { status, body }) => {
    if (status === 201) throw new Error(`dvm has no 201, yet ${operation} answers it`);
    // What is active at once is 200 here: only the words tell it from what was so already.
    const isNew = operation === "activate" && status === 200 && (body as Body).responseMessage === "Active";
    return { status: isNew ? 201 : status, body };
  },
};
