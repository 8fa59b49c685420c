import type { Database } from "../../src/store/database.js";
import type { Row, Script, Statement } from "../../src/store/script.js";

/** One statement that went to the database, what was being done, and how the database said it would go about it. */
export interface Recorded extends Statement {
  readonly during: string;
  readonly plan: readonly Row[];
}

export interface RecordedDatabase {
  readonly database: Database;
  /** What went there so far. To be asked for last: on SQLite an explained statement stays open. */
  readonly statements: () => Promise<readonly Recorded[]>;
  /** Names what is being done until it is done; what is done outside is not recorded. */
  readonly during: <T>(name: string, act: () => Promise<T>) => Promise<T>;
}

/**
 * The same database; of everything that our scripts send to it the plan is kept. MySQL is asked for it first, in the
 * same transaction, since it looks at the rows that are there; SQLite afterwards, since it does not.
 */
export function recordedDatabase(inner: Database): RecordedDatabase {
  const statements: Recorded[] = [];
  const isSqlite = inner.dialect.engine === "sqlite";
  let doing: string | null = null;
  function* recorded<T>(script: Script<T>): Script<T> {
    for (let step = script.next(); ;) {
      if (step.done === true) return step.value;
      const { sql, params } = step.value;
      if (doing !== null && !sql.startsWith("INSERT")) {
        const plan = isSqlite ? [] : (yield { sql: `EXPLAIN FORMAT=TRADITIONAL ${sql}`, params }).rows;
        statements.push({ sql, params, during: doing, plan });
      }
      step = script.next(yield { sql, params });
    }
  }
  return {
    database: {
      ...inner,
      read: (script) => inner.read(() => recorded(script())),
      transaction: (script) => inner.transaction(() => recorded(script())),
    },
    statements: () =>
      isSqlite ? Promise.all(statements.map((one) => withPlan(one, inner))) : Promise.resolve(statements),
    during: async (name, act) => {
      doing = name;
      try {
        return await act();
      } finally {
        doing = null;
      }
    },
  };
}

async function withPlan(statement: Recorded, { knex }: Database): Promise<Recorded> {
  const plan = await knex.raw<Row[]>(`EXPLAIN QUERY PLAN ${statement.sql}`, [...statement.params]);
  return { ...statement, plan };
}
