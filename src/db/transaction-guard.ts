import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';

/** Told apart per database, because a test may hold two. `open` ends with the transaction. */
interface OpenTransaction {
  database: object;
  open: boolean;
  outer: OpenTransaction | undefined;
}
const current = new AsyncLocalStorage<OpenTransaction>();

/**
 * Throws if the caller runs inside a transaction of this database. There the outer `db` would wait for the connection
 * that the transaction holds: for ever on the embedded database, and on a small pool just as long.
 */
export function refuseInsideTransaction(database: object): void {
  for (let one = current.getStore(); one; one = one.outer) {
    if (one.open && one.database === database) {
      throw new Error('The outer db was used inside a transaction. Pass on and use the transaction (tx) instead.');
    }
  }
}

/** Makes `db.transaction().execute(…)` and `db.connection().execute(…)` known to refuseInsideTransaction. */
export function guardTransactions<S>(db: Kysely<S>, database: object): void {
  const transaction = db.transaction.bind(db);
  const connection = db.connection.bind(db);
  db.transaction = () => guardBuilder(transaction(), database);
  db.connection = () => guardBuilder(connection(), database);
}

type Work = (inner: unknown) => Promise<unknown>;

/** Kysely's builder, with the callback of `execute` marked. Its other methods return builders, guarded again. */
function guardBuilder<B extends object>(builder: B, database: object): B {
  return new Proxy(builder, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'execute') {
        return (...args: unknown[]) => guardBuilder(value.apply(target, args) as object, database);
      }
      return (work: Work, ...rest: unknown[]) =>
        value.apply(target, [(inner: unknown) => runMarked(() => work(inner), database), ...rest]);
    },
  });
}

async function runMarked<T>(work: () => Promise<T>, database: object): Promise<T> {
  const mark: OpenTransaction = { database, open: true, outer: current.getStore() };
  try {
    return await current.run(mark, work);
  } finally {
    mark.open = false;
  }
}
