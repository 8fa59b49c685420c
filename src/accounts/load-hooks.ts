import { ACCOUNT_OPERATIONS } from "../core/moves.js";
import type { AccountHooks } from "../ports/account-system.js";
import { AccountSystemRefused } from "./check-account-system.js";
import type { AccountSystemFault } from "./check-account-system.js";
import { importModule } from "./import-module.js";
import type { ModuleSource } from "./import-module.js";

const SIDES = ["before", "onSuccess", "onFailure"] as const;
const OPERATIONS: readonly string[] = ["*", ...ACCOUNT_OPERATIONS];

/** The hooks that a module exports. Throws AccountSystemRefused with every fault. */
export async function loadHooks(source: ModuleSource): Promise<AccountHooks> {
  const exported = await importModule(source);
  const main = exported.default;
  const from = { ...(typeof main === "object" ? main : {}), ...exported } as Record<string, unknown>;
  const found = SIDES.filter((side) => from[side] !== undefined);
  const faults = found.flatMap((side) => faultsOf(source.module, side, from[side]));
  if (found.length === 0)
    faults.push({
      what: `the module ${source.module} has no hooks`,
      why: "it exports none of before, onSuccess and onFailure",
      fix: "export const before = { activate: async (call) => { … } }, or take the key out",
    });
  if (faults.length > 0) throw new AccountSystemRefused(faults);
  return Object.fromEntries(found.map((side) => [side, from[side]]));
}

function faultsOf(module: string, side: string, table: unknown): AccountSystemFault[] {
  if (typeof table !== "object" || table === null)
    return [
      {
        what: `${side} of ${module} is no object`,
        why: "hooks are looked for by the name of the operation",
        fix: `export const ${side} = { "*": async (call) => { … } }`,
      },
    ];
  return Object.entries(table).flatMap(([operation, hook]) => [
    ...(OPERATIONS.includes(operation)
      ? []
      : [
          {
            what: `${side}.${operation} of ${module} is no operation`,
            why: "it would never run",
            fix: `use one of ${OPERATIONS.join(", ")}`,
          },
        ]),
    ...(typeof hook === "function"
      ? []
      : [
          {
            what: `${side}.${operation} of ${module} is no function`,
            why: "it could not be called",
            fix: "make it a function of the call, or take it out",
          },
        ]),
  ]);
}
