/** Something the person at the keyboard can mend: what happened, why, and how to put it right. */
export class Fault extends Error {
  constructor(what, why, fix) {
    super(`${what}\n  why: ${why}\n  fix: ${fix}`);
    this.name = "Fault";
  }
}

/** A fault is told in its own words; anything else is a bug of ours and needs its stack. */
export function tell(error) {
  console.error(error instanceof Fault ? error.message : error);
}
