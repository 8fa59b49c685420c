/** What a check found: what happened, why it matters, how to mend it. */
export class Finding extends Error {
  constructor(
    readonly what: string,
    readonly why: string,
    readonly fix: string,
  ) {
    super(`${what}. ${why}. ${fix}.`);
    this.name = "Finding";
  }
}

/** A check cannot say anything here: what it judges by is not to be seen. */
export class NotSeen extends Error {
  constructor(readonly because: string) {
    super(because);
    this.name = "NotSeen";
  }
}

/** Fails the check, unless what it promises holds. */
export function must(holds: boolean, what: string, why: string, fix: string): asserts holds {
  if (!holds) throw new Finding(what, why, fix);
}
