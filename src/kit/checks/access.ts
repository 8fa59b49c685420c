import { isTaken } from "../answers.js";
import type { Check } from "../check.js";
import { must, NotSeen } from "../finding.js";
import type { Subject } from "../subject.js";

const UNSEEN = "neither list nor books of the kit's settings tell who has access";
const FIX = "set access to what the call wishes in `access`, whatever the step is called";

async function expectAccess(
  { accessOf, settle }: Subject,
  id: string,
  wished: "full" | "none",
  after: string,
): Promise<void> {
  await settle();
  const access = (await accessOf(id)) ?? "none";
  must(
    access === wished,
    `after ${after} the customer has access ${access}, where ${wished} was wished`,
    wished === "none" ? "the customer watches what is not paid for" : "the customer paid, and sees nothing",
    FIX,
  );
}

/** Whether it can be seen at all: what was just activated must be somewhere. */
async function requireSight({ accessOf, settle }: Subject, id: string): Promise<void> {
  await settle();
  if ((await accessOf(id)) === undefined) throw new NotSeen(UNSEEN);
}

export const access: Check = {
  id: "access",
  title: "opens with activate, closes with suspend and revoke, opens again with resume",
  needs: [],
  async run(subject) {
    const entitlement = await subject.active();
    const { merchantEntitlementId: id } = entitlement;
    await requireSight(subject, id);
    await expectAccess(subject, id, "full", "activate");
    if (subject.system.suspend) {
      await subject.inEffect("suspend", entitlement);
      await expectAccess(subject, id, "none", "suspend");
    }
    if (subject.system.suspend && subject.system.resume) {
      await subject.inEffect("resume", entitlement);
      await expectAccess(subject, id, "full", "resume");
    }
    await subject.inEffect("revoke", entitlement);
    await expectAccess(subject, id, "none", "revoke");
  },
};

export const accessWished: Check = {
  id: "access-wished",
  title: "leaves access closed where a call wishes none: the merchant's own block goes on",
  needs: ["suspend", "resume"],
  async run(subject) {
    const entitlement = await subject.active();
    const { merchantEntitlementId: id } = entitlement;
    await requireSight(subject, id);
    await subject.inEffect("suspend", entitlement);
    await subject.inEffect("resume", entitlement, { access: "none" });
    await expectAccess(subject, id, "none", 'a resume with access: "none"');
    for (const operation of ["change", "endAtPeriod", "reinstate"] as const) {
      if (!subject.system[operation]) continue;
      // What is blocked may be refused; what is not must leave the block.
      const result = await subject.ask(operation, entitlement, { access: "none" });
      if (isTaken(result)) await expectAccess(subject, id, "none", `${operation} with access: "none"`);
    }
  },
};

export const accessUntil: Check = {
  id: "access-until",
  title: "keeps access until a planned end, and closes at once where it names none",
  needs: ["endAtPeriod"],
  async run(subject) {
    const entitlement = await subject.active();
    const { merchantEntitlementId: id } = entitlement;
    await requireSight(subject, id);
    const result = await subject.inEffect("endAtPeriod", entitlement);
    if (result.kind === "accepted") return;
    if (!("periodEndsAt" in result) || result.periodEndsAt === undefined)
      return expectAccess(subject, id, "none", "endAtPeriod without a date, which says that it has ended,");
    await expectAccess(subject, id, "full", "endAtPeriod with a date to come");
    if (!subject.system.reinstate) return;
    await subject.inEffect("reinstate", entitlement);
    await expectAccess(subject, id, "full", "reinstate");
  },
};

export const laggingRead: Check = {
  id: "lagging-read",
  title: "sees what it has just written: a revoke right after an activate takes it away",
  needs: [],
  async run(subject) {
    const entitlement = await subject.active();
    const { kind } = await subject.inEffect("revoke", entitlement);
    const why = "the next call may come at once, and a read of a copy that lags sees nothing to take away";
    const fix = "look where you write, in the same transaction; not in a replica, search index or cache";
    must(kind !== "alreadySo", "revoke answered alreadySo right after an activate", why, fix);
    await subject.settle();
    const left = await subject.accessOf(entitlement.merchantEntitlementId);
    must(left !== "full", "access is still full after a revoke right after an activate", why, fix);
  },
};
