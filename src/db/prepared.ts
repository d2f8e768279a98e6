import { createHash } from 'node:crypto';
import type pg from 'pg';

/**
 * Stands at the beginning of a statement that is large and asked for again and again: each connection has the database
 * take it apart once, and later ones are planned once for all parameters where that is no worse.
 */
export const PREPARED = '/* prepared */';

const names = new Map<string, string>();

/** The name that a connection knows a statement by. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    names.set(text, name);
  }
  return name;
}

/** Makes a connection keep the statements that ask for it. */
export function keepPrepared(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((text: unknown, ...rest: unknown[]) =>
    typeof text === 'string' && text.startsWith(PREPARED) && Array.isArray(rest[0])
      ? query({ name: nameOf(text), text, values: rest[0] }, ...rest.slice(1))
      : query(text, ...rest)) as typeof client.query;
}
