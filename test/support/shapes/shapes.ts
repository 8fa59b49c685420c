import { ENGINES } from "../engines.js";
import type { EngineName } from "../engines.js";
import { dvm } from "./dvm.js";
import { merchantInterface } from "./merchant-interface.js";
import { odd } from "./odd.js";
import type { Shape } from "./shape.js";

/**
 * Whatever the default contract promises is asked of every shape, but for this, which the shapes do not have:
 *
 * - dvm, reinstate: every call of it is refused (whereOffered, in reinstate.test.ts); other suites leave its rows out
 *   (offered) or ask for the refusal.
 * - dvm, cancel and revoke: sent as terminate, so that they share its request ids (terminate.test.ts) and always have
 *   a body; that their paths are unknown stands in shapes.test.ts.
 * - odd, request id in a header: no number, object, NUL or emoji can stand there, and no other value in the body
 *   (request-rules.test.ts); there a field of that name is unknown (shapes.test.ts).
 * - odd, terminate: its id is in the body, so that it cannot be without one (shapes.test.ts).
 * - bytes sent to a path as it is written: error-table.test.ts for the default shape, shapes.test.ts for the others.
 */
export const SHAPES: readonly Shape[] = [merchantInterface, dvm, odd];

const wanted = process.env.TEST_SHAPES ?? "";
const EACH_ONCE = wanted === "";
if (!EACH_ONCE && wanted !== "all" && !SHAPES.some(({ name }) => name === wanted))
  throw new Error(`TEST_SHAPES names no shape of ours: ${wanted}`);

interface Run {
  readonly engine: EngineName;
  readonly shape: Shape;
}

/** Where there is one: the default shape runs on MySQL, the others on SQLite. */
const isItsEngine = ({ engine, shape }: Run): boolean =>
  engine === "mysql"
    ? shape === merchantInterface
    : shape !== merchantInterface || !ENGINES.includes("mysql");

/**
 * What a suite runs on. What a shape changes happens before and after the database, so that each shape and each engine
 * has one run of it; TEST_SHAPES=all runs every shape on every engine, and a shape's name that one alone.
 */
export const RUNS: readonly Run[] = SHAPES.filter(
  ({ name }) => EACH_ONCE || wanted === "all" || wanted === name,
)
  .flatMap((shape) => ENGINES.map((engine) => ({ engine, shape })))
  .filter((run) => !EACH_ONCE || isItsEngine(run));

/** For suites that are about the default contract's own wire, or about no wire at all. */
export const DEFAULT_RUNS = ENGINES.map((engine) => ({ engine, shape: merchantInterface }));
