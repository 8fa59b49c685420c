import type { AccountResult } from "../../core/account-result.js";
import type { AccountOperation } from "../../core/moves.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must, NotSeen } from "../finding.js";
import type { Subject } from "../subject.js";
import { json } from "../texts.js";

const ON_NOTHING = ["suspend", "resume", "change", "endAtPeriod", "reinstate"] as const;

interface Refusal {
  readonly operation: AccountOperation;
  readonly entitlement: AccountEntitlement;
  readonly key: string;
  readonly result: AccountResult;
}

/** Each refusal that can be provoked: of what the settings name, and of changes to what was never there. */
async function provoke({ system, settings, newEntitlement, ask }: Subject): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const provokeOne = async (operation: AccountOperation, entitlement: AccountEntitlement): Promise<void> => {
    const key = newKey();
    const result = await ask(operation, entitlement, { key });
    if (result.kind === "refused") refusals.push({ operation, entitlement, key, result });
  };
  if (settings.refused) await provokeOne("activate", await newEntitlement(settings.refused));
  for (const operation of ON_NOTHING)
    if (system[operation]) await provokeOne(operation, await newEntitlement());
  return refusals;
}

export const refusalNamed: Check = {
  id: "refusal-named",
  title: "refuses what the settings name, and gives each refusal a reason",
  needs: [],
  async run(subject) {
    const refusals = await provoke(subject);
    must(
      !subject.settings.refused || refusals.some(({ operation }) => operation === "activate"),
      "activate did not refuse the entitlement that the settings name (refused)",
      "what you do not want to sell would be sold",
      'answer {kind: "refused", reason} for it, or name another one',
    );
    if (refusals.length === 0)
      throw new NotSeen("nothing was refused; name in the settings whom your system refuses (refused)");
    for (const { operation, result } of refusals) {
      const { reason, text } = result as { readonly reason?: unknown; readonly text?: unknown };
      must(
        typeof reason === "string" &&
          reason.trim() !== "" &&
          (text === undefined || typeof text === "string"),
        `${operation} answered ${json(result)}`,
        "the reason goes into the log and the answer to Bango; without one nobody can tell the customer why",
        'answer {kind: "refused", reason: "A_WORD", text: "a sentence"}',
      );
    }
  },
};

export const refusalEffect: Check = {
  id: "refusal-effect",
  title: "has done nothing where it refused",
  needs: [],
  async run(subject) {
    for (const { operation, entitlement, key } of await provoke(subject)) {
      await subject.settle();
      const why = "Bango hears that nothing was done, and forgets it";
      const fix = "decide before you write, or roll back";
      const seen = await subject.accessOf(entitlement.merchantEntitlementId);
      must(seen !== "full", `${operation} was refused, and gave access`, why, fix);
      const found = await subject.lookUp(key);
      const isWrong = found.kind === "present" && found.result.kind !== "refused";
      must(!isWrong, `${operation} was refused, and lookup answers ${json(found)}`, why, fix);
      if (operation === "activate") continue;
      const { kind } = await subject.inEffect("activate", entitlement);
      must(kind !== "alreadySo", `after a refused ${operation}, activate answered alreadySo`, why, fix);
    }
  },
};
