import type { AccountSystem } from "../ports/account-system.js";
import type { Subject } from "./subject.js";

/** One promise of an account system. Throws a `Finding` where it is not kept. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** The capabilities that it is about; where one is missing, it is not run. */
  readonly needs: readonly (keyof AccountSystem)[];
  readonly run: (subject: Subject) => Promise<void>;
}
